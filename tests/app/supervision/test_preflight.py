"""A start that can't go on says why in one line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.supervision.preflight import StartError, check_home, check_ports
from app.supervision.programs import Program, programs
from foundation.settings import Settings


def _settings(home: Path) -> Settings:
    return Settings(home=home)


def test_a_taken_port_is_named_with_the_setting_that_moves_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} .*app.* taken.*ALLIN_APP_PORT"):
            check_ports([Program("app", ("x",), port, "ALLIN_APP_PORT")])


def test_two_programs_on_one_port_are_refused() -> None:
    programs = [Program("app", ("x",), 18999, "ALLIN_APP_PORT"), Program("b", ("x",), 18999, "ALLIN_B_PORT")]
    with pytest.raises(StartError, match="both app and b: set ALLIN_B_PORT"):
        check_ports(programs)


def test_the_mailbox_of_the_sandbox_is_a_port_of_its_own() -> None:
    settings = Settings(sandbox_smtp_port=18998, sandbox_port=18998)
    with pytest.raises(StartError, match="both sandbox and sandbox: set ALLIN_SANDBOX_SMTP_PORT"):
        check_ports([program for program in programs(settings) if program.name == "sandbox"])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(StartError, match=r"can't write to .*file/home.*set ALLIN_HOME"):
        check_home(_settings(blocked / "home"))


def test_a_new_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    check_home(_settings(tmp_path / "new" / "home"))
    assert list((tmp_path / "new" / "home").iterdir()) == []
