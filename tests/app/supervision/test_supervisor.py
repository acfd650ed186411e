"""supervisord runs what our program table says."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from app.supervision.programs import MARKER, Program, programs
from app.supervision.supervisor import Control, logs_folder, socket_path, spawn, write_configuration
from foundation.settings import Settings


def test_a_long_home_still_gets_a_socket_that_fits(tmp_path: Path) -> None:
    assert len(str(socket_path(Settings(home=tmp_path / ("x" * 200))))) < 104


def test_every_listening_program_names_the_setting_of_its_port() -> None:
    for program in programs(Settings()):
        assert (program.port is None) == (program.setting is None)
        assert program.setting is None or program.setting.startswith("ALLIN_")


def test_without_the_demo_there_is_no_sandbox() -> None:
    assert "sandbox" not in [program.name for program in programs(Settings(demo=False))]


def test_programs_run_are_restarted_and_stop(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "100% home")
    code = "import time; print('started', flush=True); time.sleep(3)"
    configuration = write_configuration(settings, [Program("sleeper", (sys.executable, "-c", code))])
    supervisor = spawn(settings, configuration, {**os.environ, MARKER: str(settings.home)})
    control = Control(settings)
    try:
        log = logs_folder(settings) / "sleeper.log"
        _until(lambda: log.exists() and log.read_text().count("started") >= 2)  # it ended, and came back
        assert set(control.states() or {}) == {"sleeper"}
        assert control.shutdown()
        assert control.wait_until_gone(10)
        assert supervisor.wait(10) == 0
    finally:
        supervisor.kill()
    assert control.states() is None
    assert not control.shutdown()


def _until(ready: object, timeout_s: float = 20) -> None:
    assert callable(ready)
    deadline = time.monotonic() + timeout_s
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.1)
