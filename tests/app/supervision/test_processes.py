"""What a killed start leaves behind is found by its mark, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from app.supervision.processes import Foreground, end, left_behind
from app.supervision.programs import MARKER
from foundation.settings import Settings

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


@contextmanager
def _process(code: str, mark: Path | None) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, **({MARKER: str(mark)} if mark else {})}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


def test_only_processes_of_this_installation_are_found_and_ended(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "mine")
    with (
        _process(SLEEPER, settings.home) as mine,
        _process(STUBBORN, settings.home) as stubborn,
        _process(SLEEPER, tmp_path / "other") as other,
        _process(SLEEPER, None) as unmarked,
    ):
        found = left_behind(settings)
        assert {process.pid for process in found} == {mine.pid, stubborn.pid}
        assert end(found, patience_s=0.5) == 2
        assert mine.wait(5) is not None  # psutil has taken its exit status
        assert stubborn.wait(5) is not None
        assert other.poll() is None
        assert unmarked.poll() is None


def test_the_holder_is_known_while_it_lives(tmp_path: Path) -> None:
    foreground = Foreground(Settings(home=tmp_path))
    assert foreground.holder() is None
    foreground.take()
    assert foreground.holder() == psutil.Process()
    foreground.release()
    assert foreground.holder() is None


def test_a_stranger_with_the_same_process_id_is_not_the_holder(tmp_path: Path) -> None:
    foreground = Foreground(Settings(home=tmp_path))
    foreground.take()
    record = tmp_path / "run" / "up.json"
    record.write_text(json.dumps({"pid": os.getpid(), "created": time.time() - 86_400}))
    assert foreground.holder() is None
