"""Choices that several pages offer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import streamlit as st

# Not None: Streamlit takes None for "nothing chosen".
ALL: Final = "all"


def brand_or_all(names: Mapping[UUID, str], key: str) -> UUID | None:
    """Draw the choice of a brand; None stands for all of them."""
    options: list[UUID | str] = [ALL, *names]
    chosen = st.selectbox(
        "Brand",
        options,
        format_func=lambda brand: names[brand] if isinstance(brand, UUID) else "All brands",
        label_visibility="collapsed",
        key=key,
        persist_state="session",
        width=240,
    )
    return chosen if isinstance(chosen, UUID) else None
