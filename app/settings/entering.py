"""How a settings page begins: who looks at it, and for which of their organizations it is drawn."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.shell import access, frame
from app.views import notices, outcomes
from identity.permissions import Permission, may
from identity.principal import Principal

DRAWN_FOR: Final = "entering_drawn_for"  # the organization whose page this tab shows


def entered(permission: Permission, title: str, note: str = "") -> Principal | None:
    """Begin a page: its headline, and who looks at it; None, with a word to them, when it is not for them."""
    principal = drawn_for()
    frame.title(title, note)
    outcomes.announce()
    if may(principal, permission):
        return principal
    notices.not_for_you(
        "An owner or administrator of the whole organization can look here for you, or change your role."
    )
    return None


def drawn_for() -> Principal:
    """Who looks at a page that begins to be drawn. What is pressed on it is meant for their organization."""
    principal = access.require_sign_in()
    st.session_state[DRAWN_FOR] = principal.organization_id
    return principal


def redrawn_for() -> Principal:
    """The same for a part of a page that is drawn again alone; after a switch all of it is."""
    principal = access.require_sign_in()
    if not is_drawn_for(principal):
        st.rerun()
    return principal


def is_drawn_for(principal: Principal) -> bool:
    """Whether the page that this tab shows is of the organization that the caller is in by now."""
    return st.session_state.get(DRAWN_FOR) == principal.organization_id
