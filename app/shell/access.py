"""Who is looking at a page; asked at every rerun, so that a revoked session ends at once."""

from __future__ import annotations

import streamlit as st

from app.web.cookies import COOKIE
from app.web.sign_in import SIGN_IN
from identity.sessions import Principal, signed_in


def require_sign_in() -> Principal:
    """The signed-in person. Without a valid session the browser is sent to the sign-in page and the
    script stops. Fragments call this too: they rerun without the rest of the page.
    """
    principal = signed_in(browser_token())
    if principal is None:
        st.html(f"<script>window.location.assign('{SIGN_IN}')</script>", unsafe_allow_javascript=True)
        st.markdown(f"Your session has ended. [Sign in]({SIGN_IN}) to go on.")
        st.stop()
    return principal


def writer() -> Principal | None:
    """Who presses a button that writes, if they still may.

    Streamlit runs a button's callback before the page, so a callback asks for itself: the button may have
    been drawn before the session or the role was taken away.
    """
    principal = signed_in(browser_token())
    return principal if principal is not None and principal.role.may_compose else None


def browser_token() -> str | None:
    """The session token of the browser that draws this page."""
    return st.context.cookies.get(COOKIE)
