"""What every command prints with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def fail(message: str) -> None:
    """Print one clear line about what went wrong."""
    err.print(f"[red]✗[/red] {escape(message)}", soft_wrap=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Show a step while it runs, and how long it took when it is done."""
    started = time.monotonic()
    with out.status(f"{escape(label)} …"):
        yield
    out.print(f"[green]✓[/green] {escape(label)} [dim]({time.monotonic() - started:.1f} s)[/dim]")
