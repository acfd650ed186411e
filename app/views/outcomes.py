"""What the last press of a button came to: a refusal beside the form, a success as a passing note."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import streamlit as st

from app.views.notices import escaped
from foundation.database import utc_now

# A refusal outlives the reruns that other parts of a page start, but not the visit.
STAYS: Final = timedelta(seconds=20)
DONE: Final = "outcomes_done"


def refuse(place: str, message: str) -> None:
    """Keep why it was not done, for `show` with the same place (any name of the form or list)."""
    st.session_state[_key(place)] = (message, utc_now())


def succeed(message: str) -> None:
    """Keep what was done, for `announce`."""
    st.session_state[DONE] = message


def forget(place: str) -> None:
    """A new try begins: what the last one came to no longer counts."""
    st.session_state.pop(_key(place), None)


def show(place: str) -> None:
    """Draw the refusal kept for this place, if there is one."""
    kept: tuple[str, datetime] | None = st.session_state.get(_key(place))
    if kept is not None and utc_now() - kept[1] < STAYS:
        st.error(escaped(kept[0]), icon=":material/error:")


def announce() -> None:
    """Say once what was done. Pages call it at their start: a drawer that closes says nothing any more."""
    message = st.session_state.pop(DONE, None)
    if message is not None:
        st.toast(escaped(message), icon=":material/check_circle:", duration="long")


def _key(place: str) -> str:
    return f"refusal_{place}"
