"""From a few choices to a rule of RFC 5545, and back. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from publishing.scheduling.rule_words import NUMBERS, WEEKDAYS, parts_of

CUSTOM: Final = "CUSTOM"
FREQUENCIES: Final[Mapping[str, str]] = {
    "WEEKLY": "Every week",
    "DAILY": "Every day",
    "MONTHLY": "Every month",
    "YEARLY": "Every year",
    CUSTOM: "By a rule (RFC 5545)",
}


@dataclass(frozen=True)
class RuleChoice:
    """What people choose. `days` are weekdays (MO …) of a week, `of_month` is a part as `days_of_month` has.

    It ends on a day (included), after so many times, or never. A `rule` says all of it instead.
    """

    frequency: str = "WEEKLY"
    every: int = 1
    days: Sequence[str] = ()
    of_month: str | None = None
    until: date | None = None
    count: int | None = None
    rule: str = ""

    @property
    def text(self) -> str:
        """The rule."""
        if self.frequency == CUSTOM:
            return self.rule.strip()
        parts = [f"FREQ={self.frequency}"]
        parts += [f"INTERVAL={self.every}"] if self.every > 1 else []
        if self.frequency == "WEEKLY" and self.days:
            parts.append(f"BYDAY={','.join(day for day in WEEKDAYS if day in self.days)}")
        if self.frequency == "MONTHLY" and self.of_month:
            parts.append(self.of_month)
        parts += [f"UNTIL={self.until:%Y%m%d}"] if self.until else []
        parts += [f"COUNT={self.count}"] if self.count else []
        return ";".join(parts)


def days_of_month(first: date) -> dict[str, str]:
    """The days of each month that the first day may stand for: part of a rule -> its words."""
    code = list(WEEKDAYS)[first.weekday()]
    number, last = (first.day - 1) // 7 + 1, monthrange(first.year, first.month)[1]
    found = {f"BYMONTHDAY={first.day}": f"On day {first.day}"}
    if number <= 4:
        found[f"BYDAY={number}{code}"] = f"On the {NUMBERS[number]} {WEEKDAYS[code]}"
    if first.day + 7 > last:
        found[f"BYDAY=-1{code}"] = f"On the last {WEEKDAYS[code]}"
    if first.day == last:
        found["BYMONTHDAY=-1"] = "On the last day"
    return found


def choice_of(rule: str, starts: datetime) -> RuleChoice:
    """The choices that make this rule; where there are none, the rule as it is written."""
    parts = parts_of(rule)
    by = {name: value for name, value in parts.items() if name.startswith("BY")}
    until = parts.get("UNTIL", "")
    custom = RuleChoice(CUSTOM, rule=rule)
    if set(parts) - set(by) - {"FREQ", "INTERVAL", "COUNT", "UNTIL"} or "T" in until:
        return custom
    frequency = parts["FREQ"]
    days: list[str] = []
    of_month = None
    if frequency == "WEEKLY" and set(by) <= {"BYDAY"}:
        days = by.get("BYDAY", "").split(",") if by else []
    elif frequency == "MONTHLY" and len(by) <= 1:
        ((name, value),) = by.items() or [("BYMONTHDAY", str(starts.day))]
        of_month = f"{name}={value}"
        if of_month not in days_of_month(starts.date()):
            return custom
    elif by:
        return custom
    if not set(days) <= set(WEEKDAYS):
        return custom
    return RuleChoice(
        frequency,
        int(parts.get("INTERVAL", "1")),
        days,
        of_month,
        datetime.strptime(until, "%Y%m%d").date() if until else None,  # noqa: DTZ007 - on the clock
        int(parts["COUNT"]) if "COUNT" in parts else None,
    )
