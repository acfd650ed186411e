"""The processes of an installation: what each is, and the environment all of them share."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from foundation.database import sqlalchemy_url
from foundation.settings import REPOSITORY, Settings

# Every process started carries this variable, so that none can be left behind unseen.
MARKER = "ALLIN_RUN"


LOOPBACK = "127.0.0.1"  # for what has no sign-in of its own: all but the app
CODE_LOCATIONS = ("analytics", "publishing")


@dataclass(frozen=True)
class Program:
    """One supervised process.

    `port` is what it listens on, if it does, and `setting` moves it; `others` are further ports with their
    settings. `deferred` ones are started once the code locations listen: Dagster looks for a location it
    did not find only after a minute.
    """

    name: str
    command: tuple[str, ...]
    port: int | None = None
    setting: str | None = None
    deferred: bool = False
    host: str = LOOPBACK
    others: tuple[tuple[int, str], ...] = ()

    @property
    def ports(self) -> tuple[tuple[int, str | None], ...]:
        """Every port it listens on, with the setting that moves it."""
        return (*(() if self.port is None else ((self.port, self.setting),)), *self.others)


def programs(settings: Settings) -> list[Program]:
    """Every process to start, in order."""
    python = sys.executable
    grpc = (python, "-m", "dagster", "api", "grpc", "--host", LOOPBACK)
    listed = [
        Program(
            "analytics",
            (*grpc, "-m", "pipelines.analytics.definitions", "--port", str(settings.analytics_port),
             "--location-name", "analytics"),
            settings.analytics_port,
            "ALLIN_ANALYTICS_PORT",
        ),
        Program(
            "publishing",
            (*grpc, "-m", "pipelines.publishing.definitions", "--port", str(settings.publishing_port),
             "--location-name", "publishing"),
            settings.publishing_port,
            "ALLIN_PUBLISHING_PORT",
        ),
        Program(
            "dagster-daemon",
            (_script("dagster-daemon"), "run", "-w", "workspace.yaml"),
            deferred=True,
        ),
        Program(
            "dagster-webserver",
            (_script("dagster-webserver"), "-w", "workspace.yaml", "-h", LOOPBACK, "-p",
             str(settings.dagster_port)),
            settings.dagster_port,
            "ALLIN_DAGSTER_PORT",
            deferred=True,
        ),
        Program("app", (python, "-m", "app.server"), settings.app_port, "ALLIN_APP_PORT", host=settings.host),
        Program("mailer", (python, "-m", "mail")),
        Program("teller", (python, "-m", "publishing.telling")),
    ]  # fmt: skip
    if settings.demo:
        sandbox = Program(
            "sandbox",
            (python, "-m", "sandbox"),
            settings.sandbox_port,
            "ALLIN_SANDBOX_PORT",
            others=((settings.sandbox_smtp_port, "ALLIN_SANDBOX_SMTP_PORT"),),
        )
        listed.insert(0, sandbox)
    return listed


def _script(name: str) -> str:
    """A command installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def environment(settings: Settings, database_url: str) -> dict[str, str]:
    """The environment of every process: ours, with the database, the ports and the marker."""
    return {
        **os.environ,
        **dagster_environment(settings, database_url),
        "DATABASE_URL": database_url,
        "ALLIN_HOME": str(settings.home),
        "ALLIN_SANDBOX_PORT": str(settings.sandbox_port),
        "ALLIN_SANDBOX_SMTP_PORT": str(settings.sandbox_smtp_port),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        MARKER: str(settings.home),
    }


def dagster_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """What Dagster's own processes and command line need to find this installation."""
    return {
        "DAGSTER_HOME": str(settings.dagster_home),
        "ALLIN_DAGSTER_DATABASE_URL": sqlalchemy_url(database_url, search_path="dagster"),
        "ALLIN_ANALYTICS_PORT": str(settings.analytics_port),
        "ALLIN_PUBLISHING_PORT": str(settings.publishing_port),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def install_dagster_configuration(settings: Settings) -> None:
    """Put ``dagster.yaml`` where Dagster looks for it."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(REPOSITORY / "dagster.yaml", settings.dagster_home / "dagster.yaml")


def child_environment(settings: Settings, database_url: str) -> Mapping[str, str]:
    """The environment for a one-off Dagster command of the CLI: unsupervised, so unmarked."""
    given = environment(settings, database_url)
    return {name: value for name, value in given.items() if name != MARKER}
