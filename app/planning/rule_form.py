"""The fields of a rule by which a post comes again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from app.planning.rule_choice import CUSTOM, FREQUENCIES, RuleChoice, choice_of, days_of_month
from app.views.clocks import Clock, NoTime
from foundation.database import utc_now
from publishing.scheduling.rule_words import UNITS, WEEKDAYS

NEVER, ON_A_DAY, AFTER_TIMES = "Never", "On a day", "After so many times"
ENDS: Final = (NEVER, ON_A_DAY, AFTER_TIMES)
MONTH: Final = timedelta(days=30)
EXAMPLE: Final = "FREQ=MONTHLY;BYDAY=1MO,3MO"


@dataclass(frozen=True)
class RuleForm:
    """Its keys begin with `prefix`; the first day and its time are those of `clock`."""

    prefix: str
    clock: Clock

    def draw(self, zone: ZoneInfo) -> None:
        """Draw the fields."""
        self.clock.fields(zone, "First day")
        names = list(FREQUENCIES)
        left, right = st.columns(2)
        frequency: str = left.selectbox(
            "Repeats",
            names,
            format_func=FREQUENCIES.__getitem__,
            key=self._key("freq"),
            persist_state="session",
        )
        if frequency == CUSTOM:
            right.text_input(
                "Rule", key=self._key("rule"), placeholder=EXAMPLE, live="0ms",
                persist_state="session",
            )  # fmt: skip
            return
        right.number_input(
            f"Every … {UNITS[frequency]}s", 1, 99, key=self._key("every"), persist_state="session"
        )
        if frequency == "WEEKLY":
            st.pills(
                "On", list(WEEKDAYS), selection_mode="multi", format_func=lambda day: WEEKDAYS[day][:3],
                key=self._key("days"), persist_state="session", wrap=True,
                help="None chosen: on the weekday of the first day.",
            )  # fmt: skip
        elif frequency == "MONTHLY":
            self._of_month()
        self._end()

    def chosen(self) -> tuple[str, datetime] | NoTime:
        """The rule, and the first time on the clock (without zone); as the browser sent it."""
        starts = self.clock.local()
        if starts is None:
            return NoTime("Choose the first day and a time.")
        choice = RuleChoice(
            frequency=self._value("freq", "WEEKLY"),
            every=self._value("every", 1),
            days=self._value("days", []),
            of_month=self._value("of_month", None) if self._value("freq", "") == "MONTHLY" else None,
            until=self._value("until", None) if self._value("end", NEVER) == ON_A_DAY else None,
            count=self._value("count", None) if self._value("end", NEVER) == AFTER_TIMES else None,
            rule=self._value("rule", ""),
        )
        if choice.of_month and choice.of_month not in days_of_month(starts.date()):
            return NoTime("Choose on which day of the month.")
        return (choice.text, starts) if choice.text else NoTime(f"Write the rule, such as {EXAMPLE}.")

    def take(self, rule: str, starts: datetime) -> None:
        """Put a rule into the fields."""
        choice = choice_of(rule, starts)
        self.clock.take_local(starts)
        end = ON_A_DAY if choice.until else AFTER_TIMES if choice.count else NEVER
        values = {
            "freq": choice.frequency, "every": choice.every, "days": list(choice.days), "end": end,
            "rule": choice.rule, "of_month": choice.of_month, "until": choice.until, "count": choice.count,
        }  # fmt: skip
        for name, value in values.items():
            if value is not None:
                st.session_state[self._key(name)] = value

    def _of_month(self) -> None:
        local = self.clock.local()
        days = days_of_month(local.date() if local else date(2000, 1, 1))
        key = self._key("of_month")
        if st.session_state.get(key) not in days:
            st.session_state[key] = next(iter(days))
        st.selectbox(
            "On", list(days), format_func=lambda part: days.get(part, ""), key=key, persist_state="session",
            help="A month without that day is left out.",
        )  # fmt: skip

    def _end(self) -> None:
        left, right = st.columns(2)
        end = left.selectbox("Ends", ENDS, key=self._key("end"), persist_state="session")
        if end == ON_A_DAY:
            first = (self.clock.local() or utc_now()).date()
            st.session_state.setdefault(self._key("until"), first + MONTH)
            right.date_input("Last day", key=self._key("until"), persist_state="session")
        elif end == AFTER_TIMES:
            st.session_state.setdefault(self._key("count"), 10)
            right.number_input("Times", 1, 999, key=self._key("count"), persist_state="session")

    def _value(self, name: str, default: Any) -> Any:
        found = st.session_state.get(self._key(name))
        return default if found is None else found

    def _key(self, name: str) -> str:
        return f"{self.prefix}_{name}"
