"""`allin sql`: questions to the released marts, one at a time or at a prompt."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Final

import polars as pl
import typer

from app.analysis import files
from app.cli.asking import Asker, Member, Operator, SqlError
from app.cli.console import err, fail, out
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import Settings, get_settings
from identity import installation
from identity.audit import OPERATOR
from identity.errors import IdentityError
from warehouse import releases
from warehouse.holds import ReleaseError

NO_WRAPPING: Final = 10_000  # characters; what goes to a file or another program is not cut to a screen


class Format(StrEnum):
    """How `allin sql` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def sql(
    statement: str | None = typer.Argument(
        None, help='For example: "select * from dim_accounts". Without one: a prompt, or what is piped in.'
    ),
    output: Format = typer.Option(Format.TABLE, "--format", help="How to print the answer."),
    release_id: int = typer.Option(0, "--release", help="An earlier release; 0 is the current one."),
    organization: str = typer.Option(
        "", help="Name or id of an organization: ask its own copy, within its limits, instead of all."
    ),
) -> None:
    """Ask the released marts, read-only, as the operator: over all organizations, or bound to one."""
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)  # so that a first command finds its tables
        try:
            asker = asker_for(settings, release_id, organization)
        except (SqlError, ReleaseError, IdentityError) as error:
            fail(str(error))
            raise typer.Exit(1) from None
        if statement is None:
            from app.cli.prompt import Prompt  # its history and completion: only here

            good = Prompt(asker, output, lambda number: asker_for(settings, number, organization)).run(
                settings.home / "sql_history"
            )
        else:
            good = answered(asker, statement, output)
        asker.close()
        if not good:
            raise typer.Exit(1)


def asker_for(settings: Settings, release_id: int, organization: str) -> Asker:
    """Whoever answers as of a release (0: the current one), for one organization or (empty) all.

    Raises:
        ReleaseError: there is no such release, or it is no longer kept.
        IdentityError: there is no such organization, or several.
        SqlError: there is no copy, and none can be made.
        LakeError: the lake can't be reached.
    """
    release = releases.as_of(release_id or None, settings)
    if not organization:
        return Operator(settings, release)
    return Member(settings, release, installation.named(OPERATOR, organization, settings))


def answered(asker: Asker, statement: str, output: Format) -> bool:
    """Print the answer, or why there is none; returns whether there is one."""
    try:
        asker.note(statement)
        frame = asker.ask(statement)
        _print(frame, output)
    except (SqlError, pl.exceptions.PolarsError) as error:
        fail(str(error).strip())
        return False
    err.print(f"[dim]release {asker.release.id}, {asker.release.released_at:%Y-%m-%d %H:%M} UTC[/dim]")
    return True


def _print(frame: pl.DataFrame, output: Format) -> None:
    if output is Format.CSV:
        sys.stdout.write(files.csv(frame).decode("utf-8-sig"))
    elif output is Format.JSON:
        sys.stdout.write(frame.with_columns(pl.col(pl.Binary).bin.encode("hex")).write_json() + "\n")
    else:
        width = out.width if out.is_terminal else NO_WRAPPING
        with pl.Config(tbl_rows=200, tbl_cols=-1, tbl_width_chars=width, fmt_str_lengths=60):
            sys.stdout.write(f"{frame}\n")
    sys.stdout.flush()
