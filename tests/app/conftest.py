"""The app as a real process on a free port, over a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from foundation.settings import REPOSITORY, Settings

START_S = 60


@dataclass(frozen=True)
class RunningApp:
    """A started app. `url` has no slash at its end."""

    url: str
    settings: Settings
    log: Path

    def client(self) -> httpx2.Client:
        """A client that keeps cookies and shows redirects as they are."""
        return httpx2.Client(base_url=self.url, timeout=30, follow_redirects=False)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def app(settings: Settings, tmp_path: Path) -> Iterator[RunningApp]:
    """`python -m app.server`, serving."""
    port, log = free_port(), tmp_path / "app.log"
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "ALLIN_HOME": str(settings.home),
        "ALLIN_APP_PORT": str(port),
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.server"],
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, log)
        yield RunningApp(f"http://127.0.0.1:{port}", settings, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx2.get(f"{url}/health", timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    pytest.fail(f"the app did not start in {START_S} s: {log.read_text()}")
