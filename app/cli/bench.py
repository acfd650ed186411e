"""`allin bench`: the figures we promise, measured; the last line is one JSON object."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from app.cli.console import out

app = typer.Typer(help="Measure; the last line printed with --json is one JSON object.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep the name of the benchmark as a sub-command, also while there is only one."""


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
