"""What every page shares: the mark, the sidebar, the style sheet."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.views.html import markup
from app.web.sign_in import SIGN_OUT
from identity.sessions import Principal

BRAND = Path(__file__).resolve().parent.parent / "brand"
MARK = BRAND / "mark.svg"
WORDMARK = BRAND / "wordmark.svg"


def style() -> None:
    """Load the style sheet."""
    st.html(BRAND / "style.css")


def sidebar(principal: Principal) -> None:
    """The product's mark, and who is signed in, with the way out."""
    st.logo(WORDMARK, icon_image=MARK, size="large")
    with st.sidebar:
        st.html(
            markup(
                '<div class="who"><b>{name}</b><span>{email}</span>'
                '<a href="{out}" target="_self">Sign out</a></div>',
                name=principal.organization_name,
                email=principal.email,
                out=SIGN_OUT,
            )
        )


def title(text: str, note: str = "") -> None:
    """The page's headline and one line below it."""
    st.html(markup('<h1 class="title">{text}</h1>', text=text))
    if note:
        st.caption(note)
