"""Now, or at a time on the brand's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from app.views.times import abbreviation, moment, moments, zone_or_utc
from foundation.database import utc_now

NOW: Final = "Now"
LATER: Final = "At a time"
KIND, DAY, CLOCK, TWICE = "composer_kind", "composer_day", "composer_clock", "composer_twice"
LEAD: Final = timedelta(hours=1)
STEP: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class NoTime:
    """No moment can be taken from what is entered; `problem` says why."""

    problem: str


def choose(zone: ZoneInfo) -> datetime | NoTime | None:
    """Draw the choice; returns what is `chosen`."""
    st.session_state.setdefault(KIND, LATER)
    _default_time(zone)
    kind = st.segmented_control(
        "When", [NOW, LATER], key=KIND, required=True, persist_state="session", width="stretch"
    )
    if kind == NOW:
        st.caption("Goes out as soon as you press the button.")
        return None
    left, right = st.columns(2)
    left.date_input("Day", key=DAY, persist_state="session")
    right.time_input("Time", key=CLOCK, step=STEP, persist_state="session")
    _ask_which(zone)
    at = chosen(zone)
    if isinstance(at, NoTime):
        st.error(at.problem)
    elif at is not None:
        st.caption("  \n".join(_readings(at, zone, zone_or_utc(st.context.timezone))))
    return at


def chosen(zone: ZoneInfo) -> datetime | NoTime | None:
    """What is entered: an aware UTC moment, None for now, or `NoTime`.

    Also for a callback, where entries may be newer than what the page has drawn.
    """
    if st.session_state.get(KIND) == NOW:
        return None
    found = _entered(zone)
    if found is None:
        return NoTime("Choose a day and a time.")
    if not found:
        return NoTime(
            f"This time does not exist in {zone.key}: the clock is put forward over it. Choose another one."
        )
    index = 0 if len(found) == 1 else st.session_state.get(_which(found))
    if index is None:  # the page has not asked yet
        return NoTime(f"The clock in {zone.key} shows this time twice that day. Choose which one.")
    return found[index]


def take(at: datetime, zone: ZoneInfo) -> None:
    """Put a moment into the choice; for the callback of a button."""
    local = at.astimezone(zone)
    st.session_state[KIND] = LATER
    st.session_state[DAY], st.session_state[CLOCK] = local.date(), local.time().replace(tzinfo=None)
    found = moments(local.date(), local.time(), zone)
    if len(found) > 1:
        st.session_state[_which(found)] = found.index(at)


def _default_time(zone: ZoneInfo) -> None:
    if DAY not in st.session_state or CLOCK not in st.session_state:
        local = (utc_now() + LEAD).astimezone(zone)
        local = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        st.session_state[DAY], st.session_state[CLOCK] = local.date(), local.time().replace(tzinfo=None)


def _entered(zone: ZoneInfo) -> list[datetime] | None:
    """The moments the entered day and time stand for; None where one of them is missing."""
    day, clock = st.session_state.get(DAY), st.session_state.get(CLOCK)
    return None if day is None or clock is None else moments(day, clock, zone)


def _ask_which(zone: ZoneInfo) -> None:
    """Where the clock shows the time twice, ask for one of them."""
    found = _entered(zone) or []
    if len(found) > 1:
        st.radio(
            f"The clock in {zone.key} shows this time twice that day. Which one?",
            range(len(found)),
            format_func=lambda i: (
                f"{('first', 'second')[i]}: {abbreviation(found[i], zone)}, {_utc(found[i])}"
            ),
            key=_which(found),
        )


def _which(found: list[datetime]) -> str:
    """The key of the answer for one time: it does not answer for another one."""
    return f"{TWICE}_{found[0]:%Y%m%d%H%M}"


def _readings(at: datetime, zone: ZoneInfo, own: ZoneInfo) -> list[str]:
    """The moment on the brand's clock, in UTC, and on the reader's own clock where that is another one."""
    readings = [f"**{moment(at, zone)}** in {zone.key}", _utc(at)]
    if own.utcoffset(at) != zone.utcoffset(at) and own.key != "UTC":
        readings.append(f"{moment(at, own)} on your clock")
    return readings


def _utc(at: datetime) -> str:
    return moment(at, ZoneInfo("UTC"))
