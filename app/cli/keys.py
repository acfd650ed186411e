"""`allin keys`: the keys that stored secrets are encrypted with."""

from __future__ import annotations

import typer

from app.cli.console import out
from foundation import keyring, postgres
from foundation.migrate import migrate
from foundation.settings import get_settings
from identity import resealing

app = typer.Typer(help="The keys that tokens and other secrets are encrypted with.", no_args_is_help=True)


@app.command("list")
def list_all() -> None:
    """The keys of the ring, newest first, and how many stored secrets each protects."""
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)
        found = resealing.by_key(settings)
    for key_id in keyring.load(settings).ids:
        out.print(f"{key_id}  {found.pop(key_id, 0):,}")
    for key_id, count in found.items():
        out.print(f"[red]{key_id}  {count:,}  this key is missing[/red]")


@app.command()
def rotate(
    keep_ring: bool = typer.Option(
        False, "--keep-ring", help="Make no new key: encrypt under the first one of the ring."
    ),
) -> None:
    """Make a new key, and encrypt every stored secret with it. The installation may go on running.

    The old keys stay in the ring: backups need them.
    """
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)
        if not keep_ring:
            out.print(f"[green]✓[/green] new key {keyring.add_key(settings)}")
        count = resealing.reseal(settings)
    out.print(f"[green]✓[/green] {count:,} stored secrets are encrypted with the newest key now")
