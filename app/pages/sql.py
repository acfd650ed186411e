"""SQL: people's own questions to the released numbers, read-only, of their organization alone."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.analysis import connecting, editor, results, running, schema
from app.settings import entering
from app.views import notices
from app.web.paths import MODELS
from identity.permissions import Permission
from identity.principal import Principal
from warehouse import releases
from warehouse.releases import Release

ASK, CONNECT = "Ask", "Connect your own tools"
PART: Final = "sql_part"


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.ANALYTICS_READ,
        "SQL",
        "Your own questions to the released numbers. What you can see on other pages you can ask here; "
        "nothing can be changed.",
    )
    if principal is None:
        return
    release = releases.current()
    if release is None:
        notices.empty(
            "Nothing is released yet",
            "The tables are here once the history of the connected accounts is fetched and checked.",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", key="tools"):
        part: str = st.segmented_control(
            "Part", [ASK, CONNECT], default=ASK, required=True, key=PART, label_visibility="collapsed",
            persist_state="session",
        )  # fmt: skip
        st.link_button("Models and lineage", MODELS, icon=":material/account_tree:")
    if part == CONNECT:
        connecting.show(principal, release)
    else:
        _ask(principal, release)


def _ask(principal: Principal, current: Release) -> None:
    left, right = st.columns([3, 1])
    with left:
        release = editor.release_choice(current)
        editor.library(principal)
        with st.container(horizontal=True, vertical_alignment="center", key="sql_do"):
            busy = running.under_way(principal.tenant)
            pressed = st.button(
                "Run", type="primary", key="sql_run", icon=":material/play_arrow:", disabled=busy,
                shortcut="Mod+Enter",
            )  # fmt: skip
            editor.keep_button(principal)
        if pressed:
            running.start(principal, editor.statement(), release)
            st.rerun()
        if busy:
            running.progress()
        elif (outcome := running.outcome(principal.tenant)) is not None:
            results.show(outcome)
    with right:
        schema.browser()
