"""What is seen of an installation from outside: its processes, and what its commands print."""

from __future__ import annotations

import subprocess

import psutil

from app.supervision.processes import left_behind
from bench.rig import Rig


def processes(rig: Rig) -> list[psutil.Process]:
    """Everything that runs for the installation, PostgreSQL too."""
    marked = left_behind(rig.settings)
    postgres = [
        each
        for each in psutil.process_iter(["cmdline"])
        if str(rig.home) in " ".join(each.info["cmdline"] or [])
    ]
    return list({process.pid: process for process in marked + postgres}.values())


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused start printed: one line, no stack trace."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]
