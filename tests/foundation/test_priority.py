"""Background work steps back, so that people at their pages go first."""

from __future__ import annotations

import os
import subprocess
import sys

from foundation.priority import NICENESS, step_back


def test_a_process_steps_back_and_one_that_has_ended_is_fine() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        step_back(process.pid)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == NICENESS
        if sys.platform == "linux":
            assert os.sched_getscheduler(process.pid) == os.SCHED_IDLE
        process.communicate(b"\n")
    step_back(process.pid)
