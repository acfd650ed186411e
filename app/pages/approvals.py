"""Approvals: what waits for one's own decision, what waits for others, and what came back to its author."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app import approving
from app.composing import stored
from app.pages import posts
from app.posting.said import composer_page
from app.reviewing import talk
from app.settings import acting, entering
from app.views import looks, notices, outcomes
from app.views.html import markup
from app.views.times import moment, moment_with_utc, zone_or_utc
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.work import Work, working
from publishing import reading
from publishing.approvals.comments import Remark
from publishing.approvals.reading import Decision, SentBack, Waiting

CHANGES: Final = Markup('<span class="chip busy">Changes</span>')
WANTED: Final = "post"  # the query's name of the post that is to come first


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.POSTS_READ,
        "Approvals",
        "Nothing of a brand with a workflow goes out before everybody whom it asks has approved it.",
    )
    if principal is None:
        return
    with working(principal, needs=Permission.POSTS_READ) as work:
        mine = [one for one in approving.waiting(work, mine=True) if approving.may_decide(principal, one)]
        ours = {one.round.id for one in mine}
        others = [one for one in approving.waiting(work) if one.round.id not in ours]
        back = approving.sent_back(work) if may(principal, Permission.POSTS_WRITE) else []
    notices.publishing_banner()
    wanted = st.query_params.get(WANTED)
    for found in (mine, others):
        found.sort(key=lambda one: str(one.round.post_id) != wanted)
    if not mine and not others and not back:
        notices.empty("Nothing waits for approval", "What your team submits shows up here.")
    for heading, listed in (("Waits for you", mine), ("Waits for others", others)):
        if listed:
            st.subheader(f"{heading} ({len(listed)})")
            for one in listed:
                _card(principal, one)
    if back:
        st.subheader(f"Back with their authors ({len(back)})")
        for returned in back:
            _returned(principal, returned)


def _card(principal: Principal, one: Waiting) -> None:
    post_id = one.round.post_id
    with working(principal, needs=Permission.POSTS_READ) as work:
        post = reading.post(work.session, post_id)
        remarks = approving.comments_of(work, post_id) if post else []
        asked = talk.asked_now(work, one)
        decisions = _decisions(work, post_id) if post else ()
    if post is None:
        return  # deleted at this moment
    with st.container(border=True, key=f"approval_{one.round.id}"):
        st.html(_head(one, asked))
        st.html(looks.cards(principal.organization_id, post))
        _talk(principal, one, remarks, decisions)
        with st.container(horizontal=True, vertical_alignment="center", key=f"ways_{one.round.id}"):
            st.page_link(
                st.Page(posts.page, url_path="posts"), label="Open the post", icon=":material/view_agenda:",
                query_params={stored.PARAMETER: str(post_id)},
            )  # fmt: skip
            writes = may(principal, Permission.POSTS_WRITE, one.brand_id)
            if writes and one.round.present.client_email is not None:
                _link(one)


def _decisions(work: Work, post_id: UUID) -> tuple[Decision, ...]:
    """Of all its rounds: what was asked for before is looked at again."""
    return tuple(one for each in approving.rounds_of(work, post_id) for one in each.decisions)


def _talk(principal: Principal, one: Waiting, remarks: list[Remark], decisions: tuple[Decision, ...]) -> None:
    talk.remarks(remarks, decisions, zone_or_utc(one.timezone))
    if approving.may_comment(principal, one.brand_id):
        talk.form(principal, one.round.post_id, one if approving.may_decide(principal, one) else None)


def _head(one: Waiting, asked: str) -> Markup:
    zone = zone_or_utc(one.timezone)
    return markup(
        '<div class="pub"><div class="line"><b>{brand}</b>{step}</div>'
        '<div class="sub">{due}</div><div class="sub">{by}</div><div class="sub">{asked}</div></div>',
        brand=one.brand_name,
        step=talk.step_of(one),
        due=f"Due {moment_with_utc(one.due_at, zone)}" if one.due_at else "No time yet",
        by=f"Submitted {moment(one.round.submitted_at, zone)}"
        + (f" by {one.submitter}" if one.submitter else ""),
        asked=asked,
    )


def _link(one: Waiting) -> None:
    """The client's link: sent again, or withdrawn."""
    place = f"link_{one.round.id}"
    acting.confirm(
        "Send the link again",
        markup("<b>{email}</b> gets a new link.", email=one.round.present.client_email),
        f"{place}_again", Permission.POSTS_WRITE, partial(_send_again, one.round.id),
    )  # fmt: skip
    acting.confirm(
        "Withdraw the link", "Every link to this post that was sent is dead from now on.",
        f"{place}_revoke", Permission.POSTS_WRITE, partial(_revoke, one.round.id), danger=True,
    )  # fmt: skip


def _returned(principal: Principal, one: SentBack) -> None:
    post_id = one.round.post_id
    place = f"back_{post_id}"
    with st.container(border=True, key=f"returned_{post_id}"):
        asked = one.asked
        st.html(
            markup(
                '<div class="pub"><div class="line"><b>{brand}</b>{chip}</div>'
                '<p class="text">{text}</p><div class="problem"><b>{name}</b> {words}</div></div>',
                brand=one.brand_name,
                chip=CHANGES,
                text=one.text,
                name=asked.by_name if asked else "",
                words=asked.words if asked else "",
            )
        )
        outcomes.show(place)
        if may(principal, Permission.POSTS_WRITE, one.brand_id):
            with st.container(horizontal=True, vertical_alignment="center", key=f"ways_{place}"):
                st.page_link(
                    composer_page(), label="Change", icon=":material/edit:",
                    query_params={stored.PARAMETER: str(post_id)},
                )  # fmt: skip
                st.button(
                    "Submit as it is", key=place, on_click=acting.act,
                    args=(place, Permission.POSTS_WRITE, partial(_submit, post_id, one.version)),
                )  # fmt: skip


def _submit(post_id: UUID, version: int, work: Work) -> str:
    approving.submit(work, post_id, version=version)
    return "Submitted again."


def _send_again(round_id: UUID, work: Work) -> str:
    approving.ask_again(work, round_id)
    return "A new link is on its way."


def _revoke(round_id: UUID, work: Work) -> str:
    approving.revoke_links(work, round_id)
    return "The links are dead."
