"""At which age the posts of two periods are compared, so that young ones are not at a loss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final


@dataclass(frozen=True)
class Age:
    """An age marts keep counters for. `settled_days`: how old a post is when its value is there."""

    name: str  # as in the columns engagement_24h, engagement_7d
    words: str
    settled_days: int


DAY: Final = Age("24h", "24 hours", 3)
WEEK: Final = Age("7d", "7 days", 9)


def compared_at(start: date, end: date, as_of: date) -> tuple[Age, date]:
    """The age for a period, and the last day of it whose posts have reached that age by the day `as_of`.

    A week, unless that would leave out half of the period. The day lies before `start` when no post is old
    enough: then nothing can be compared.
    """
    half = (end - start) / 2
    for age in (WEEK, DAY):
        last = min(end, as_of - timedelta(days=age.settled_days))
        if end - last <= half:
            return age, last
    return DAY, min(end, as_of - timedelta(days=DAY.settled_days))
