"""The sandbox's clock: real time plus an offset that can be moved forward."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Tells the time in UTC; `save` is called with each new offset before it takes effect."""

    def __init__(self, offset_s: float, save: Callable[[float], None]) -> None:
        self._offset_s = offset_s
        self._save = save

    @property
    def offset_s(self) -> float:
        """Seconds this clock is ahead of real time."""
        return self._offset_s

    def now(self) -> datetime:
        """The sandbox's present (UTC)."""
        return datetime.fromtimestamp(time.time() + self._offset_s, UTC)

    def advance(self, seconds: float) -> None:
        """Move forward; time never runs backwards, so a negative number raises ValueError."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self._save(self._offset_s + seconds)
        self._offset_s += seconds
