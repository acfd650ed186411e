"""Where one is signed in, and how that ends."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import acting
from app.views import outcomes
from app.views.html import markup
from app.views.times import moment, zone_or_utc
from identity import sessions
from identity.principal import Origin, Visitor
from identity.sessions import SessionInfo

PLACE: Final = "devices"
# What a program calls itself, most telling first: (a part of it, its name).
BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def draw(visitor: Visitor) -> None:
    """Draw the list; each but this browser can be ended from here."""
    found = sessions.sessions_of(visitor)
    with st.container(border=True, key="card_devices"):
        st.markdown("**Where you are signed in**")
        for session in found:
            with st.container(horizontal=True, vertical_alignment="center", key=f"device_{session.id}"):
                st.html(_line(session), width="stretch")
                if not session.current:
                    st.button(
                        "Sign out",
                        key=f"end_{session.id}",
                        on_click=acting.act_as_oneself,
                        args=(PLACE, partial(_end, session.id)),
                    )
        outcomes.show(PLACE)
        if len(found) > 1 and not visitor.confined:
            acting.confirm_as_oneself(
                "Sign out everywhere else",
                "Every other browser and program has to sign in again. API keys work on.",
                "devices_all",
                _end_others,
            )


def program(user_agent: str | None) -> str:
    """A browser's description of itself in words: ``Firefox on Windows``."""
    told = user_agent or ""
    browser = next((name for part, name in BROWSERS if part in told), None)
    system = next((name for part, name in SYSTEMS if part in told), None)
    if browser is None:
        return told.partition("/")[0][:40] or "A program that does not say what it is"
    return f"{browser} on {system}" if system else browser


def _line(session: SessionInfo) -> Markup:
    zone = zone_or_utc(st.context.timezone)
    return markup(
        '<div><b>{program}</b>{current} <span class="sub">{where}</span>'
        '<div class="sub">{seen} · since {since}{organization}</div></div>',
        program=program(session.user_agent)
        if session.kind == "browser"
        else "API: " + program(session.user_agent),
        current=Markup(' <span class="chip good">this browser</span>') if session.current else "",
        where=f"from {session.ip}" if session.ip else "",
        seen="active now" if session.current else f"last active {moment(session.last_seen_at, zone)}",
        since=moment(session.created_at, zone),
        organization=f" · {session.organization}" if session.organization else "",
    )


def _end(session_id: UUID, visitor: Visitor, origin: Origin) -> str:
    sessions.end_session(visitor, session_id, origin)
    return "It is signed out."


def _end_others(visitor: Visitor, origin: Origin) -> str:
    sessions.sign_out_everywhere(visitor, origin, keep_session=True)
    return "Everywhere else you are signed out."
