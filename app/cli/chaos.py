"""`allin chaos`: the promise of exactly once, put to the test."""

from __future__ import annotations

import json

import typer

from app.cli.console import err, out


def chaos(
    posts: int = typer.Option(1000, min=1, help="Posts over all networks of the sandbox."),
    seed: int = typer.Option(
        1, min=0, help="What is killed when, and which calls go wrong, follows from it."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object as the last line."),
) -> None:
    """Publish while publishers are killed, the database restarts and networks fail; then compare."""
    from bench.chaos import measure  # only a checkout has it

    figures = measure(posts, seed, say=lambda line: err.print(line, soft_wrap=True, markup=False))
    if as_json:
        print(json.dumps(figures))
    else:
        out.print(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in figures.items()))
    if any(figures[name] for name in ("doubled", "lost", "wrong_state", "unknown_findable")):
        raise typer.Exit(1)
