"""`allin ingest` and `allin build`: the warehouse from the shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import typer

from app.cli.console import fail, out, step
from app.supervision.programs import child_environment, install_dagster_configuration
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, get_settings
from warehouse import releases
from warehouse.releases import BuildStatus


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
    command = [sys.executable, "-m", "pipelines.run_job", job]
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
        fate = "was refused" if latest.status is BuildStatus.REFUSED else "failed"
        return f"the build {fate}; the release before stands:\n  {reasons}"
    return f"{job} failed; its log is {log}"
