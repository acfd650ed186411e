"""The way out of an organization."""

from __future__ import annotations

import streamlit as st

from app.settings import acting
from app.views.html import markup
from identity import organizations
from identity.principal import Principal
from identity.work import Work


def offer(principal: Principal) -> None:
    """Draw what leaving means, and the button that asks first."""
    name = principal.organization_name
    with st.container(border=True, key="card_leave"):
        st.html(
            markup(
                "<b>Leave {name}</b><br>You no longer see anything of it, and the API keys you made stop "
                "working.",
                name=name,
            )
        )
        acting.confirm(
            "Leave",
            markup("To come back to <b>{name}</b> you need a new invitation.", name=name),
            "organization_leave",
            None,
            _leave,
            icon=":material/logout:",
            danger=True,
        )


def _leave(work: Work) -> str:
    organizations.leave(work)
    return f"You have left {work.principal.organization_name}."
