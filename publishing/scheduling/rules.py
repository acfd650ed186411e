"""Rules by which a post comes again: RFC 5545, section 3.3.10, on the wall clock of a zone. Pure.

The rule says days and times on the clock; `walltime.read` says which moments these are. A day that a month
does not have (31 April, 29 February of most years) is left out, as the RFC has it. A time that the clock
skips is not left out but comes when the clock is past the gap: a day's post is not lost because of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from publishing.changes import DraftError
from publishing.scheduling.walltime import wall

OFTEN: Final = 24  # times a day, at most
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_NUMBERS: Final = r"[+-]?\d{1,3}(,[+-]?\d{1,3}){0,59}"
_PARTS: Final = {
    "FREQ": "|".join(FREQUENCIES),
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
    "BYDAY": r"[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)(,[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)){0,59}",
    "BYHOUR": r"\d{1,2}(,\d{1,2}){0,23}",
    "BYMINUTE": r"\d{1,2}(,\d{1,2}){0,23}",
} | dict.fromkeys(("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"), _NUMBERS)
YEARS: Final = range(2000, 2391)
# The calendar repeats itself every 400 years, to the weekday. dateutil looks for the next day of a rule until
# the year 9999 ends; near there, a rule that never comes costs it 0.3 s instead of 10.
AHEAD: Final = 19 * 400


@dataclass(frozen=True)
class Rule:
    """A checked rule. `starts` and `ends` (both included) are times on the clock, without zone."""

    text: str
    starts: datetime
    ends: datetime | None
    count: int | None
    repeats: str  # the rule without its end

    def times(self, after: datetime, until: datetime) -> list[datetime]:
        """The times on the clock later than `after` and not later than `until`, in order."""
        last = min(until, self.ends) if self.ends else until
        if last < self.starts:
            return []
        return [at for at in self._from_start(last) if at > after]

    def _from_start(self, last: datetime) -> Iterator[datetime]:
        rule = rrulestr(self.repeats, dtstart=_moved(self.starts, AHEAD))
        for at in islice(rule.replace(until=_moved(last, AHEAD)), self.count):
            yield _moved(at, -AHEAD)


def parse(text: str, starts: datetime, zone: ZoneInfo) -> Rule:
    """The rule that `text` says (`FREQ=WEEKLY;BYDAY=MO`, with or without `RRULE:`), from a time on.

    `starts` is on the wall clock of `zone`, to the minute. An end in UTC is read on that clock too; an end
    without a time is the end of that day.

    Raises:
        DraftError: it is no rule, comes more often than it may, or never.
    """
    text = text.strip().upper().removeprefix("RRULE:").rstrip(";")
    starts = starts.replace(second=0, microsecond=0, tzinfo=None)
    parts = _parts(text)
    if starts.year not in YEARS:
        raise DraftError([f"The first time has to be in the years {YEARS[0]} to {YEARS[-1]}."])
    often = [len(set(parts.get(name, "0").split(","))) for name in ("BYHOUR", "BYMINUTE")]
    if often[0] * often[1] > OFTEN:
        raise DraftError([f"A post can come again up to {OFTEN} times a day."])
    ends = _end(parts.pop("UNTIL", None), zone)
    count = int(parts.pop("COUNT")) if "COUNT" in parts else None
    repeats = ";".join(f"{name}={value}" for name, value in parts.items())
    rule = Rule(text, starts, ends, count, repeats)
    try:
        first = next(rule._from_start(ends or starts.replace(year=YEARS[-1] + 1, day=1)), None)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError):
        raise DraftError([f"The rule {text!r} can't be used."]) from None
    if first is None:
        raise DraftError(["This rule never comes to a time."])
    return rule


def _parts(text: str) -> dict[str, str]:
    """The parts of a rule by name, `FREQ` among them."""
    if len(text) > 500:
        raise DraftError(["The rule is too long."])
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS:
            raise DraftError(
                [f"A rule of a post has no {name or 'empty'} part. It has: {', '.join(_PARTS)}."]
            )
        if name in parts:
            raise DraftError([f"The rule says {name} twice."])
        if not re.fullmatch(_PARTS[name], value):
            raise DraftError([f"{name}={value} can't be used in a rule."])
        parts[name] = value
    if "FREQ" not in parts:
        raise DraftError([f"The rule has to say FREQ: {', '.join(FREQUENCIES)}."])
    if "COUNT" in parts and "UNTIL" in parts:
        raise DraftError(["A rule ends by COUNT or by UNTIL, not by both."])
    return parts


def _end(value: str | None, zone: ZoneInfo) -> datetime | None:
    if value is None:
        return None
    try:
        ends = datetime.fromisoformat(value)
        if ends.tzinfo is not None:
            return wall(ends, zone)
    except (ValueError, OverflowError):
        raise DraftError([f"UNTIL={value} is no date."]) from None
    return ends if "T" in value else ends.replace(hour=23, minute=59, second=59)


def _moved(at: datetime, years: int) -> datetime:
    return at.replace(year=min(at.year + years, 9999))
