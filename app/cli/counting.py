"""Progress of work that counts rows: silent for two seconds, then rows and rows a second."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.console import err

SILENT_S: Final = 2.0


class Counting:
    """Called with how many rows are done and which share that is. A context manager."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, rows: int, share: float) -> None:
        """Tell how far it is."""
        passed = time.monotonic() - self._started
        if passed < SILENT_S:
            return
        if self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[rows]}"),
                TimeRemainingColumn(),
                console=err,
                transient=True,
            )
            self._task = self._progress.add_task(self._label, total=1.0, rows="")
            self._progress.start()
        said = f"{rows:,} rows, {rows / passed:,.0f} a second"
        self._progress.update(self._task, completed=share, rows=said)
