"""The API as processes of their own, over one database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from foundation.settings import REPOSITORY, Settings
from tests.app.conftest import free_port

START_S = 30
SERVE = """
import sys
import uvicorn
from starlette.applications import Starlette
from app.api.application import routes
uvicorn.run(Starlette(routes=routes), port=int(sys.argv[1]), log_level="debug")
"""


@contextmanager
def servers(count: int, settings: Settings, log: Path, **variables: str) -> Iterator[list[str]]:
    """So many processes that serve the API; gives their addresses. What they log is added to `log`."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "ALLIN_HOME": str(settings.home),
        **variables,
    }
    with ExitStack() as stack, log.open("w") as output:
        urls = []
        for _ in range(count):
            port = free_port()
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(port)],
                cwd=REPOSITORY,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            stack.callback(process.wait, timeout=20)
            stack.callback(process.terminate)
            urls.append(f"http://127.0.0.1:{port}/api/v1")
        for url in urls:
            _wait(f"{url}/health", log)
        yield urls


def _wait(url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    pytest.fail(f"it did not start in {START_S} s: {log.read_text()}")
