"""`allin`: the one command line. Each command is a small module; none has logic of its own."""

from __future__ import annotations

import shlex
import sys
import traceback
from pathlib import Path

import typer
from pydantic import ValidationError

from app.cli import (
    bench,
    chaos,
    data,
    doctor,
    export,
    importing,
    keys,
    people,
    post,
    quarantine,
    releases,
    replay,
    report,
    sql,
    up,
)
from app.cli.console import err, fail
from app.supervision.preflight import StartError
from foundation.database import utc_now
from foundation.keyring import KeyRingError
from foundation.postgres import PostgresError
from foundation.settings import get_settings
from warehouse.lake import LakeError

app = typer.Typer(
    help="AllIN: publish exactly once, learn from a warehouse you own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up.up)
app.command()(up.down)
app.command()(doctor.doctor)
app.command()(data.ingest)
app.command()(data.build)
app.command()(sql.sql)
app.command()(export.export)
app.command()(report.report)
app.command()(post.post)
app.command()(post.import_posts)
app.command()(chaos.chaos)
app.command()(replay.replay)
app.add_typer(releases.app, name="releases")
app.add_typer(importing.app, name="import")
app.add_typer(people.people, name="people")
app.add_typer(people.organizations, name="organizations")
app.add_typer(keys.app, name="keys")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run a command; what an operator can mend is one line, not a stack trace."""
    _check_settings()
    try:
        app()
    except (StartError, PostgresError, KeyRingError, LakeError) as error:
        fail(str(error))
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - unforeseen: one line to the person, the trace to a file
        fail(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no details'}")
        err.print(f"  the whole trace is in {_kept_trace()}", soft_wrap=True)
        sys.exit(1)


def _check_settings() -> None:
    try:
        get_settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        variable = name if name.isupper() else f"ALLIN_{name.upper()}"
        fail(f"setting {variable}: {first['msg']}")
        sys.exit(2)


def _kept_trace() -> Path:
    path = get_settings().home / "logs" / "allin.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{utc_now().isoformat()} {shlex.join(sys.argv)}\n{traceback.format_exc()}\n")
    return path


if __name__ == "__main__":
    main()
