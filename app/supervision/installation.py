"""One installation on this machine: its stores and processes, started and stopped in order."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from urllib.error import URLError
from urllib.request import urlopen

from app.supervision.preflight import StartError, check_home, check_ports
from app.supervision.processes import Foreground, end, left_behind
from app.supervision.programs import (
    CODE_LOCATIONS,
    Program,
    environment,
    install_dagster_configuration,
    programs,
)
from app.supervision.supervisor import Control, logs_folder, spawn, write_configuration
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import Settings


class Installation:
    """Starts, watches and stops everything that `allin up` runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.programs: list[Program] = programs(settings)
        self.control = Control(settings)
        self.foreground = Foreground(settings)
        self._supervisor: subprocess.Popen[bytes] | None = None

    def take_over(self) -> int:
        """Make sure that no other start holds this installation; clear what a killed one left.

        Returns:
            How many processes of a killed start were ended.

        Raises:
            StartError: another start is alive, or HOME can't be written.
        """
        check_home(self.settings)
        holder = self.foreground.holder()
        if holder is not None:
            raise StartError(
                f"already running (process {holder.pid}) at {self.settings.app_url}; `allin down` stops it"
            )
        cleared = self._stop_processes()
        self.foreground.take()
        check_ports(self.programs)
        return cleared

    def start_stores(self) -> str:
        """Start (or reach) PostgreSQL and bring its schema up to date; returns its URL.

        Raises:
            foundation.postgres.PostgresError: it can't be started, reached or upgraded.
        """
        url = postgres.database_url(self.settings)
        migrate(url)
        return url

    def start_programs(self, database_url: str) -> None:
        """Start the supervisor, which starts the programs."""
        install_dagster_configuration(self.settings)
        configuration = write_configuration(self.settings, self.programs)
        self._supervisor = spawn(self.settings, configuration, environment(self.settings, database_url))

    def start_deferred(self) -> None:
        """Start what needs the code locations, as soon as they listen.

        Raises:
            StartError: a code location did not come up.
        """
        ports = {program.name: program.port for program in self.programs}
        for name in CODE_LOCATIONS:
            self.wait_for(name, lambda port=ports[name]: listens(port))  # type: ignore[misc]
        for program in self.programs:
            if program.deferred:
                self.control.start(program.name)

    def wait_for(self, name: str, ready: Callable[[], bool], timeout_s: float = 120) -> None:
        """Wait until `ready()`.

        Raises:
            StartError: the time is up, or a program has given up; names its log.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            self.require_healthy()
            if time.monotonic() > deadline:
                raise StartError(f"{name} did not come up in {timeout_s:.0f} s; {self._log_hint(name)}")
            time.sleep(0.2)

    def require_healthy(self) -> None:
        """No program has given up, and the supervisor lives.

        Raises:
            StartError: naming the program and its log.
        """
        if self._supervisor is not None and self._supervisor.poll() is not None:
            raise StartError(f"the supervisor ended by itself; {self._log_hint('supervisor')}")
        for name, state in (self.control.states() or {}).items():
            if state == "FATAL":
                raise StartError(f"{name} fails to start; {self._log_hint(name)}")

    def keep_database(self) -> None:
        """Start the embedded server again if it has died."""
        if not self.settings.database_url.get_secret_value() and not postgres.running_url(self.settings):
            postgres.start(self.settings)

    def stop(self) -> None:
        """Stop every process and the embedded server; forget the holder."""
        self._stop_processes()
        if not self.settings.database_url.get_secret_value():
            postgres.stop(self.settings)
        self.foreground.release()

    def _stop_processes(self) -> int:
        found = len(left_behind(self.settings))
        if self.control.shutdown():
            self.control.wait_until_gone(timeout_s=15)
        end(left_behind(self.settings))
        return found

    def _log_hint(self, name: str) -> str:
        return f"its log is {logs_folder(self.settings) / f'{name}.log'}"


def listens(port: int) -> bool:
    """Whether something listens on this loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    """Whether a GET of this loopback address answers with success."""
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback addresses
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
