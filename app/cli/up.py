"""`allin up` and `allin down`: the whole installation with one command."""

from __future__ import annotations

import signal
import time
from datetime import datetime
from types import FrameType

import typer
from rich.markup import escape

from app.cli.console import err, out, step
from app.supervision.installation import Installation, answers
from foundation.database import utc_now
from foundation.settings import Settings, get_settings
from identity import demo
from warehouse import lake, releases
from warehouse.releases import BuildStatus

STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(
    once: bool = typer.Option(False, help="Stop again when the first dashboard is there."),
) -> None:
    """Start everything, and hold it until Ctrl-C."""
    for name in STOPPERS:
        signal.signal(name, _interrupt)
    settings = get_settings()
    installation = Installation(settings)
    started_at = utc_now()
    cleared = installation.take_over()
    if cleared:
        out.print(f"[yellow]•[/yellow] an earlier start was killed: ended {cleared} processes it had left")
    try:
        _start(installation, settings)
        _wait_for_numbers(installation, settings, started_at)
        _announce(settings)
        while not once:
            time.sleep(1)
            installation.require_healthy()
            installation.keep_database()
    except KeyboardInterrupt:
        out.print("\nstopping …")
    finally:
        for name in STOPPERS:  # a second one must not leave half of it behind
            signal.signal(name, signal.SIG_IGN)
        installation.stop()
        out.print(
            f"[green]✓[/green] everything has stopped; the data stays in {escape(str(settings.home))}",
            soft_wrap=True,
        )


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _start(installation: Installation, settings: Settings) -> None:
    with step("database"):
        url = installation.start_stores()
        with lake.connect(settings) as connection:
            lake.ensure(connection)
    if not settings.demo and demo.withdraw(settings):
        out.print(
            "[yellow]•[/yellow] the demo of an earlier start is withdrawn; ALLIN_DEMO=true brings it back"
        )
    installation.start_programs(url)
    if settings.demo:
        with step("sandbox: stand-in networks on this machine"):
            installation.wait_for("sandbox", lambda: answers(f"{settings.sandbox_url}/_sandbox/health"))
        with step("demo: organization, brands, connected accounts"):
            demo.seed(settings)
    with step("Dagster: two code locations, daemon, webserver"):
        installation.start_deferred()
        dagster = f"{settings.dagster_url}/server_info"
        installation.wait_for("dagster-webserver", lambda: answers(dagster))
    with step("app"):
        installation.wait_for("app", lambda: answers(f"{settings.app_url}/health"))


def _wait_for_numbers(installation: Installation, settings: Settings, since: datetime) -> None:
    """Wait for the first release; a build refused meanwhile is said, not waited for."""
    if releases.current(settings) is not None:
        return
    with step("first numbers: collect, model, audit, release"):
        while releases.current(settings) is None:
            installation.require_healthy()
            build = releases.last_build(settings)
            if build is not None and build.status is not BuildStatus.RELEASED and build.started_at > since:
                reasons = escape("; ".join(build.reasons))
                err.print(f"[yellow]•[/yellow] the first build was {build.status}: {reasons}", soft_wrap=True)
                err.print("  the app is there all the same; `allin build` tries again")
                return
            time.sleep(0.3)


def _announce(settings: Settings) -> None:
    out.print()
    out.print(f"  [bold]AllIN[/bold]     {settings.app_url}")
    out.print(f"  Dagster   {settings.dagster_url}")
    if settings.demo:
        out.print(f"  Sandbox   {settings.sandbox_url}/_sandbox/posts")
        out.print(f"  Mailbox   {settings.sandbox_url}/mailbox")
        out.print(
            f"  Sign in   {settings.demo_email} / {settings.demo_password.get_secret_value()}", markup=False
        )
    out.print("\n  Ctrl-C stops all of it.\n")


def down() -> None:
    """Stop a start whose terminal is gone (or any other)."""
    settings = get_settings()
    installation = Installation(settings)
    holder = installation.foreground.holder()
    with step("stopping"):
        if holder is not None:
            holder.terminate()
            installation.foreground.wait_until_released(timeout_s=40)
        installation.stop()
