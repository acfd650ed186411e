"""Now, or at a time on the brand's clock."""

from __future__ import annotations

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


class NoTime:
    """No moment can be taken from what is entered; the page has said why."""


def choose(zone: ZoneInfo) -> datetime | NoTime | None:
    """Draw the choice: an aware UTC moment, None for now, or `NoTime`."""
    st.session_state.setdefault(KIND, LATER)
    _default_time(zone)
    kind = st.segmented_control(
        "When", [NOW, LATER], key=KIND, required=True, persist_state="session", width="stretch"
    )
    if kind == NOW:
        st.caption("Goes out as soon as you press the button.")
        return None
    left, right = st.columns(2)
    day = left.date_input("Day", key=DAY, persist_state="session")
    clock = right.time_input("Time", key=CLOCK, step=STEP, persist_state="session")
    if day is None or clock is None:
        st.error("Choose a day and a time.")
        return NoTime()
    return _resolved(moments(day, clock, zone), zone)


def take(at: datetime, zone: ZoneInfo) -> None:
    """Put a moment into the choice; for the callback of a button."""
    local = at.astimezone(zone)
    st.session_state[KIND] = LATER
    st.session_state[DAY], st.session_state[CLOCK] = local.date(), local.time().replace(tzinfo=None)
    st.session_state[TWICE] = 0


def _default_time(zone: ZoneInfo) -> None:
    if DAY not in st.session_state or CLOCK not in st.session_state:
        local = (utc_now() + LEAD).astimezone(zone)
        local = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        st.session_state[DAY], st.session_state[CLOCK] = local.date(), local.time().replace(tzinfo=None)


def _resolved(found: list[datetime], zone: ZoneInfo) -> datetime | NoTime:
    if not found:
        st.error(
            f"This time does not exist in {zone.key}: the clock is put forward over it. Choose another one."
        )
        return NoTime()
    at = found[0]
    if len(found) > 1:
        index = st.radio(
            f"The clock in {zone.key} shows this time twice that day. Which one?",
            range(len(found)),
            format_func=lambda i: (
                f"{('first', 'second')[i]}: {abbreviation(found[i], zone)}, {_utc(found[i])}"
            ),
            key=TWICE,
        )
        at = found[index]
    st.caption("  \n".join(_readings(at, zone, zone_or_utc(st.context.timezone))))
    return at


def _readings(at: datetime, zone: ZoneInfo, own: ZoneInfo) -> list[str]:
    """The moment on the brand's clock, in UTC, and on the reader's own clock where that is another one."""
    readings = [f"**{moment(at, zone)}** in {zone.key}", _utc(at)]
    if own.utcoffset(at) != zone.utcoffset(at) and own.key != "UTC":
        readings.append(f"{moment(at, own)} on your clock")
    return readings


def _utc(at: datetime) -> str:
    return moment(at, ZoneInfo("UTC"))
