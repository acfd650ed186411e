"""Moments and days as exports, spreadsheets and people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from publishing.scheduling.walltime import Happens, read

HOW: Final = "Write it as 2026-03-02T09:30:00+01:00."
HOW_DAY: Final = "Write the day as 2026-03-02."
NOON: Final = time(12)
FIRST_YEAR: Final = 2000  # before the first network there was nothing to count
# Excel counts days from here, because it takes 1900 for a leap year; what it saves as a number lies
# between 2000 and 2099 here. https://support.microsoft.com/office/datevalue-function
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock's
_SERIAL: Final = re.compile(r"(\d{5})(?:[.,](\d{1,12}))?")
_SERIALS: Final = range(36_526, 73_051)
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_CLOCK: Final = r"(?:[ Tt,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?)?"
_OFFSET: Final = r"\s*(?P<offset>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_ISO: Final = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){_CLOCK}{_OFFSET}")
# The short form of ISO 8601, which calendars write: 20260302T083000Z.
_BASIC: Final = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}})(?:[Tt](\d{{2}})(\d{{2}})(\d{{2}})?())?{_OFFSET}")
_NUMBERS: Final = re.compile(rf"(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}|\d{{2}}){_CLOCK}{_OFFSET}")
# "Tue, Jul 14, 2026", "Jul 14, 2026 9:30 PM", "14 July 2026", "July 14" (TikTok leaves the year out).
_DAY_NAME: Final = r"(?:[A-Za-z]{3,9},?\s+)?"
_MONTH_FIRST: Final = re.compile(
    rf"{_DAY_NAME}([A-Za-z]{{3,9}})\.?\s+(\d{{1,2}})(?:,?\s+(\d{{4}}))?{_CLOCK}{_OFFSET}"
)
_DAY_FIRST: Final = re.compile(
    rf"{_DAY_NAME}(\d{{1,2}})\s+([A-Za-z]{{3,9}})\.?,?(?:\s+(\d{{4}}))?{_CLOCK}{_OFFSET}"
)


class Order(StrEnum):
    """Which comes first in dates such as 03/04/2026; with ASK they are refused."""

    ASK = "ask"
    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"


@dataclass(frozen=True)
class Written:
    """A moment as it is written: `clock` is None for a day alone; year and offset may be left out."""

    year: int | None
    month: int
    day: int
    clock: time | None = None
    offset: timedelta | None = None


@dataclass(frozen=True)
class Moment:
    """What it comes to, aware UTC. `notice` is what a person should know, such as a time that comes twice.

    `day_only`: no time was written, and noon on the clock is taken.
    """

    at: datetime
    notice: str | None = None
    day_only: bool = False


def moment(value: str, zone: ZoneInfo | None, order: Order, latest: datetime) -> Moment:
    """The moment that is written, with an offset or on the clock of the zone (None: an offset is needed).

    `latest` (aware) is when the file was exported: nothing in it can be later.

    Raises:
        ValueError: it is no such moment; the message is for people.
    """
    written = parsed(value, order, HOW)
    local = datetime.combine(_day(written, latest, zone, HOW), written.clock or NOON)  # wall clock
    if written.offset is not None and written.clock is not None:
        found = Moment((local - written.offset).replace(tzinfo=UTC))
    elif zone is None:
        raise ValueError(f"There is no offset from UTC, so nobody can tell which moment it is. {HOW}")
    else:
        found = _on_clock(local, zone, day_only=written.clock is None)
    if found.at > latest and not (found.day_only and found.at.date() <= latest.date()):
        raise ValueError("This is later than the moment the file was exported at.")
    return found


def day(value: str, order: Order, latest: datetime, zone: ZoneInfo | None) -> date:
    """The calendar day that is written; a time beside it is left out.

    Raises:
        ValueError: it is no day, or one after the export (`latest`, aware); the message is for people.
    """
    found = _day(parsed(value, order, HOW_DAY), latest, zone, HOW_DAY)
    # Somewhere it is tomorrow already: UTC+14 is the furthest.
    if found > (latest + timedelta(hours=14)).date():
        raise ValueError("This day is later than the moment the file was exported at.")
    return found


def parsed(value: str, order: Order, how: str) -> Written:
    """The parts of what is written, without knowing a zone.

    Raises:
        ValueError: it is none of the forms that are read; the message is for people.
    """
    text = value.strip().replace("\u202f", " ").replace("\u00a0", " ")
    if found := _ISO.fullmatch(text) or _BASIC.fullmatch(text):
        year, month, number = (int(found[part]) for part in (1, 2, 3))
        return Written(year, month, number, *_clock(found, 4, how))
    if found := _SERIAL.fullmatch(text):
        return _serial(found, how)
    if found := _NUMBERS.fullmatch(text):
        return _slashed(found, order, how)
    if found := _MONTH_FIRST.fullmatch(text):
        return _named(found[1], found[2], found, how)
    if found := _DAY_FIRST.fullmatch(text):
        return _named(found[2], found[1], found, how)
    raise ValueError(f"This is no date. {how}" if text else f"The date is missing. {how}")


def _serial(found: re.Match[str], how: str) -> Written:
    if int(found[1]) not in _SERIALS:
        raise ValueError(f"This is no date. {how}")
    seconds = round(float(f"0.{found[2] or 0}") * 86_400)
    at = _EPOCH + timedelta(days=int(found[1]), seconds=seconds)
    return Written(at.year, at.month, at.day, at.time() if found[2] else None)


def _slashed(found: re.Match[str], order: Order, how: str) -> Written:
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    if "." in found[0][:3]:  # with dots the day always comes first
        order = Order.DAY_FIRST
    if order is Order.ASK:
        if max(first, second) <= 12 and first != second:
            raise ValueError(f"Nobody can tell the day from the month here. {how} Or say which comes first.")
        order = Order.DAY_FIRST if first > 12 else Order.MONTH_FIRST
    month, number = (second, first) if order is Order.DAY_FIRST else (first, second)
    if month > 12 >= number:
        # Or the dates before it in the file, which can be read either way, would be read wrong in silence.
        raise ValueError(f"There is no month {month}. If the other number is the month, say so for the file.")
    return Written(year if year > 99 else 2000 + year, month, number, *_clock(found, 4, how))


def _named(month: str, number: str, found: re.Match[str], how: str) -> Written:
    fits = [place for place, name in enumerate(_MONTHS, 1) if name.startswith(month.lower())]
    if len(fits) != 1:
        raise ValueError(f"This is no date. {how}")
    return Written(int(found[3]) if found[3] else None, fits[0], int(number), *_clock(found, 4, how))


def _clock(found: re.Match[str], first: int, how: str) -> tuple[time | None, timedelta | None]:
    hour, minute, second, half = (found[first + part] for part in range(4))
    offset = _offset(found["offset"])
    if hour is None:
        return None, offset
    try:
        return time(_hour(int(hour), half), int(minute), int(second or 0)), offset
    except ValueError:
        raise ValueError(f"There is no such time of day. {how}") from None


def _hour(hour: int, half: str | None) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of a half day")
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def _offset(written: str | None) -> timedelta | None:
    if written is None:
        return None
    if not written[1:].replace(":", "").isdigit():
        return timedelta(0)
    hours, minutes = int(written[1:3]), int(written[3:].lstrip(":") or 0)
    if hours * 60 + minutes > 14 * 60 or minutes > 59:
        raise ValueError(f"There is no such offset from UTC. {HOW}")
    return timedelta(hours=hours, minutes=minutes) * (-1 if written[0] == "-" else 1)


def _day(written: Written, latest: datetime, zone: ZoneInfo | None, how: str) -> date:
    today = latest.astimezone(zone or UTC).date()
    year = written.year or today.year
    try:
        found = date(year, written.month, written.day)
        if written.year is None and found > today:
            found = date(year - 1, written.month, written.day)
    except ValueError:
        raise ValueError(f"There is no such day. {how}") from None
    if not FIRST_YEAR <= found.year <= today.year + 1:
        raise ValueError(f"The year {found.year} can't be right. {how}")
    return found


def _on_clock(local: datetime, zone: ZoneInfo, *, day_only: bool) -> Moment:
    reading = read(local, zone)
    if reading.happens is Happens.NEVER:
        raise ValueError(f"This time does not exist in {zone.key}: the clock is put forward over it. {HOW}")
    notice = None
    if reading.happens is Happens.TWICE:
        notice = f"This time comes twice in {zone.key}, where the clock is put back; the first is taken."
    return Moment(reading.at, notice, day_only)
