"""When a post goes out, as people and their spreadsheets write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from publishing.scheduling.walltime import Happens, read

NOW: Final = "now"
HOW: Final = "Write the time as 2026-03-02 09:30, or with its offset as 2026-03-02T09:30+01:00."
SLASHES: Final = f"In a date with slashes nobody can tell the day from the month. {HOW}"
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?")
_SLASHED: Final = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}")
_SPACED: Final = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})[ T](?P<hour>\d):")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment(written: str, zone: ZoneInfo) -> datetime:
    """The moment (aware UTC) that is written: with an offset, or on the clock of the zone.

    Spreadsheets of most of Europe show days first, with dots between: those are read too.

    Raises:
        ValueError: it is no time, or the clock shows it never or twice; the message is for people.
    """
    if _SLASHED.match(written):
        raise ValueError(SLASHES)
    try:
        found = _parsed(written)
    except (ValueError, OverflowError):
        raise ValueError(HOW) from None
    if found.tzinfo is not None:
        return _utc(found)
    reading = read(found, zone)
    if reading.happens is Happens.NEVER:
        raise ValueError(f"This time does not exist in {zone.key}: the clock is put forward over it.")
    if reading.happens is Happens.TWICE:
        both = " or ".join(at.astimezone(zone).isoformat(timespec="minutes") for at in reading.choices)
        raise ValueError(f"This time comes twice in {zone.key}. Write {both}.")
    return reading.at


def _parsed(written: str) -> datetime:
    if dotted := _DOTTED.fullmatch(written):
        day, month, year, hour, minute, second = (int(part or 0) for part in dotted.groups())
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - on the brand's clock
    if _DAY.fullmatch(written):
        raise ValueError("a day without a time")
    return datetime.fromisoformat(_SPACED.sub(r"\g<day>T0\g<hour>:", written))


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("This time is too far away.") from None
