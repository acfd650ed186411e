"""`allin bench`: the figures we promise, measured; the last line is one JSON object."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from app.cli.console import out

app = typer.Typer(help="Measure; the last line printed with --json is one JSON object.", no_args_is_help=True)


@app.command()
def start(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object as the last line."),
    archive: str = typer.Option(
        "", help="A csv.gz of real posts to measure on. Empty: the one beside the checkout, if any."
    ),
    pages: int = typer.Option(5, help="How many pages of the archive, those with most posts first."),
) -> None:
    """From nothing to the first dashboard, a second start, memory, and a post's lateness."""
    from bench.start import measure  # only a checkout has it

    figures = measure(
        archive=Path(archive) if archive else None,
        pages=pages,
        say=lambda line: out.print(line, soft_wrap=True),
    )
    if as_json:
        print(json.dumps(figures))


@app.command()
def api(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object as the last line."),
    seconds: float = typer.Option(6, min=1, help="How long each route is loaded, in seconds."),
) -> None:
    """Latency of five common routes of the API at 50 connections, beside bare handlers."""
    from bench.api import measure  # only a checkout has it

    figures = measure(seconds, say=lambda line: out.print(line, soft_wrap=True))
    if as_json:
        print(json.dumps(figures))


@app.command()
def collect(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object as the last line."),
    brands: int = typer.Option(25, min=1, max=100, help="Brands, each with an account on two networks."),
) -> None:
    """Collecting 50 accounts of 1,000 posts into raw, beside a bare loop of the same requests."""
    from bench.collect import measure  # only a checkout has it

    figures = measure(brands, say=lambda line: out.print(line, soft_wrap=True))
    if as_json:
        print(json.dumps(figures))


@app.command()
def publish(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object as the last line."),
    seconds: int = typer.Option(60, min=1, help="How long 100 posts a second fall due, in seconds."),
) -> None:
    """Publishing 100 posts a second on seven networks, beside a bare loop of the same requests."""
    from bench.publish import measure  # only a checkout has it

    figures = measure(seconds, say=lambda line: out.print(line, soft_wrap=True))
    if as_json:
        print(json.dumps(figures))


@app.command()
def query(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object as the last line."),
    rows: int = typer.Option(20_000_000, min=100_000, help="Post-day rows of all organizations."),
    organizations: int = typer.Option(1, min=1, help="Organizations of 50 accounts; one of them is read."),
    rounds: int = typer.Option(60, min=3, help="How often each query is asked."),
) -> None:
    """Ten queries of the pages, beside the same SQL on a plain DuckDB file, while a build writes."""
    from bench.query import measure  # only a checkout has it

    figures = measure(rows, organizations, rounds, say=lambda line: out.print(line, soft_wrap=True))
    if as_json:
        print(json.dumps(figures))


@app.command()
def transform(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object as the last line."),
    max_rows: int = typer.Option(10_000_000, min=1_000_000, help="The longest history, in post-day rows."),
    folder: str = typer.Option("", help="Where the lakes are made and removed. Empty: the temporary folder."),
) -> None:
    """Building the models of 1,000 accounts, whole and by the day, beside the same SQL in plain DuckDB."""
    from bench.transform import measure  # only a checkout has it

    say = lambda line: out.print(line, soft_wrap=True)  # noqa: E731
    figures = measure(max_rows, say, Path(folder) if folder else None)
    if as_json:
        print(json.dumps(figures))
