"""`allin quarantine`: numbers that were set aside, and what is decided about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.markup import escape

from app.cli.console import fail, out
from app.health.words import entity
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import Settings, get_settings
from identity.errors import IdentityError
from warehouse import lake
from warehouse.gates import quarantine, settling
from warehouse.gates.quarantine import Verdict

app = typer.Typer(help="Numbers that were set aside before they could do harm.", no_args_is_help=True)
NUMBER = typer.Argument(help="Its number, as `allin quarantine list` shows it.", metavar="NUMBER")
NEXT = "the next build obeys it (every hour; `allin build` does it now)"


@contextmanager
def _installation() -> Iterator[Settings]:
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)
        try:
            yield settings
        except IdentityError as error:
            fail(str(error))
            raise typer.Exit(1) from None


@app.command("list")
def list_all(
    everything: bool = typer.Option(False, "--all", help="Also those that were decided about."),
) -> None:
    """What waits for a decision: number, account, what it is, and why."""
    with _installation() as settings:
        found = [one for one in quarantine.all_listed(settings) if everything or one.verdict is None]
    for one in found:
        state = one.verdict or "waits"
        out.print(
            f"{one.id:>6}  {one.account_name} ({one.network})  {entity(one.entity)} of "
            f"{one.hour:%Y-%m-%d %H}:00 UTC  {state}",
            markup=False,
            soft_wrap=True,
        )
        for reason in one.reasons:
            out.print(f"        {reason}", markup=False, soft_wrap=True)
    if not found:
        out.print("nothing was ever set aside" if everything else "nothing waits")


@app.command()
def accept(number: int = NUMBER) -> None:
    """Take the numbers in after all, and what else waits of that account for the same reason."""
    _settle(number, Verdict.ACCEPTED)


@app.command()
def reject(number: int = NUMBER) -> None:
    """Leave the numbers out for good, and what else waits of that account for the same reason."""
    _settle(number, Verdict.REJECTED)


@app.command()
def recheck() -> None:
    """Check everything that waits once more, after AllIN has learnt better; accept what passes now."""
    from warehouse.gates.recheck import recheck as checked_again

    with _installation() as settings, lake.connect(settings) as connection:
        lake.ensure(connection)
        passed, waiting = checked_again(connection, settings)
    out.print(f"[green]✓[/green] {passed:,} accepted, {waiting:,} still wait; {NEXT}")


def _settle(number: int, verdict: Verdict) -> None:
    with _installation() as settings:
        batch, others = settling.settle_as_operator(number, verdict, settings)
    more = f", with {others} more that waited for the same reason" if others else ""
    out.print(f"[green]✓[/green] {escape(batch.account_name)}: {verdict.value}{more}; {NEXT}")
