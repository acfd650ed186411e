"""Entering a moment on a zone's clock: a day and a time, and which one where the clock shows it twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from app.views.times import abbreviation, moment, moments, zone_or_utc
from foundation.database import utc_now

LEAD: Final = timedelta(hours=1)
STEP: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class NoTime:
    """No moment can be taken from what is entered; `problem` says why."""

    problem: str


@dataclass(frozen=True)
class Clock:
    """The fields of one moment; their keys begin with `prefix`."""

    prefix: str

    @property
    def day_key(self) -> str:
        """The key of the day."""
        return f"{self.prefix}_day"

    @property
    def time_key(self) -> str:
        """The key of the time."""
        return f"{self.prefix}_clock"

    def draw(self, zone: ZoneInfo) -> datetime | NoTime:
        """Draw the fields, and what they come to; returns what is `chosen`."""
        self.fields(zone)
        self._ask_which(zone)
        at = self.chosen(zone)
        if isinstance(at, NoTime):
            st.error(at.problem)
        else:
            st.caption("  \n".join(readings(at, zone)))
        return at

    def fields(self, zone: ZoneInfo, day: str = "Day") -> None:
        """Draw day and time alone."""
        if self.day_key not in st.session_state or self.time_key not in st.session_state:
            self.take(full_hour(zone), zone)
        left, right = st.columns(2)
        left.date_input(day, key=self.day_key, persist_state="session")
        right.time_input("Time", key=self.time_key, step=STEP, persist_state="session")

    def chosen(self, zone: ZoneInfo) -> datetime | NoTime:
        """What is entered, as an aware UTC moment.

        Also for a callback, where entries may be newer than what the page has drawn.
        """
        local = self.local()
        if local is None:
            return NoTime("Choose a day and a time.")
        found = moments(local.date(), local.time(), zone)
        if not found:
            return NoTime(
                f"This time does not exist in {zone.key}: the clock is put forward over it. Choose another "
                "one."
            )
        index = 0 if len(found) == 1 else st.session_state.get(self._which(found))
        if index is None:  # the page has not asked yet
            return NoTime(f"The clock in {zone.key} shows this time twice that day. Choose which one.")
        return found[index]

    def local(self) -> datetime | None:
        """The entered day and time, on the clock, without zone; None where one of them is missing."""
        day, clock = st.session_state.get(self.day_key), st.session_state.get(self.time_key)
        return None if day is None or clock is None else datetime.combine(day, clock)

    def take(self, at: datetime, zone: ZoneInfo) -> None:
        """Put a moment (aware) into the fields."""
        local = at.astimezone(zone)
        self.take_local(local.replace(tzinfo=None))
        found = moments(local.date(), local.time(), zone)
        if len(found) > 1:
            st.session_state[self._which(found)] = found.index(at)

    def take_local(self, local: datetime) -> None:
        """Put a time on the clock (without zone) into the fields."""
        st.session_state[self.day_key], st.session_state[self.time_key] = local.date(), local.time()

    def _ask_which(self, zone: ZoneInfo) -> None:
        """Where the clock shows the time twice, ask for one of them."""
        local = self.local()
        found = moments(local.date(), local.time(), zone) if local else []
        if len(found) > 1:
            st.radio(
                f"The clock in {zone.key} shows this time twice that day. Which one?",
                range(len(found)),
                format_func=lambda i: (
                    f"{('first', 'second')[i]}: {abbreviation(found[i], zone)}, {in_utc(found[i])}"
                ),
                key=self._which(found),
            )

    def _which(self, found: list[datetime]) -> str:
        """The key of the answer for one time: it does not answer for another one."""
        return f"{self.prefix}_twice_{found[0]:%Y%m%d%H%M}"


def full_hour(zone: ZoneInfo) -> datetime:
    """A full hour on the zone's clock that is at least one hour away."""
    local = (utc_now() + LEAD).astimezone(zone)
    return local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def readings(at: datetime, zone: ZoneInfo) -> list[str]:
    """The moment on the brand's clock, in UTC, and on the reader's own clock where that is another one."""
    own = zone_or_utc(st.context.timezone)
    found = [f"**{moment(at, zone)}** in {zone.key}", in_utc(at)]
    if own.utcoffset(at) != zone.utcoffset(at) and own.key != "UTC":
        found.append(f"{moment(at, own)} on your clock")
    return found


def in_utc(at: datetime) -> str:
    """The moment in UTC."""
    return moment(at, ZoneInfo("UTC"))
