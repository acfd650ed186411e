"""What a page says in place of what it could not draw: what happened and what to do next, never how."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb
import streamlit as st

from app.api.problems import UNREACHABLE
from warehouse.lake import LakeError

# A released snapshot keeps the tables and columns that the version of AllIN which made it had.
OLDER: Final = (duckdb.CatalogException, duckdb.BinderException)

log = logging.getLogger(__name__)


@contextmanager
def told() -> Iterator[None]:
    """Draw a sentence for an error of the block; the log has its kind and place, never its message.

    Also a decorator: a fragment that refreshes alone is drawn outside the page's own block.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a sentence for it
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("a page could not be drawn: %s\n%s", type(error).__name__, place)
        st.error(sentence(error), icon=":material/error:")


def sentence(error: Exception) -> str:
    """What to say about an error, as Markdown."""
    if isinstance(error, OLDER):
        return (
            "**These numbers were released by another version of AllIN**, and what this page shows is not "
            "among them. It is here with the next release."
        )
    if isinstance(error, (*UNREACHABLE, LakeError)):
        return (
            "**AllIN can't be reached just now.** What you did may not be saved. "
            "Please try again in a minute."
        )
    return (
        "**Something went wrong on our side.** It was not your doing, and it was noted. Please try again; "
        "if it happens again, tell an administrator."
    )
