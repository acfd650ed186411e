"""Which window a publishing run covers: arithmetic only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# One run is asked for at most this often: longer than a run takes to start and claim.
SLOT = timedelta(seconds=30)


@dataclass(frozen=True)
class Window:
    """A window to run: the key that asks for it only once, and until when its run stays (aware UTC)."""

    key: str
    until: datetime


def end_of_stay(until: datetime, now: datetime) -> datetime:
    """Until when a run that starts at `now` stays: `until`, or a slot where it was queued past that."""
    return max(until, now + SLOT)


def window_at(now: datetime, look_ahead: timedelta) -> Window:
    """The window to ask for at `now` (aware), when something falls due within `look_ahead`.

    It reaches `look_ahead` beyond the end of the slot of `now`, so whatever was seen due in this slot
    is covered, and a post due later is seen in a later slot, still `look_ahead` before its time.
    """
    seconds = int(now.timestamp()) // int(SLOT.total_seconds()) * int(SLOT.total_seconds())
    start = datetime.fromtimestamp(seconds, UTC)
    return Window(f"window:{start.isoformat()}", start + SLOT + look_ahead)
