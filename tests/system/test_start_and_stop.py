"""Starting, stopping and starting again, also after being killed; what stands in the way is one line."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from app.supervision.processes import left_behind
from bench.rig import Rig

pytestmark = pytest.mark.system


def _processes(rig: Rig) -> list[psutil.Process]:
    """Everything that runs for the installation, PostgreSQL too."""
    marked = left_behind(rig.settings)
    postgres = [
        each
        for each in psutil.process_iter(["cmdline"])
        if str(rig.home) in " ".join(each.info["cmdline"] or [])
    ]
    return list({process.pid: process for process in marked + postgres}.values())


def _one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused start printed: one line, no stack trace."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_killed_with_9_it_starts_again_and_down_leaves_nothing(empty_home: Path) -> None:
    rig = Rig(empty_home)
    rig.up()
    before = rig.run("sql", "select count(*) as n from dim_posts", "--format", "csv").stdout
    again = rig.run("up")
    assert "already running" in _one_line(again)

    killed = [psutil.Process(rig.pid), *_processes(rig)]
    assert len(killed) > 8
    for process in killed:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(killed, timeout=10)

    seconds = rig.up()
    assert seconds < 120
    assert rig.run("sql", "select count(*) as n from dim_posts", "--format", "csv").stdout >= before
    rig.kill()  # now only the terminal's own process: the others live on without it
    assert _processes(rig)
    rig.up()
    assert "an earlier start was killed" in rig.printed

    rig.kill()
    done = rig.run("down")
    assert done.returncode == 0, done.stderr
    assert _processes(rig) == []
    doctor = rig.run("doctor")
    assert doctor.returncode == 1
    assert "make run" in doctor.stdout


def test_a_taken_port_is_one_line(empty_home: Path) -> None:
    rig = Rig(empty_home)
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(rig.variables["ALLIN_DAGSTER_PORT"])))
        other.listen()
        line = _one_line(rig.run("up"))
    assert "ALLIN_DAGSTER_PORT" in line
    assert _processes(rig) == []


def test_an_unwritable_folder_is_one_line(empty_home: Path) -> None:
    blocked = empty_home.parent / "file"
    blocked.write_text("")
    line = _one_line(Rig(blocked / "home").run("up"))
    assert "ALLIN_HOME" in line


@pytest.mark.parametrize("url", ["postgresql://nobody:secret-word@127.0.0.1:1/none", "not a url"])
def test_a_wrong_database_url_is_one_line_without_its_password(empty_home: Path, url: str) -> None:
    line = _one_line(Rig(empty_home, {"DATABASE_URL": url}).run("up"))
    assert "DATABASE_URL" in line
    assert "secret-word" not in line


def test_a_setting_of_the_wrong_kind_is_one_line(empty_home: Path) -> None:
    done = Rig(empty_home, {"ALLIN_APP_PORT": "eighty"}).run("doctor")
    assert done.returncode == 2
    assert "ALLIN_APP_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_during_the_start_leaves_nothing(empty_home: Path) -> None:
    rig = Rig(empty_home)
    rig.begin()
    deadline = time.monotonic() + 60
    while "demo: organization" not in rig.printed:
        assert time.monotonic() < deadline, rig.printed
        time.sleep(0.1)
    assert rig.interrupt() == 0
    assert _processes(rig) == []
