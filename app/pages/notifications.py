"""Notifications: what happened that one is to know or to do something about."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st
from markupsafe import Markup

from app.settings import acting, entering, paged
from app.shell import frame
from app.views import notices, outcomes
from app.views.html import markup
from app.views.times import moment, zone_or_utc
from app.web.paths import NOTIFICATION_SETTINGS, TOLD
from identity.work import Work, working
from publishing.happenings import Kind
from publishing.telling import inbox
from publishing.telling.inbox import Told

LIST: Final = "notifications_list"
PLACE: Final = "notifications"
NEW, ALL = "New", "All"
# Kind -> its word and the chip's tone.
CHIPS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.FAILED: ("Failed", "bad"),
    Kind.MISSED: ("Missed", "bad"),
    Kind.UNKNOWN: ("Unknown", "busy"),
    Kind.NEEDS_RECONNECT: ("Reconnect", "bad"),
    Kind.NEEDS_APPROVAL: ("To approve", "wait"),
    Kind.CHANGES_REQUESTED: ("Changes", "busy"),
    Kind.APPROVED: ("Approved", "good"),
    Kind.COMMENTED: ("Comment", "wait"),
    Kind.PUBLISHED: ("Published", "good"),
}


def page() -> None:
    """Draw the page."""
    principal = entering.drawn_for()
    frame.title("Notifications", "What needs you, and what became of your posts.")
    outcomes.announce()
    notices.publishing_banner()
    with st.container(horizontal=True, vertical_alignment="center", key="tools"):
        chosen: str = st.segmented_control(
            "Which", [NEW, ALL], default=ALL, required=True, key="notifications_which",
            label_visibility="collapsed",
        )  # fmt: skip
        st.button(
            "Mark all read", key="notifications_all_read", icon=":material/done_all:",
            on_click=acting.act, args=(PLACE, None, _read_all),
        )  # fmt: skip
        st.link_button("What I am told", NOTIFICATION_SETTINGS, icon=":material/tune:")
    outcomes.show(PLACE)
    with working(principal) as work:
        key = f"{LIST}_{chosen}"
        found, more = paged.so_far(
            lambda cursor: inbox.listed(work, unread_only=chosen == NEW, cursor=cursor), key
        )
    if not found:
        notices.empty(
            "Nothing new" if chosen == NEW else "Nothing yet",
            "When a post fails, waits for you or is answered by your client, it shows up here.",
        )
    for told in found:
        _row(told)
    if more:
        paged.more_button(key)


def _row(told: Told) -> None:
    with st.container(border=True, key=f"row_told_{told.id}", horizontal=True, vertical_alignment="center"):
        st.html(card(told, st.context.timezone), width="stretch")
        if told.read_at is None:
            st.button(
                "Mark read", key=f"read_{told.id}", on_click=acting.act,
                args=(PLACE, None, partial(_read, told.id)),
            )  # fmt: skip


def card(told: Told, zone: str | None) -> Markup:
    """A notification on the clock of the zone."""
    word, tone = CHIPS[told.kind]
    return markup(
        '<div class="pub{new}"><div class="line"><span class="chip {tone}">{word}</span>'
        '<b>{title}</b><span class="sub">{when}</span></div><div class="text">{words}</div>'
        '<div class="sub"><a href="{href}" target="_self">{action}</a></div></div>',
        new=" unread" if told.read_at is None else "",
        tone=tone,
        word=word,
        title=told.title,
        when=moment(told.created_at, zone_or_utc(zone)),
        words=told.words,
        href=f"{TOLD}/{told.id}",
        action="Open the account" if told.kind is Kind.NEEDS_RECONNECT else "Open the post",
    )


def _read(notification_id: int, work: Work) -> str:
    inbox.mark_read(work, [notification_id])
    return ""


def _read_all(work: Work) -> str:
    count = inbox.mark_read(work)
    return f"{count} marked read." if count else "There was nothing new."
