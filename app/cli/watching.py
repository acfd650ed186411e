"""Running a long command and showing how far it is."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.markup import escape

from app.cli.console import out
from foundation.settings import REPOSITORY

# dbt says so of every model and test it is done with.
STEP: Final = re.compile(r"\b(\d+) of (\d+) (?:OK|PASS|ERROR|FAIL|WARN|SKIP)")


def watched(label: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> bool:
    """Run it with its words in a log, and show its step and the seconds; returns whether it succeeded."""
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        out.status(f"{escape(label)} …") as shown,
        log.open("w") as file,
        subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            file.write(line)
            if (step := STEP.search(line)) is not None:
                shown.update(f"{escape(label)} … {step[1]} of {step[2]}, {time.monotonic() - started:.0f} s")
    good = process.returncode == 0
    mark = "[green]✓[/green]" if good else "[red]✗[/red]"
    out.print(f"{mark} {escape(label)} [dim]({time.monotonic() - started:.1f} s)[/dim]")
    return good
