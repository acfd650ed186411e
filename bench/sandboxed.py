"""The sandbox as a process of its own, for as long as it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2

from bench.rig import free_ports
from foundation.settings import REPOSITORY

START_S = 60


@contextmanager
def sandbox(variables: Mapping[str, str]) -> Iterator[int]:
    """The sandbox on a free port; its state is gone at the end."""
    port = free_ports(1)[0]
    with tempfile.TemporaryDirectory(prefix="allin-bench-", ignore_cleanup_errors=True) as folder:
        own = {"ALLIN_SANDBOX_HOME": folder, "ALLIN_SANDBOX_PORT": str(port)}
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"], cwd=REPOSITORY, env={**os.environ, **variables, **own}
        )
        try:
            _wait(f"http://127.0.0.1:{port}/_sandbox/health")
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(address: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            httpx2.get(address, trust_env=False, timeout=2)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the sandbox did not start")
