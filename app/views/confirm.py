"""A button that asks before it acts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import streamlit as st

from app.views.html import markup


def confirmed(
    label: str,
    question: str,
    key: str,
    on_click: Callable[..., None],
    args: tuple[Any, ...] = (),
    *,
    ask: Callable[[], None] | None = None,
    icon: str | None = None,
    danger: bool = False,
) -> None:
    """Draw it. `question` (text, or markup of it) says what will happen; `ask` draws what else is to be
    answered; `danger` marks what can't be undone.
    """
    with st.popover(label, key=f"ask_{key}", icon=icon):
        st.html(markup('<p class="question">{question}</p>', question=question))
        if ask is not None:
            ask()
        with st.container(key=f"danger_{key}") if danger else nullcontext():
            st.button(
                f"Yes, {label[0].lower()}{label[1:]}", key=key, on_click=on_click, args=args, type="primary"
            )
