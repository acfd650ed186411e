"""The moments of a queue's slots: weekdays and times on a zone's clock, in order. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

from publishing.scheduling.walltime import Happens, Reading, read, wall

WEEK = timedelta(days=7)


class Slot(NamedTuple):
    """A weekday (ISO: 1 is Monday, 7 is Sunday) and a time on the clock, to the minute."""

    weekday: int
    at: time


def slots_after(slots: Iterable[Slot], zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The moments (aware UTC) of the slots later than `after` (aware), without end, each once, in order.

    A slot that the clock skips on its day comes when the clock is past the gap; of one that comes twice, the
    first counts (see `walltime.read`). Where that makes two slots one moment, it is one slot that day.
    """
    last = after
    for at in heapq.merge(*(_weekly(slot, zone, after) for slot in slots)):
        if at > last:
            yield at
            last = at


def odd_slots(slots: Iterable[Slot], zone: ZoneInfo, after: datetime, until: datetime) -> list[Reading]:
    """Of the slots between two moments (aware), those whose time the clock skips or shows twice, in order."""
    found = []
    for slot in slots:
        found += [
            reading
            for reading in takewhile(lambda one: one.at <= until, _readings(slot, zone, after))
            if reading.happens is not Happens.ONCE and reading.at > after
        ]
    return sorted(found, key=lambda reading: reading.at)


def _weekly(slot: Slot, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The moments of one slot, from one that is not later than `after` on."""
    return (reading.at for reading in _readings(slot, zone, after))


def _readings(slot: Slot, zone: ZoneInfo, after: datetime) -> Iterator[Reading]:
    today = wall(after, zone)
    day = today.date() - timedelta(days=(today.isoweekday() - slot.weekday) % 7) - WEEK
    local = datetime.combine(day, slot.at)
    while True:
        yield read(local, zone)
        local += WEEK
