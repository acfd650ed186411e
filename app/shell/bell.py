"""The bell in the sidebar: how many notifications are new."""

from __future__ import annotations

from typing import Final

import streamlit as st
from markupsafe import Markup

from app.shell import access
from app.views import failing
from app.views.html import markup
from app.web.paths import NOTIFICATIONS
from identity.work import working
from publishing.telling import inbox

REFRESH_S: Final = 30
MANY: Final = 99


@st.fragment(run_every=REFRESH_S)
@failing.told()
def bell() -> None:
    """Draw it; it counts again by itself."""
    principal = access.require_sign_in()
    with working(principal) as work:
        new = inbox.unread(work)
    st.html(ringing(new))


def ringing(new: int) -> Markup:
    """The way to the notifications, with how many are new."""
    shown = "" if new == 0 else f"{new}" if new <= MANY else f"{MANY}+"
    return markup(
        '<a class="bell" href="{href}" target="_self" aria-label="{spoken}">'
        '<span class="sign" aria-hidden="true"></span>{count}</a>',
        href=NOTIFICATIONS,
        spoken=f"Notifications: {new} new" if new else "Notifications: none new",
        count=markup('<b class="count">{count}</b> new', count=shown) if shown else "Nothing new",
    )
