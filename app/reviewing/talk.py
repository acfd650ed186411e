"""What was said about a post, and the form to decide or to comment."""

from __future__ import annotations

from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app import approving, sending
from app.settings import acting
from app.views import outcomes
from app.views.html import joined, markup
from app.views.times import moment
from foundation.database import tenant_session
from identity.errors import NotFoundError
from identity.permissions import Permission, Role, may
from identity.principal import Principal
from identity.work import Work, working
from publishing.approvals.comments import Remark
from publishing.approvals.models import Standing
from publishing.approvals.people import approvers
from publishing.approvals.reading import Decision, Round, Waiting
from publishing.approvals.words import LONGEST
from publishing.listing import publications_of
from publishing.states import State

SAID = {
    Standing.OPEN: "Noted. It waits for others now.",
    Standing.APPROVED: "Approved.",
    Standing.CHANGES_REQUESTED: "Its author is told what should change.",
}


def of_post(principal: Principal, post_id: UUID, brand_id: UUID, zone: ZoneInfo) -> None:
    """Draw all of one post: what was said and decided, and what the caller may do about it."""
    try:
        with working(principal, needs=Permission.POSTS_READ) as work:
            said = approving.comments_of(work, post_id)
            rounds = approving.rounds_of(work, post_id)
            waits = approving.waiting(work, post_id=post_id)
            asked = asked_now(work, waits[0]) if waits else ""
    except NotFoundError:
        return  # deleted at this moment
    mine = waits[0] if waits and approving.may_decide(principal, waits[0]) else None
    comments = approving.may_comment(principal, brand_id)
    if not (said or rounds or comments):
        return
    with st.expander("Comments and approval", expanded=bool(waits or said), icon=":material/forum:"):
        if waits:
            st.html(markup('{step} <span class="sub">{asked}</span>', step=step_of(waits[0]), asked=asked))
        remarks(said, tuple(one for each in rounds for one in each.decisions), zone)
        if comments:
            form(principal, post_id, mine)


def step_of(one: Waiting) -> Markup:
    """Where it stands in its workflow."""
    steps, name = len(one.round.steps), one.round.present.name
    words = name if steps == 1 else f"Step {one.round.step + 1} of {steps}: {name}"
    return markup('<span class="chip wait">{words}</span>', words=words)


def asked_now(work: Work, one: Waiting) -> str:
    """Who is asked now, for those who may know the members; else empty."""
    if not may(work.principal, Permission.MEMBERS_READ):
        return ""
    email = one.round.present.client_email
    members = approvers(work.session, work.principal.organization_id, one.brand_id)
    names = [member.name or member.email for key, member in members.items() if key in one.asked]
    listed = ", ".join([*([f"{email} (by a link)"] if email else []), *names])
    return f"Waits for {listed}" if listed else ""


def remarks(said: list[Remark], decisions: tuple[Decision, ...], zone: ZoneInfo) -> None:
    """Draw comments and decisions in the order they were made."""
    # Without a person it is the client's own, by the link.
    lines = [
        (one.at, one.by_name, "for the client" if one.for_client and one.person_id else "", one.words)
        for one in said
    ]
    lines += [
        (one.at, one.by_name, "approved" if one.approves else "asked for changes", one.words)
        for one in decisions
    ]
    if lines:
        st.html(
            joined(
                [
                    markup(
                        '<div class="remark"><div class="sub"><b>{name}</b> {how} · {at}</div>{words}</div>',
                        name=name,
                        how=how,
                        at=moment(at, zone),
                        words=markup('<p class="text">{words}</p>', words=words) if words else "",
                    )
                    for at, name, how, words in sorted(lines)
                ]
            )
        )


def form(principal: Principal, post_id: UUID, deciding: Waiting | None) -> None:
    """Draw it. `deciding` is what is theirs to decide; without it there is only to comment."""
    place = f"talk_{post_id}"
    # A form, because on a phone a tap on a button does not leave the field first.
    with st.form(f"{place}_form", border=False, enter_to_submit=False):
        st.text_area(
            "Your words", key=f"{place}_words", max_chars=LONGEST, height=90,
            placeholder="What should change, or a comment",
        )  # fmt: skip
        if principal.role is not Role.CLIENT:
            st.checkbox("The client may read my comment", key=f"{place}_for_client")
        outcomes.show(place)
        with st.container(horizontal=True):
            if deciding is not None:
                if principal.person_id in deciding.asked:  # who has approved may still find something
                    _button("Approve", place, _decide, (deciding.round, True), main=True)
                _button("Request changes", place, _decide, (deciding.round, False))
            _button("Comment", place, _comment, (post_id,))


def _button(label: str, place: str, press: object, given: tuple[object, ...], *, main: bool = False) -> None:
    st.form_submit_button(
        label,
        key=f"{place}_{label.split()[0].lower()}",
        type="primary" if main else "secondary",
        on_click=press,  # type: ignore[arg-type]
        args=(place, *given),
    )


def _decide(place: str, round_: Round, approves: bool) -> None:
    words = st.session_state[f"{place}_words"]

    def do(work: Work) -> str:
        standing = approving.decide(work, round_.id, round_.step, approves=approves, words=words)
        scheduled.append(work.principal)
        return SAID[standing]

    scheduled: list[Principal] = []
    if acting.attempt(place, Permission.POSTS_APPROVE, do):
        st.session_state[f"{place}_words"] = ""
        _send_soon(scheduled[0], round_.post_id)


def _send_soon(principal: Principal, post_id: UUID) -> None:
    """What falls due sooner than a publishing run starts is sent from here."""
    with tenant_session(principal.tenant) as session:
        found = publications_of(session, post_id)
    for view in found:
        if view.state is State.SCHEDULED and view.due_at and sending.is_soon(view.due_at):
            sending.start([view.id], view.due_at)


def _comment(place: str, post_id: UUID) -> None:
    words = st.session_state[f"{place}_words"]
    for_client = bool(st.session_state.get(f"{place}_for_client"))
    do = partial(_say, post_id, words, for_client)
    if acting.attempt(place, Permission.POSTS_READ, do):
        st.session_state[f"{place}_words"] = ""


def _say(post_id: UUID, words: str, for_client: bool, work: Work) -> str:
    approving.comment(work, post_id, words, for_client=for_client)
    return "Your comment is there."
