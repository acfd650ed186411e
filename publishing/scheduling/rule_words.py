"""A rule in plain words: ``Every 2 weeks on Monday and Thursday at 09:30, 10 times``. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from publishing.scheduling.walltime import wall, zone_of

WEEKDAYS: Final[Mapping[str, str]] = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
NUMBERS: Final[Mapping[int, str]] = {
    1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second last",
}  # fmt: skip
WORKDAYS: Final = ("MO", "TU", "WE", "TH", "FR")
UNITS: Final = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
# What these words are made of; a rule that says more is shown as it is written.
KNOWN: Final = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "COUNT", "UNTIL", "WKST"})


def in_words(rule: str, starts: datetime, zone: str) -> str:
    """The rule as people say it. `starts` is on the clock of `zone` (IANA)."""
    parts = parts_of(rule)
    if not set(parts) <= KNOWN or (days := _days(parts, starts)) is None:
        return f"By the rule {rule}, from {_day(starts)} at {starts:%H:%M}"
    unit, number = UNITS[parts["FREQ"]], int(parts.get("INTERVAL", "1"))
    every = f"Every {unit}" if number == 1 else f"Every {number} {unit}s"
    if (unit, number, days) == ("week", 1, "on every workday"):
        every, days = "Every workday", ""
    return " ".join(part for part in (every, days, f"at {starts:%H:%M}") if part) + _end(parts, zone)


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule by name."""
    pairs = (part.partition("=") for part in rule.removeprefix("RRULE:").split(";"))
    return {name: value for name, _, value in pairs}


def number_and_weekday(day: str) -> tuple[int, str]:
    """The two parts of a value of BYDAY: ``-1FR`` is the last Friday; 0 where it has no number."""
    return int(day[:-2] or 0), day[-2:]


def _days(parts: Mapping[str, str], starts: datetime) -> str | None:
    """On which days, in words; None where there are none for it."""
    frequency = parts["FREQ"]
    weekdays = [number_and_weekday(day) for day in parts.get("BYDAY", "").split(",") if day]
    days = [int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day]
    months = [int(month) for month in parts.get("BYMONTH", "").split(",") if month]
    if frequency in ("DAILY", "WEEKLY"):
        if days or months or any(number for number, _ in weekdays):
            return None
        if frequency == "DAILY":
            return f"that is a {_listed([WEEKDAYS[day] for _, day in weekdays], 'or')}" if weekdays else ""
        return _of_week([day for _, day in weekdays] or [list(WEEKDAYS)[starts.weekday()]])
    if frequency == "MONTHLY" and not months:
        return _of_month(weekdays, days or ([] if weekdays else [starts.day]))
    if frequency == "YEARLY" and not weekdays:
        return _of_year(months or [starts.month], days or [starts.day])
    return None


def _of_week(weekdays: Sequence[str]) -> str:
    if tuple(weekdays) == WORKDAYS:
        return "on every workday"
    return f"on {_listed([WEEKDAYS[day] for day in weekdays])}"


def _of_month(weekdays: Sequence[tuple[int, str]], days: Sequence[int]) -> str | None:
    if weekdays and days:
        return None
    if days:
        if any(day < -1 for day in days):
            return None
        last = ["the last day"] if -1 in days else []
        known = [str(day) for day in days if day > 0]
        return f"on {_listed([*([f'day {_listed(known)}'] if known else []), *last])}"
    if not all(number in NUMBERS for number, _ in weekdays):
        return None
    return f"on {_listed([f'the {NUMBERS[number]} {WEEKDAYS[day]}' for number, day in weekdays])}"


def _of_year(months: Sequence[int], days: Sequence[int]) -> str | None:
    if any(day < 1 for day in days) or any(not 1 <= month <= 12 for month in months):
        return None
    return f"on {_listed([f'{day} {MONTHS[month - 1]}' for month in months for day in days])}"


def _end(parts: Mapping[str, str], zone: str) -> str:
    if "COUNT" in parts:
        return ", once" if parts["COUNT"] == "1" else f", {parts['COUNT']} times"
    if "UNTIL" not in parts:
        return ""
    ends = datetime.fromisoformat(parts["UNTIL"])
    return f", until {_day(wall(ends, zone_of(zone)) if ends.tzinfo else ends)}"


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
