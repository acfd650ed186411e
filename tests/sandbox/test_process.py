"""The real process: start, kill -9, start again; and what it says of settings that cannot work."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from foundation.settings import REPOSITORY
from tests.sandbox.server import Running


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(home: Path, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALLIN_")}
    own = {"ALLIN_SANDBOX_HOME": str(home), "ALLIN_SANDBOX_DAYS": "60", "ALLIN_SANDBOX_SMTP_PORT": "0"}
    return {**kept, **own, **changes}


@contextmanager
def process(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    started = subprocess.Popen(
        [sys.executable, "-m", "sandbox"], cwd=REPOSITORY, env=environment(home, ALLIN_SANDBOX_PORT=str(port))
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx2.get(f"http://127.0.0.1:{port}/_sandbox/health")
                break
            except httpx2.ConnectError:
                assert started.poll() is None, "the sandbox ended while starting"
                assert time.monotonic() < deadline, "the sandbox did not start"
                time.sleep(0.02)
        yield started, port
    finally:
        started.kill()
        started.wait()


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    with process(tmp_path) as (killed, port):
        before = Running(port)
        before.advance(100)
        before.fault(network="x", endpoint="nowhere", kind="5xx")
        ids = [before.publish(f"Kept {n}").json()["id"] for n in range(20)]
        params = {"fields": "id,message", "since": 0, "limit": 100}
        shown = before.graph(f"{before.page_id}/posts", **params).json()["data"]
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    with process(tmp_path) as (_, port):
        after = Running(port)
        assert [post["id"] for post in after.accepted()] == ids
        after.page_token = before.page_token
        assert after.graph(f"{after.page_id}/posts", **params).json()["data"] == shown
        headers = {"Authorization": f"Bearer {before.x['access_token']}"}
        assert after.client.get("/x/2/users/me", headers=headers).status_code == 200
        assert after.get("/_sandbox/clock").json()["offset_s"] == 100
        assert len(after.get("/_sandbox/faults").json()["faults"]) == 1


def test_it_ends_when_told_to(tmp_path: Path) -> None:
    with process(tmp_path) as (running, _):
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) in (0, -signal.SIGTERM)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ALLIN_SANDBOX_PORT": "no"}, "ALLIN_SANDBOX_PORT"),
        ({"ALLIN_SANDBOX_DAYS": "0"}, "ALLIN_SANDBOX_DAYS"),
        ({"ALLIN_SANDBOX_ARCHIVE": "/nowhere.csv.gz"}, "/nowhere.csv.gz"),
        ({"ALLIN_SANDBOX_HOME": "/dev/null/x"}, "/dev/null"),
    ],
)
def test_settings_that_cannot_work_get_one_line_and_exit_code_2(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=REPOSITORY,
        env=environment(tmp_path, **changes),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_a_taken_port_ends_it_with_an_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "sandbox"],
            cwd=REPOSITORY,
            env=environment(tmp_path, ALLIN_SANDBOX_PORT=port),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode != 0
    assert "in use" in done.stderr
