"""The choice of a time zone."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from app.views.times import zone_or_utc
from foundation.database import utc_now

UTC: Final = "UTC"


def choose(present: str | None, key: str) -> None:
    """Draw the choice, to search in by typing a city; without a present one the browser's is proposed."""
    proposed = present or str(zone_or_utc(st.context.timezone))
    options = [*names()] if proposed in names() else [proposed, *names()]
    st.selectbox(
        "Time zone",
        options,
        index=options.index(proposed),
        format_func=label,
        key=key,
        help="Posts are scheduled and numbers are counted on this clock. Type a city to find it.",
    )


def label(name: str) -> str:
    """The zone with its present distance to UTC: ``America/New York (UTC−05:00)``."""
    offset = utc_now().astimezone(ZoneInfo(name)).strftime("%z")
    sign = "−" if offset.startswith("-") else "+"
    return f"{name.replace('_', ' ')} (UTC{sign}{offset[1:3]}:{offset[3:5]})"


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Places by name; the old names that are no places are left out."""
    places = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return (UTC, *sorted(places))
