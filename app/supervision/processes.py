"""Finding and ending the processes of an installation, also those whose start was killed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import psutil

from app.supervision.programs import MARKER
from foundation.settings import Settings


def left_behind(settings: Settings) -> list[psutil.Process]:
    """Processes carrying this installation's marker, other than ourselves and PostgreSQL.

    PostgreSQL is left out because it must be stopped by its own means, not by a signal.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter(["name"]):
        if process.pid in own or process.info["name"] == "postgres":
            continue
        try:
            if process.environ().get(MARKER) == str(settings.home):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end(processes: list[psutil.Process], *, patience_s: float = 5) -> int:
    """Ask each process to end, then kill what is left; returns how many there were."""
    for process in processes:
        _signal(process, terminate=True)
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        _signal(process, terminate=False)
    psutil.wait_procs(alive, timeout=patience_s)
    return len(processes)


def _signal(process: psutil.Process, *, terminate: bool) -> None:
    try:
        process.terminate() if terminate else process.kill()
    except psutil.NoSuchProcess:
        return


def proportional_memory_mb(settings: Settings) -> float:
    """Memory of the whole installation in MB: the sum of PSS, so that shared pages count once."""
    members = left_behind(settings) + _postgres(settings)
    total = 0
    for process in members:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 2**20


def _postgres(settings: Settings) -> list[psutil.Process]:
    try:
        pid = int((settings.home / "postgres" / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children(recursive=True)]
    except (OSError, ValueError, psutil.NoSuchProcess):
        return []


class Foreground:
    """The record of the terminal that holds a start: who it is, and whether it still lives."""

    def __init__(self, settings: Settings) -> None:
        self._path: Path = settings.home / "run" / "up.json"

    def take(self) -> None:
        """Record this process as the holder."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        me = psutil.Process()
        self._path.write_text(json.dumps({"pid": me.pid, "created": me.create_time()}))

    def holder(self) -> psutil.Process | None:
        """The living process that holds the start, or None."""
        try:
            record = json.loads(self._path.read_text())
            process = psutil.Process(record["pid"])
        except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
            return None
        # A process id is used again; the time of creation tells ours from a stranger's.
        ours = abs(process.create_time() - record["created"]) < 1
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None

    def wait_until_released(self, timeout_s: float) -> None:
        """Wait until nobody holds the start; a holder that does not let go in time is killed."""
        deadline = time.monotonic() + timeout_s
        while (holder := self.holder()) is not None:
            if time.monotonic() > deadline:
                holder.kill()
            time.sleep(0.1)

    def release(self) -> None:
        """Forget the holder."""
        self._path.unlink(missing_ok=True)
