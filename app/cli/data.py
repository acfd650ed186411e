"""`allin ingest`, `allin build`, `allin sql`: the warehouse from the shell."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import duckdb
import polars as pl
import typer

from app.cli.console import err, fail, out, step
from app.supervision.programs import child_environment, install_dagster_configuration
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings, get_settings
from warehouse import lake, releases

NO_WRAPPING = 10_000  # characters; what goes to a file or another program is not cut to a screen


class Format(StrEnum):
    """How `allin sql` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def ingest() -> None:
    """Fetch accounts, posts and metrics of every connected account into the lake, now."""
    with postgres.borrowed(get_settings()) as url:
        _execute_job("ingest", url)


def build() -> None:
    """Model what has landed, audit it, and release it when the audit passes."""
    with postgres.borrowed(get_settings()) as url:
        before = releases.current()
        _execute_job("build", url)
        after = releases.current()
        if after is not None and (before is None or after.id != before.id):
            out.print(f"release {after.id} of {after.released_at:%Y-%m-%d %H:%M} UTC")


def _execute_job(job: str, url: str) -> None:
    """Run a Dagster job in a process of its own; its run appears in Dagster like any other."""
    settings = get_settings()
    migrate(url)
    install_dagster_configuration(settings)
    log = settings.home / "logs" / f"{job}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "dagster", "job", "execute"]
    command += ["-m", "pipelines.analytics.definitions", "-j", job]
    with step(job), log.open("wb") as file:
        result = subprocess.run(
            command,
            env=dict(child_environment(settings, url)),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode != 0:
        fail(_why(job, log))
        raise typer.Exit(1)


def _why(job: str, log: Path) -> str:
    latest = releases.last_build()
    if job == "build" and latest is not None and latest.status in ("refused", "failed"):
        reasons = "\n  ".join(latest.reasons)
        return f"the build was {latest.status}; the release before stands:\n  {reasons}"
    return f"{job} failed; its log is {log}"


def sql(
    statement: str = typer.Argument(help='For example: "select * from dim_accounts"'),
    output: Format = typer.Option(Format.TABLE, "--format", help="How to print the answer."),
    release_id: int = typer.Option(0, "--release", help="An earlier release; 0 is the current one."),
) -> None:
    """Ask the released marts, read-only, as the operator: over all organizations."""
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)  # so that a first command finds its tables
        release = releases.get(release_id) if release_id else releases.current()
        if release is None:
            fail("no such release" if release_id else "nothing is released yet: run `allin build`")
            raise typer.Exit(1)
        try:
            _print(_ask(settings, statement, release.snapshot_id), output)
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            fail(str(error).strip())
            raise typer.Exit(1) from None
        err.print(f"[dim]release {release.id}, {release.released_at:%Y-%m-%d %H:%M} UTC[/dim]")


def _ask(settings: Settings, statement: str, snapshot_id: int) -> pl.DataFrame:
    if not statement.strip(" ;\n\t"):
        raise duckdb.InvalidInputException("nothing was asked")
    with lake.connect_at(settings, snapshot_id) as connection:
        return connection.execute(statement).pl()


def _print(frame: pl.DataFrame, output: Format) -> None:
    if output is Format.CSV:
        sys.stdout.write(frame.write_csv())
    elif output is Format.JSON:
        sys.stdout.write(frame.write_json() + "\n")
    else:
        width = out.width if out.is_terminal else NO_WRAPPING
        with pl.Config(tbl_rows=200, tbl_cols=-1, tbl_width_chars=width, fmt_str_lengths=60):
            sys.stdout.write(f"{frame}\n")
