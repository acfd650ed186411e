"""`allin doctor`: what runs, what is missing, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import typer
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.cli.console import out
from app.supervision.installation import Installation, answers
from app.supervision.preflight import StartError, check_home
from app.supervision.supervisor import logs_folder
from foundation import postgres
from foundation.database import Role, engine, libpq_dsn
from foundation.postgres import PostgresError
from foundation.settings import Settings, get_settings
from mail.transports import MailSettingsError, transport
from publishing import heartbeat
from warehouse import releases


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `advice` says what to do when it is not well."""

    name: str
    well: bool
    detail: str
    advice: str = ""


def doctor() -> None:
    """Say what runs, what is missing, and what to do."""
    findings = list(examine(get_settings()))
    for finding in findings:
        mark = "[green]✓[/green]" if finding.well else "[red]✗[/red]"
        out.print(f"{mark} {finding.name:<18} {escape(finding.detail)}", soft_wrap=True)
        if not finding.well and finding.advice:
            out.print(f"    → {escape(finding.advice)}", soft_wrap=True)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at the folder, the database, the processes, what they do and the numbers, in the order they
    depend.
    """
    yield _home(settings)
    database = _database(settings)
    yield database
    yield from _processes(settings)
    yield _sign_in(settings)
    yield _mail(settings)
    if database.well:
        yield _scheduled(settings)
        yield from _numbers(settings)


def _home(settings: Settings) -> Finding:
    try:
        check_home(settings)
    except StartError as error:
        return Finding("folder", False, str(error), "set ALLIN_HOME to a folder you can write")
    return Finding("folder", True, str(settings.home))


def _database(settings: Settings) -> Finding:
    given = settings.database_url.get_secret_value()
    kind = "DATABASE_URL" if given else "embedded"
    url = given or postgres.running_url(settings)
    if url is None:
        return Finding("database", False, "the embedded PostgreSQL is not running", "start with `make run`")
    try:
        with psycopg.connect(libpq_dsn(url), connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            row = connection.execute("SELECT version_num FROM allin.alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return Finding(
            "database", False, f"{kind}: reachable, but empty", "start with `make run`: it migrates"
        )
    except PostgresError as error:
        return Finding("database", False, str(error), "mend DATABASE_URL, or leave it empty")
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        return Finding("database", False, f"{kind}: {reason}", "check DATABASE_URL and that the server runs")
    return Finding("database", True, f"{kind}: PostgreSQL {version}, schema {row[0] if row else '?'}")


def _processes(settings: Settings) -> Iterator[Finding]:
    installation = Installation(settings)
    states = installation.control.states()
    if states is None:
        yield Finding("processes", False, "nothing is running", "start with `make run`")
        return
    for program in installation.programs:
        state = states.get(program.name, "missing")
        log = logs_folder(settings) / f"{program.name}.log"
        where = f", port {program.port}" if program.port else ""
        yield Finding(program.name, state == "RUNNING", f"{state.lower()}{where}", f"read {log}")


def _sign_in(settings: Settings) -> Finding:
    well = answers(f"{settings.app_url}/health")
    return Finding("app answers", well, settings.app_url, "start with `make run`, or wait until it is up")


def _mail(settings: Settings) -> Finding:
    try:
        return Finding("e-mail", True, str(transport(settings)))
    except MailSettingsError as error:
        return Finding("e-mail", False, str(error), "e-mails wait until it is set; then start again")


def _scheduled(settings: Settings) -> Finding:
    """Whether posts that fall due are looked for: all processes may run, and nothing goes out."""
    name = "scheduled posts"
    try:
        with Session(engine(Role.APP, settings)) as session:
            since = heartbeat.silent_since(session)
    except (SQLAlchemyError, PostgresError) as error:
        return Finding(name, False, str(error).splitlines()[0], "start with `make run`: it migrates")
    if since is None:
        return Finding(name, True, "go out at their time")
    ever = since.year > 1
    detail = f"do not go out since {since:%Y-%m-%d %H:%M} UTC" if ever else "nothing has looked for any yet"
    log = logs_folder(settings) / "dagster-daemon.log"
    return Finding(
        name,
        False,
        f"{detail}; they wait",
        f"give a start one minute; else turn on the sensor `due_posts` at {settings.dagster_url}, or read "
        f"{log} and start again",
    )


def _numbers(settings: Settings) -> Iterator[Finding]:
    try:
        release, build = releases.current(settings), releases.last_build(settings)
    except (SQLAlchemyError, PostgresError) as error:
        yield Finding("numbers", False, str(error).splitlines()[0], "start with `make run`: it migrates")
        return
    if release is None:
        yield Finding(
            "numbers", False, "nothing released yet", "the first build takes a minute; else `allin build`"
        )
    else:
        yield Finding("numbers", True, f"release {release.id} of {release.released_at:%Y-%m-%d %H:%M} UTC")
    if build is not None and build.status in ("failed", "refused"):
        reasons = "; ".join(build.reasons) or "see Dagster"
        yield Finding(
            "newest build", False, f"{build.status}: {reasons}", "mend the cause, then `allin build`"
        )
