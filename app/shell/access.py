"""Who is looking at a page; asked at every rerun, so that a revoked session ends at once."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from app.web.cookies import token_among
from app.web.paths import SIGN_IN, WELCOME
from identity.permissions import Permission, may
from identity.principal import Origin, Principal
from identity.sessions import signed_in

LOOPBACK = "127.0.0.1"


def require_sign_in() -> Principal:
    """The signed-in member. Who is not signed in is sent to the sign-in page, who is in no organization to
    the page that offers one, and the script stops. Fragments call this too: they rerun without the page.
    """
    visitor = signed_in(browser_token())
    if visitor is None:
        _send_to(SIGN_IN, f"Your session has ended. [Sign in]({SIGN_IN}) to go on.")
    if not isinstance(visitor, Principal):
        _send_to(WELCOME, f"You are in no organization at present. [Go on]({WELCOME}).")
    return visitor


def allowed(permission: Permission) -> Principal | None:
    """Who presses a button that needs this permission, if they still hold it.

    Streamlit runs a button's callback before the page, so a callback asks for itself: the button may have
    been drawn before the session or the role was taken away.
    """
    visitor = signed_in(browser_token())
    return visitor if isinstance(visitor, Principal) and may(visitor, permission) else None


def browser_token() -> str | None:
    """The session token of the browser that draws this page."""
    return token_among(st.context.cookies)


def browser_origin() -> Origin:
    """Where the browser that draws this page is, for the audit trail.

    Streamlit gives no address for a browser on this machine.
    """
    return Origin(st.context.ip_address or LOOPBACK, st.context.headers.get("user-agent"))


def _send_to(address: str, words: str) -> NoReturn:
    st.html(f"<script>window.location.assign('{address}')</script>", unsafe_allow_javascript=True)
    st.markdown(words)
    st.stop()
