"""Saying that a number began to mean something else."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app.views.notices import escaped
from warehouse.catalogue import Break
from warehouse.reads.breaks import sentence


def told(found: Iterable[Break]) -> None:
    """Draw a line for each break, below what it concerns."""
    for each in dict.fromkeys(found):
        said = sentence(each)
        st.caption(f"┆ **{escaped(said[:1].upper() + said[1:])}.** {escaped(each.note)}")
