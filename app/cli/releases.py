"""`allin releases`: which numbers people see, and going back to earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.console import fail, out
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import Settings, get_settings
from identity.audit import OPERATOR
from warehouse import holds, releases, rollbacks
from warehouse.holds import ReleaseError
from warehouse.releases import Release

app = typer.Typer(help="Which numbers people see, and going back to earlier ones.", no_args_is_help=True)
STAMP = "%Y-%m-%d %H:%M"
WHY = typer.Option(..., "--why", prompt="Why", help="Everybody who looks at the numbers is told.")


@contextmanager
def _ready() -> Iterator[Settings]:
    """The installation's settings with its database at hand; a refusal is one line."""
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)
        try:
            yield settings
        except ReleaseError as error:
            fail(str(error))
            raise typer.Exit(1) from None


@app.command("list")
def list_all(
    limit: int = typer.Option(20, "--limit", min=1, help="How many, newest first."),
    before: int = typer.Option(0, "--before", min=0, help="Only those before this release; 0: all."),
) -> None:
    """Releases and rollbacks, newest first; the first line is what people see."""
    with _ready() as settings:
        found = releases.history(limit, before or None, settings)
        hold = holds.held(settings)
    if not found:
        out.print("Nothing is released yet. `allin build` makes the first release.")
        return
    table = Table("release", "released (UTC)", "snapshot", "what", box=None, pad_edge=False)
    for one in found:
        table.add_row(f"{one.id}", f"{one.released_at:{STAMP}}", f"{one.snapshot_id}", escape(said(one)))
    out.print(table)
    if hold is not None:
        out.print(f"[yellow]![/yellow] {escape(str(hold))} ({escape(hold.held_by)})", soft_wrap=True)


@app.command()
def show(release_id: int = typer.Argument(help="Its number; `allin releases list` shows them.")) -> None:
    """One release: where it comes from, its build, and what it can still be asked."""
    with _ready() as settings:
        one = releases.get(release_id, settings)
        if one is None:
            raise ReleaseError(f"there is no release {release_id}")
        build = releases.build_of(one.run_id, settings)
    out.print(f"release {one.id}, {one.released_at:{STAMP}} UTC", soft_wrap=True)
    out.print(f"  {escape(said(one))}", soft_wrap=True)
    out.print(f"  snapshot {one.snapshot_id} of the lake, run {escape(one.run_id)}", soft_wrap=True)
    if build is not None and build.finished_at is not None:
        took = (build.finished_at - build.started_at).total_seconds()
        out.print(f"  built in {took:.0f} s, {build.started_at:{STAMP}} UTC")
    if one.expired_at is None:
        out.print(f'  read it with: allin sql --release {one.id} "select …"', soft_wrap=True)


@app.command()
def rollback(
    to: int = typer.Option(0, "--to", min=0, help="The release to go back to; 0: the one before."),
    why: str = WHY,
    hold: bool = typer.Option(False, "--hold", help="Release nothing new until `allin releases resume`."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Show everybody the numbers of an earlier release again. The next good build releases anew."""
    with _ready() as settings:
        now = releases.as_of(None, settings)
        where = f"release {to}" if to else f"the release before {now.numbers_of}"
        if not yes:
            typer.confirm(f"Everybody sees the numbers of {where} from now on. Go on?", abort=True)
        back = rollbacks.rollback(OPERATOR, why, to or None, hold=hold, settings=settings)
    out.print(f"[green]✓[/green] release {back.id} shows the numbers of release {back.numbers_of} again")
    out.print(
        "  nothing new is released until `allin releases resume`"
        if hold
        else "  the next good build releases again; `allin releases hold` keeps it from that"
    )


@app.command("hold")
def hold_back(why: str = WHY) -> None:
    """Release nothing new; builds go on. `allin releases resume` ends it."""
    with _ready() as settings:
        holds.hold(OPERATOR, why, settings)
    out.print("[green]✓[/green] releases are held back until `allin releases resume`")


@app.command()
def resume() -> None:
    """Let the next good build release again."""
    with _ready() as settings:
        was_held = holds.resume(OPERATOR, settings)
    out.print(
        "[green]✓[/green] the next good build releases again; `allin build` makes one now"
        if was_held
        else "releases were not held back; nothing has changed"
    )


def said(one: Release) -> str:
    """What a release is, in a line."""
    words = "build" if one.origin_id is None else f"back to release {one.origin_id} by {one.made_by}"
    if one.note:
        words += f": {one.note}"
    if one.expired_at is not None:
        words += f" (no longer kept since {one.expired_at:%Y-%m-%d}: {one.expired_because})"
    return words
