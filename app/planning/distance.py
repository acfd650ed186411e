"""How far a post stands from a campaign's launch: the fields, and the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import streamlit as st

BEFORE, AT_LAUNCH, AFTER = "Before", "At the launch", "After"
SIDES: Final = (BEFORE, AT_LAUNCH, AFTER)
PARTS: Final = (("days", "Days", 366), ("hours", "Hours", 23), ("minutes", "Minutes", 59))


@dataclass(frozen=True)
class Distance:
    """The fields of one distance; their keys begin with `prefix`."""

    prefix: str

    def draw(self) -> None:
        """Draw them."""
        st.session_state.setdefault(self._key("side"), AT_LAUNCH)
        side = st.segmented_control(
            "From the launch", SIDES, key=self._key("side"), required=True, persist_state="session",
            width="stretch",
        )  # fmt: skip
        if side == AT_LAUNCH:
            return
        for column, (name, label, most) in zip(st.columns(3), PARTS, strict=True):
            column.number_input(label, 0, most, key=self._key(name), persist_state="session")

    def chosen(self) -> timedelta:
        """The distance as the browser sent it; before the launch it is negative."""
        side = st.session_state.get(self._key("side"), AT_LAUNCH)
        if side == AT_LAUNCH:
            return timedelta()
        far = timedelta(**{name: st.session_state.get(self._key(name)) or 0 for name, _, _ in PARTS})
        return -far if side == BEFORE else far

    def take(self, offset: timedelta) -> None:
        """Put a distance into the fields."""
        far = abs(offset)
        st.session_state[self._key("side")] = AT_LAUNCH if not far else BEFORE if far != offset else AFTER
        minutes = far.seconds // 60
        for name, value in (("days", far.days), ("hours", minutes // 60), ("minutes", minutes % 60)):
            st.session_state[self._key(name)] = value

    def _key(self, name: str) -> str:
        return f"{self.prefix}_{name}"


def in_words(offset: timedelta) -> str:
    """A distance as people say it: ``3 days 2 h before the launch``."""
    far = abs(offset)
    if not far:
        return "at the launch"
    minutes = far.seconds // 60
    parts = [
        f"{far.days} day{'s' if far.days > 1 else ''}" if far.days else "",
        f"{minutes // 60} h" if minutes >= 60 else "",
        f"{minutes % 60} min" if minutes % 60 else "",
    ]
    said = " ".join(part for part in parts if part) or "less than a minute"
    return f"{said} {'before' if far != offset else 'after'} the launch"
