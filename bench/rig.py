"""A whole installation in a folder of its own, on free ports, started by the command people use."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from foundation.settings import REPOSITORY, Settings

PORTS = ("APP", "DAGSTER", "ANALYTICS", "PUBLISHING", "SANDBOX", "SANDBOX_SMTP")


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; held together while choosing, so that all differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


@dataclass
class Rig:
    """One installation: `home` is its folder; `extra` overrides its environment."""

    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ports = free_ports(len(PORTS))
        self.variables = {
            "ALLIN_HOME": str(self.home),
            "DATABASE_URL": "",
            **{f"ALLIN_{name}_PORT": str(port) for name, port in zip(PORTS, ports, strict=True)},
            **self.extra,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._log = self.home.parent / f"{self.home.name}-up.log"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command of this installation."""
        return {**os.environ, **self.variables}

    @property
    def settings(self) -> Settings:
        """The installation's settings, read as its own processes read them."""
        with self.as_environment():
            return Settings()

    @contextmanager
    def as_environment(self) -> Iterator[None]:
        """Make this process see the installation as its own, for a while."""
        before = dict(os.environ)
        os.environ.update(self.variables)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    @property
    def printed(self) -> str:
        """What the newest `allin up` has printed so far."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        """Process id of the newest `allin up`."""
        return self._running().pid

    def begin(self) -> None:
        """Run `allin up` without waiting for anything."""
        with self._log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli.main", "up"],
                env=self.environment,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def up(self, timeout_s: float = 240) -> float:
        """Run `allin up` and wait until it announces the sign-in; returns the seconds it took.

        Raises:
            RuntimeError: it ended or did not get there in time; carries what it printed.
        """
        started = time.monotonic()
        self.begin()
        while "Ctrl-C stops" not in self.printed:
            if self._running().poll() is not None or time.monotonic() - started > timeout_s:
                raise RuntimeError(f"`allin up` did not get there:\n{self.printed}")
            time.sleep(0.1)
        return time.monotonic() - started

    def kill(self) -> None:
        """Kill the process of `allin up` alone, with -9."""
        self._running().kill()
        self._running().wait(timeout=10)

    @property
    def is_running(self) -> bool:
        """Whether the newest `allin up` has not ended."""
        return self.process is not None and self.process.poll() is None

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise RuntimeError("nothing was started")
        return self.process

    def interrupt(self, timeout_s: float = 60) -> int:
        """Press Ctrl-C and wait for the end; returns the exit code."""
        self._running().send_signal(signal.SIGINT)
        return self._running().wait(timeout=timeout_s)

    def run(self, *arguments: str, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
        """Run an `allin` command of this installation."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli.main", *arguments],
            env=self.environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def sandbox(self, path: str) -> Any:
        """GET a control address of the sandbox, as parsed JSON."""
        url = f"http://127.0.0.1:{self.variables['ALLIN_SANDBOX_PORT']}{path}"
        with urlopen(url, timeout=10) as response:
            return json.load(response)
