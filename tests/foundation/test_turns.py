"""One at a time, across processes; within one it is shown where accounts refresh their tokens."""

from __future__ import annotations

import subprocess
import sys
import time

from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import REPOSITORY, Settings
from foundation.turns import turn

OTHER = """
from foundation.settings import get_settings
from foundation.turns import turn
with turn("a", get_settings()):
    print("in", flush=True)
    input()
"""


def other_process() -> subprocess.Popen[str]:
    """A process that takes the turn, says so, and keeps it until it reads a line."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", OTHER], stdin=pipe, stdout=pipe, text=True, cwd=REPOSITORY)


def waiting(settings: Settings) -> int:
    with worker_session(settings) as session:
        count = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return int(session.scalar(count) or 0)


def test_another_process_waits_for_its_turn(settings: Settings) -> None:
    with turn("a", settings):
        other = other_process()
        deadline = time.monotonic() + 60
        while not waiting(settings) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert waiting(settings) == 1
        assert other.poll() is None
        with turn("b", settings):  # another name, another place
            pass
    said, _ = other.communicate("\n", timeout=60)
    assert (said, other.returncode) == ("in\n", 0)


def test_a_killed_process_lets_its_turn_go(settings: Settings) -> None:
    other = other_process()
    assert other.stdout
    assert other.stdout.readline() == "in\n"
    other.kill()
    with turn("a", settings):
        assert other.wait(timeout=60) != 0
    other.communicate()
