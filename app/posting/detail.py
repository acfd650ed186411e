"""One post: where it stands on each account, what was sent, what was tried, and what it said before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st

from app.composing import result, stored
from app.posting import actions, said
from app.reviewing import talk
from app.shell import access
from app.views import ledger, notices, outcomes, publications
from app.views.notices import escaped
from app.views.times import zone_or_utc
from identity import members
from identity.errors import ForbiddenError, NotFoundError
from identity.permissions import Permission, may
from identity.work import Work, working
from publishing import reading
from publishing.listing import PublicationView, publications_of
from publishing.models import Attempt, PostRevision
from publishing.reading import OnAccount
from publishing.states import Event, State, allows

REFRESH_S: Final = 3


@st.fragment(run_every=REFRESH_S)
def show(post_id: UUID) -> None:
    """Draw it; it refreshes alone."""
    principal = access.require_sign_in()
    with working(principal, needs=Permission.POSTS_READ) as work:
        found = reading.post(work.session, post_id)
        views = sorted(publications_of(work.session, post_id), key=publications.by_account)
        attempts = reading.attempts_of(work.session, [view.id for view in views])
        revisions = reading.revisions(work.session, post_id)
        names = _names(work, revisions)
    if (
        st.button("All posts", icon=":material/arrow_back:", key="posts_back", type="tertiary")
        or found is None
    ):
        stored.forget_address()
        if found is None:
            outcomes.succeed("This post does not exist (any more).")
        st.rerun()
    outcomes.show(actions.PLACE)
    writes = may(principal, Permission.POSTS_WRITE)
    with st.container(border=True, key="card_post"):
        st.markdown(f"**{result.heading({view.state for view in views})}**")
        if views:
            st.caption(escaped(views[0].brand_name))
        st.html(said.post(principal.organization_id, found.post))
        if writes:
            _changes(post_id, views)
    zone = zone_or_utc(views[0].timezone) if views else ZoneInfo("UTC")
    talk.of_post(principal, post_id, found.post.brand_id, zone)
    if not views:
        notices.empty("No account yet", "This draft is for no account so far. Change it to choose some.")
    common = found.post.text
    whole = {one.row.id: one for one in found.publications}
    for view in views:
        with actions.beside(view, writes=writes) as card:
            st.html(publications.card(view, with_text=view.part > 0 or view.text != common), width="stretch")
        if view.id in whole:
            with card:
                _past(view, whole[view.id], attempts.get(view.id, []))
    if revisions:
        with st.expander(f"What it said before ({len(revisions)})", icon=":material/history:"):
            for revision in revisions:
                st.html(said.revision(principal.organization_id, revision, names, zone))


def _changes(post_id: UUID, views: Sequence[PublicationView]) -> None:
    """Change and delete, where something is still to be changed."""
    with st.container(horizontal=True, vertical_alignment="center", key="ways_post"):
        open_ones = [view for view in views if allows(view.state, Event.REVISE)]
        sending = any(view.state in (State.PUBLISHING, State.UNKNOWN) for view in views)
        if (open_ones or not views) and not sending:
            st.page_link(
                said.composer_page(), label="Change", icon=":material/edit:",
                query_params={stored.PARAMETER: str(post_id)},
            )  # fmt: skip
        actions.delete(post_id)


def _past(view: PublicationView, one: OnAccount, attempts: Sequence[Attempt]) -> None:
    if one.row.sent is not None:
        with st.expander("What was sent", icon=":material/lock:"):
            st.html(said.sent(one.row.organization_id, view.network, one.content))
    if attempts:
        with st.expander(f"What was done ({len(attempts)})", icon=":material/receipt_long:"):
            st.html(ledger.lines(attempts, zone_or_utc(view.timezone)))


def _names(work: Work, revisions: Sequence[PostRevision]) -> dict[UUID, str]:
    """Who made the revisions, as far as the reader may know."""
    found: dict[UUID, str] = {}
    for person_id in {one.made_by for one in revisions if one.made_by}:
        try:
            member = members.get(work, person_id)
        except (NotFoundError, ForbiddenError):
            continue
        found[person_id] = member.name or member.email
    return found
