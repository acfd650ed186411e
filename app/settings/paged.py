"""Long lists: a page at a time, and a button for the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from identity.paging import Page

T = TypeVar("T")


def so_far(fetch: Callable[[str | None], Page[T]], key: str) -> tuple[list[T], bool]:
    """The rows of all pages asked for up to now, and whether there are more.

    `fetch` gives the page after a cursor; `key` names the list, with its filters.
    """
    rows: list[T] = []
    cursor: str | None = None
    for _ in range(st.session_state.get(key, 1)):
        page = fetch(cursor)
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return rows, cursor is not None


def more_button(key: str) -> None:
    """Draw the button that shows the next page of the list."""
    st.button("Show more", key=f"more_{key}", on_click=_one_more, args=(key,))


def _one_more(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, 1) + 1
