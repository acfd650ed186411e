"""A form in a drawer at the side: open until it is done or dismissed, and done once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from app.shell import access
from app.views import outcomes
from app.views.notices import escaped

OPEN: Final = "drawer_open"
CLOSED: Final = "drawer_closed"


def open_drawer(title: str, place: str, body: Callable[[], None]) -> None:
    """Draw `body` in a drawer at the right; `close` with the same place, any name of the form, closes it.

    Call it in the run of the button that opens it. What was typed and dismissed is forgotten.
    """
    st.session_state[OPEN] = place
    st.session_state.pop(CLOSED, None)
    outcomes.forget(place)

    def draw() -> None:
        access.require_sign_in()
        if st.session_state.pop(CLOSED, None) == place:
            st.rerun()
        body()

    st.dialog(escaped(title), width="medium", position="right", on_dismiss="rerun")(draw)()


def is_open(place: str) -> bool:
    """Whether the form is still to be done: a second click on its button comes when it is done."""
    return st.session_state.get(OPEN) == place


def close(place: str) -> None:
    """What was asked for in this drawer is done."""
    st.session_state.pop(OPEN, None)
    st.session_state[CLOSED] = place
