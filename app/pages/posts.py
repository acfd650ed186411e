"""Posts: every publication with its state, what went wrong, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

import streamlit as st
from pydantic import HttpUrl, TypeAdapter, ValidationError

from app import sending
from app.shell import access, frame
from app.views import notices, outcomes, publications
from app.views.choices import brand_or_all
from app.views.confirm import confirmed
from foundation.database import Tenant, tenant_session
from identity.brands import brands
from identity.errors import ForbiddenError
from identity.permissions import Permission, may
from publishing.changes import DraftError, NotAllowedError, answer_unknown, cancel, reschedule
from publishing.listing import PublicationView
from publishing.listing import publications as list_publications
from publishing.states import Event, State, allows

REFRESH_S: Final = 3
PAGE: Final = 30
FILTERS: Final[dict[str, tuple[State, ...] | None]] = {
    "All": None,
    "Coming": (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.PUBLISHING),
    "Published": (State.PUBLISHED,),
    "Needs attention": (State.FAILED, State.UNKNOWN, State.MISSED),
    "Cancelled": (State.CANCELLED,),
}
SHOWN, PLACE = "posts_shown", "posts"
WEB_ADDRESS: Final = TypeAdapter(HttpUrl)


def page() -> None:
    """Draw the page."""
    principal = access.require_sign_in()
    frame.title("Posts")
    notices.publishing_banner()
    with tenant_session(principal.tenant) as session:
        names = {brand.id: brand.name for brand in brands(session)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        brand_id = brand_or_all(names, "posts_brand")
        chosen: str = st.segmented_control(
            "State", list(FILTERS), default="All", required=True, key="posts_filter",
            label_visibility="collapsed", persist_state="session", wrap=True,
        )  # fmt: skip
    listing(chosen, brand_id)


@st.fragment(run_every=REFRESH_S)
def listing(chosen: str, brand_id: UUID | None) -> None:
    """The list itself: it refreshes alone, so the page keeps its place."""
    principal = access.require_sign_in()
    limit = st.session_state.setdefault(SHOWN, PAGE)
    with tenant_session(principal.tenant) as session:
        found = list_publications(session, brand_id=brand_id, states=FILTERS[chosen], limit=limit + 1)
    outcomes.show(PLACE)
    if not found:
        notices.empty(
            "No posts here",
            "What you write in the Composer shows up here with its state."
            if may(principal, Permission.POSTS_WRITE)
            else "What is written for your brands shows up here with its state.",
        )
    for view in found[:limit]:
        with st.container(border=True, key=f"pub_{view.id}", horizontal=True, vertical_alignment="top"):
            st.html(publications.card(view), width="stretch")
            if may(principal, Permission.POSTS_WRITE):
                _actions(view)
    if len(found) > limit and st.button("Show more", key="posts_more"):
        st.session_state[SHOWN] = limit + PAGE
        st.rerun(scope="fragment")


def _actions(view: PublicationView) -> None:
    """The buttons this state allows; each asks before it acts."""
    if view.state is State.UNKNOWN and view.asks_person:
        with st.container(horizontal=True):
            _confirmed(
                "It is live", "You have seen it on the network. It is not sent again.", view, _is_live, _link
            )
            _confirmed(
                "It is not live: send it now", "You have looked, and it is not there. It is sent now.",
                view, _send_now,
            )  # fmt: skip
            _confirmed(
                "It is not live: don't send it", "You have looked, and it is not there. It stays unsent.",
                view, _leave_unsent,
            )  # fmt: skip
    elif view.state in (State.FAILED, State.MISSED):
        with st.container(horizontal=True):
            _confirmed("Try again now", "It is sent at once.", view, _again)
            _confirmed("Cancel", "It will not be sent.", view, _cancel)
    elif allows(view.state, Event.CANCEL):
        _confirmed("Cancel", "It will not be sent.", view, _cancel)


def _confirmed(
    label: str,
    question: str,
    view: PublicationView,
    act: Callable[[Tenant, UUID], None],
    ask: Callable[[UUID], None] | None = None,
) -> None:
    confirmed(
        label,
        question,
        f"{act.__name__}_{view.id}",
        _guarded,
        (act, view.id),
        ask=None if ask is None else lambda: ask(view.id),
    )


def _guarded(act: Callable[[Tenant, UUID], None], publication_id: UUID) -> None:
    """Act for who may still do so, and keep a refusal to show."""
    outcomes.forget(PLACE)
    principal = access.allowed(Permission.POSTS_WRITE)
    if principal is None:
        outcomes.refuse(PLACE, str(ForbiddenError()))
        return
    try:
        act(principal.tenant, publication_id)
    except (NotAllowedError, DraftError) as error:
        outcomes.refuse(PLACE, str(error))


def _link(publication_id: UUID) -> None:
    st.text_input(
        "Its link (optional)",
        key=_link_key(publication_id),
        placeholder="https://",
        live="0ms",  # a tap on the button need not leave the field first
    )


def _link_key(publication_id: UUID) -> str:
    return f"posts_link_{publication_id}"


def _entered_link(publication_id: UUID) -> str | None:
    entered = st.session_state.get(_link_key(publication_id), "").strip()
    try:
        return str(WEB_ADDRESS.validate_python(entered)) if entered else None
    except ValidationError:
        raise DraftError(["The link has to be a web address that starts with http:// or https://."]) from None


def _is_live(tenant: Tenant, publication_id: UUID) -> None:
    permalink = _entered_link(publication_id)
    with tenant_session(tenant) as session:
        answer_unknown(session, publication_id, is_public=True, permalink=permalink)


def _send_now(tenant: Tenant, publication_id: UUID) -> None:
    with tenant_session(tenant) as session:
        answer_unknown(session, publication_id, is_public=False)
    sending.start([publication_id])


def _leave_unsent(tenant: Tenant, publication_id: UUID) -> None:
    with tenant_session(tenant) as session:
        answer_unknown(session, publication_id, is_public=False, send_again=False)


def _cancel(tenant: Tenant, publication_id: UUID) -> None:
    with tenant_session(tenant) as session:
        cancel(session, publication_id)


def _again(tenant: Tenant, publication_id: UUID) -> None:
    with tenant_session(tenant) as session:
        reschedule(session, publication_id)
    sending.start([publication_id])
