"""What every page shares: the mark, the sidebar, the style sheet."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from markupsafe import Markup

from app.shell.bell import bell
from app.views.html import markup
from app.views.pictures import logo
from app.web.paths import ORGANIZATIONS, SIGN_OUT
from identity import organizations
from identity.errors import NotFoundError
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.work import working

BRAND = Path(__file__).resolve().parent.parent / "brand"
MARK = BRAND / "mark.svg"
WORDMARK = BRAND / "wordmark.svg"


def style() -> None:
    """Load the style sheet."""
    st.html(BRAND / "style.css")


def sidebar(principal: Principal) -> None:
    """The product's mark, and who is signed in where, with the ways on and out."""
    st.logo(WORDMARK, icon_image=MARK, size="large")
    several = len(organizations.of(principal)) > 1
    with st.sidebar:
        bell()
        st.html(
            markup(
                '<div class="who"><div class="house">{logo}<b>{organization}</b></div>{switch}'
                "<span>{name}</span><span>{email}</span>"
                '<a href="{out}" target="_self">Sign out</a></div>',
                logo=_logo(principal),
                organization=principal.organization_name,
                switch=markup('<a href="{href}" target="_self">Switch organization</a>', href=ORGANIZATIONS)
                if several
                else "",
                name=principal.name,
                email=principal.email,
                out=SIGN_OUT,
            )
        )


def _logo(principal: Principal) -> Markup | str:
    """The organization's logo, if it has one, for those who may look at it."""
    if not may(principal, Permission.ORGANIZATION_READ):
        return ""
    try:
        with working(principal) as work:
            organization = organizations.current(work)
    except NotFoundError:
        return ""  # deleted at this moment; the next run ends here
    return logo(organization.logo, organization.name, side=28) if organization.logo else ""


def title(text: str, note: str = "") -> None:
    """The page's headline and one line below it."""
    st.html(markup('<h1 class="title">{text}</h1>', text=text))
    if note:
        st.caption(note)
