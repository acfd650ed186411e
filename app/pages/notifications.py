"""Notifications: what happened that one is to know or to do something about."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Final

import streamlit as st
from markupsafe import Markup

from app.settings import acting, entering, paged
from app.shell import frame
from app.views import notices, outcomes
from app.views.html import markup
from app.views.times import moment, zone_or_utc
from app.web.paths import NOTIFICATION_SETTINGS, NOTIFICATIONS
from identity.principal import Principal
from identity.work import Work, working
from publishing.happenings import Kind
from publishing.telling import inbox
from publishing.telling.inbox import Told

LIST: Final = "notifications_list"
PLACE: Final = "notifications"
NEW, ALL = "New", "All"
OPEN: Final = "open"  # the query's name of the notification whose page is wanted
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
_OURS: Final = re.compile(r"/[a-z]+(\?[a-z]+=[0-9a-f-]+)?")


def page() -> None:
    """Draw the page; or, where it is asked for one notification, mark that read and go where it leads."""
    principal = entering.drawn_for()
    frame.title("Notifications", "What needs you, and what became of your posts.")
    outcomes.announce()
    if (wanted := st.query_params.get(OPEN)) is not None and _open(principal, wanted):
        return
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
    with st.container(border=True, key=f"told_{told.id}", horizontal=True, vertical_alignment="center"):
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
        href=f"{NOTIFICATIONS}?{OPEN}={told.id}",
        action="Open the account" if told.kind is Kind.NEEDS_RECONNECT else "Open the post",
    )


def _open(principal: Principal, wanted: str) -> bool:
    """Whether there is such a notification of the caller's: it is read, and the browser goes on."""
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 18:
        return False
    with working(principal) as work:
        told = inbox.get(work, int(wanted))
        if told is None or not _OURS.fullmatch(told.link):
            return False
        inbox.mark_read(work, [told.id])
    st.html(
        f"<script>window.location.replace({json.dumps(told.link)})</script>", unsafe_allow_javascript=True
    )
    st.markdown(f"[Go on]({told.link})")
    return True


def _read(notification_id: int, work: Work) -> str:
    inbox.mark_read(work, [notification_id])
    return ""


def _read_all(work: Work) -> str:
    count = inbox.mark_read(work)
    return f"{count} marked read." if count else "There was nothing new."
