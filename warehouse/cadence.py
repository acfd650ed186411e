"""How far back a collection looks: posts of the first day every hour, of the first month daily, all weekly.

Pure. A window that goes further back covers the nearer ones, so each hour asks for the furthest that is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from platforms.contract import Entity


@dataclass(frozen=True)
class Finished:
    """A window that was collected to its end: its hour, and how far back it went (None: all there is)."""

    hour: datetime
    since: datetime | None


@dataclass(frozen=True)
class Sweep:
    """Everything since `back` ago (None: all there is) is to be seen once in `every`."""

    back: timedelta | None
    every: timedelta


HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# The furthest first. A month is 31 days: no month's first day is forgotten at its end.
OF_POSTS: Final = (Sweep(None, 7 * DAY), Sweep(31 * DAY, DAY), Sweep(DAY, HOUR))
OF_DAYS: Final = (Sweep(5 * DAY, HOUR),)  # numbers of the last days come late, and are revised
CADENCE: Final[dict[Entity, tuple[Sweep, ...]]] = {
    Entity.POSTS: OF_POSTS,
    Entity.POST_METRICS: OF_POSTS,
    Entity.ACCOUNT_METRICS: OF_DAYS,
    Entity.DEMOGRAPHICS: (Sweep(None, DAY),),
}


def is_due(entity: Entity, hour: datetime, finished: Iterable[Finished]) -> bool:
    """Whether an entity is to be asked at all in this hour (aware UTC)."""
    sweeps = CADENCE.get(entity)
    if sweeps is None or sweeps[-1].every <= HOUR:
        return True
    known = list(finished)
    return any(_is_due(sweep, hour, known) for sweep in sweeps)


def since(entity: Entity, hour: datetime, finished: Iterable[Finished]) -> datetime | None:
    """How far back this hour's window goes (aware UTC; None: as far as the network gives).

    At least behind the end of the last finished window, so that an outage leaves no gap.
    """
    sweeps, known = CADENCE.get(entity, ()), list(finished)
    if not known or not sweeps:
        return None
    due = [sweep for sweep in sweeps if _is_due(sweep, hour, known)] or [sweeps[-1]]
    if due[0].back is None:
        return None
    last = max(window.hour for window in known)
    return min(last, hour) - due[0].back


def _is_due(sweep: Sweep, hour: datetime, finished: list[Finished]) -> bool:
    """No window of the time went back far enough."""
    for window in finished:
        reaches = window.since is None or (
            sweep.back is not None and window.since <= window.hour - sweep.back
        )
        if reaches and hour - window.hour < sweep.every:
            return False
    return True
