"""Who goes first on a busy machine: people at their pages, then builds."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

NICENESS: Final = 19  # the most there is; a process of the usual 0 gets 68 times as much of a processor


def step_back(pid: int) -> None:
    """Let a process that works in the background wait for others; 0 is this one, one that ended is fine.

    On Linux it runs in time nobody else wants (`SCHED_IDLE`, sched(7)): a merely nice one still makes a
    query's threads wait some milliseconds each time they are woken. To be called before it starts threads.
    """
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
        if sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
