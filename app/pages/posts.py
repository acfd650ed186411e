"""Posts: each with its state on every account and what can be done about it; or one post with all of it."""

from __future__ import annotations

from collections import defaultdict
from typing import Final
from uuid import UUID

import streamlit as st

from app.composing import stored
from app.posting import actions, detail
from app.settings import entering
from app.shell import access, frame
from app.views import failing, notices, outcomes, publications, thumbnails
from app.views.choices import ALL, brand_or_all
from app.views.publications import NOTHING
from app.web.paths import COMPOSER
from foundation.database import tenant_session
from identity.brands import brands
from identity.permissions import Permission, may
from identity.principal import Principal
from publishing.listing import PublicationView, labels
from publishing.listing import publications as list_publications
from publishing.states import State

REFRESH_S: Final = 3
PAGE: Final = 30
FILTERS: Final[dict[str, tuple[State, ...] | None]] = {
    "All": None,
    "Coming": (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.PUBLISHING),
    "Published": (State.PUBLISHED,),
    "Needs attention": (State.FAILED, State.UNKNOWN, State.MISSED),
    "Cancelled": (State.CANCELLED,),
}
SHOWN: Final = "posts_shown"


def page() -> None:
    """Draw the page."""
    principal = entering.drawn_for()
    frame.title("Posts")
    outcomes.announce()
    notices.publishing_banner()
    post_id = stored.wanted()
    if post_id is not None:
        detail.show(post_id)
        return
    with tenant_session(principal.tenant) as session:
        names = {brand.id: brand.name for brand in brands(session)}
        known = labels(session)
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        brand_id = brand_or_all(names, "posts_brand")
        chosen: str = st.segmented_control(
            "State", list(FILTERS), default="All", required=True, key="posts_filter",
            label_visibility="collapsed", persist_state="session", wrap=True,
        )  # fmt: skip
        label = _label(known)
    listing(chosen, brand_id, label)


@st.fragment(run_every=REFRESH_S)
@failing.told()
def listing(chosen: str, brand_id: UUID | None, label: str | None) -> None:
    """The list itself: it refreshes alone, so the page keeps its place."""
    principal = access.require_sign_in()
    limit = st.session_state.setdefault(SHOWN, PAGE)
    with tenant_session(principal.tenant) as session:
        found = list_publications(
            session, brand_id=brand_id, states=FILTERS[chosen], label=label, limit=limit + 1
        )
    outcomes.show(actions.PLACE)
    if not found:
        writes = may(principal, Permission.POSTS_WRITE)
        said = "What you write in the Composer" if writes else "What is written for your brands"
        notices.empty(
            "No posts here",
            f"{said} shows up here with its state. How posts made elsewhere did is under Content.",
            go=("Write a post", COMPOSER) if writes else None,
        )
    posts: dict[UUID, list[PublicationView]] = defaultdict(list)
    for view in found[:limit]:
        posts[view.post_id].append(view)
    for views in posts.values():
        _post(principal, sorted(views, key=publications.by_account))
    if len(found) > limit and st.button("Show more", key="posts_more"):
        st.session_state[SHOWN] = limit + PAGE
        st.rerun(scope="fragment")


def _post(principal: Principal, views: list[PublicationView]) -> None:
    """Draw a post: what it says, once, and below it where it stands on each account."""
    first, writes = views[0], may(principal, Permission.POSTS_WRITE)
    picture = thumbnails.thumbnail(principal.organization_id, first.files[0]) if first.files else NOTHING
    if len(views) == 1:
        with actions.beside(first, writes=writes):
            st.html(publications.card(first, picture=picture), width="stretch")
            _details(first)
        return
    with st.container(border=True, key=f"card_post_{first.post_id}"):
        with st.container(horizontal=True, vertical_alignment="top"):
            st.html(publications.said(first, picture), width="stretch")
            _details(first)
        for view in views:
            with actions.beside(view, writes=writes, border=False):
                st.html(publications.card(view, with_text=view.text != first.text), width="stretch")


def _details(view: PublicationView) -> None:
    if st.button("Details", key=f"open_{view.id}"):
        st.query_params[stored.PARAMETER] = str(view.post_id)
        st.rerun()


def _label(known: list[str]) -> str | None:
    """Draw the choice of a label; None stands for all posts."""
    if not known:
        return None
    chosen: str = st.selectbox(
        "Label",
        [ALL, *known],
        format_func=lambda label: "All labels" if label == ALL else label,
        label_visibility="collapsed",
        key="posts_label",
        persist_state="session",
        width=200,
    )
    return None if chosen == ALL else chosen
