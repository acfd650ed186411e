"""What stands in the way of a start is one line; a start that is stopped leaves nothing."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from bench.rig import Rig
from tests.system.seeing import one_line, processes

pytestmark = pytest.mark.system


def test_a_taken_port_isone_line(empty_home: Path) -> None:
    rig = Rig(empty_home)
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(rig.variables["ALLIN_DAGSTER_PORT"])))
        other.listen()
        line = one_line(rig.run("up"))
    assert "ALLIN_DAGSTER_PORT" in line
    assert processes(rig) == []


def test_an_unwritable_folder_isone_line(empty_home: Path) -> None:
    blocked = empty_home.parent / "file"
    blocked.write_text("")
    line = one_line(Rig(blocked / "home").run("up"))
    assert "ALLIN_HOME" in line


@pytest.mark.parametrize("url", ["postgresql://nobody:secret-word@127.0.0.1:1/none", "not a url"])
def test_a_wrong_database_url_is_one_line_without_its_password(empty_home: Path, url: str) -> None:
    line = one_line(Rig(empty_home, {"DATABASE_URL": url}).run("up"))
    assert "DATABASE_URL" in line
    assert "secret-word" not in line


def test_a_setting_of_the_wrong_kind_isone_line(empty_home: Path) -> None:
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
    assert processes(rig) == []
