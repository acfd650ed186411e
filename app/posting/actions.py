"""What can be done with a publication or a post; every button asks first, and who presses is asked anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from pydantic import HttpUrl, TypeAdapter, ValidationError
from sqlalchemy.orm import Session
from streamlit.delta_generator import DeltaGenerator

from app import sending
from app.shell import access
from app.views import outcomes
from app.views.clocks import Clock, NoTime
from app.views.confirm import confirmed
from app.views.times import zone_or_utc
from foundation.database import Tenant, tenant_session, utc_now
from identity.errors import ForbiddenError
from identity.permissions import Permission
from publishing.changes import DraftError, NotAllowedError, answer_unknown, cancel, reschedule
from publishing.editing import delete_post
from publishing.listing import PublicationView
from publishing.models import Publication
from publishing.states import Event, State, allows

PLACE: Final = "posts"
WEB_ADDRESS: Final = TypeAdapter(HttpUrl)


@contextmanager
def beside(view: PublicationView, *, writes: bool, border: bool = True) -> Iterator[DeltaGenerator]:
    """The card of a publication, and what can be done with it for who `writes`.

    What is drawn in the block stands beside the button that cancels; questions to a person stand below it.
    """
    asks = (view.state is State.UNKNOWN and view.asks_person) or view.state in (State.FAILED, State.MISSED)
    asks = asks or _is_late(view)
    card = st.container(border=border, key=f"pub_{view.id}")
    with card:
        with st.container(horizontal=True, vertical_alignment="top"):
            yield card
            if writes and not asks and allows(view.state, Event.CANCEL):
                _confirmed("Cancel", "It will not be sent.", view, _cancel)
        if writes and asks:
            with st.container(horizontal=True, key=f"asks_{view.id}"):
                _answers(view)


def _answers(view: PublicationView) -> None:
    if view.state is not State.UNKNOWN:
        approved = view.state is State.APPROVED
        _confirmed("Send it now" if approved else "Try again now", "It is sent at once.", view, _again)
        if view.state is not State.FAILED:
            clock, zone = _clock(view.id), zone_or_utc(view.timezone)
            words = "It stays approved." if approved else "It is sent then."
            _confirmed("Give it another time", words, view, _at(zone), lambda _: _draw(clock, zone))
        _confirmed("Cancel", "It will not be sent.", view, _cancel)
        return
    _confirmed("It is live", "You have seen it on the network. It is not sent again.", view, _is_live, _link)
    _confirmed(
        "It is not live: send it now", "You have looked, and it is not there. It is sent now.",
        view, _send_now,
    )  # fmt: skip
    _confirmed(
        "It is not live: don't send it", "You have looked, and it is not there. It stays unsent.",
        view, _leave_unsent,
    )  # fmt: skip


def _is_late(view: PublicationView) -> bool:
    """Whether it was approved only after its time; its parts come along."""
    is_past = view.due_at is not None and view.due_at <= utc_now()
    return view.state is State.APPROVED and is_past and not view.part


def delete(post_id: UUID) -> None:
    """The button that deletes a post."""
    confirmed(
        "Delete",
        "What is not sent yet will not be sent, and the post leaves these lists. What is public stays on "
        "its network: take it down there.",
        f"delete_{post_id}",
        guarded,
        (_delete, post_id),
        icon=":material/delete:",
        danger=True,
    )


def guarded(act: Callable[[Tenant, UUID], None], row_id: UUID) -> None:
    """Act for who may still do so, and keep a refusal to show."""
    outcomes.forget(PLACE)
    principal = access.allowed(Permission.POSTS_WRITE)
    if principal is None:
        outcomes.refuse(PLACE, str(ForbiddenError()))
        return
    try:
        act(principal.tenant, row_id)
    except (NotAllowedError, DraftError) as error:
        outcomes.refuse(PLACE, str(error))


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
        guarded,
        (act, view.id),
        ask=None if ask is None else lambda: ask(view.id),
    )


def _clock(publication_id: UUID) -> Clock:
    return Clock(f"posts_again_{publication_id}")


def _draw(clock: Clock, zone: ZoneInfo) -> None:
    clock.draw(zone)


def _at(zone: ZoneInfo) -> Callable[[Tenant, UUID], None]:
    def give_time(tenant: Tenant, publication_id: UUID) -> None:
        at = _clock(publication_id).chosen(zone)
        if isinstance(at, NoTime):
            raise DraftError([at.problem])
        _reschedule(tenant, publication_id, at)

    return give_time


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
        _send(session, publication_id)


def _leave_unsent(tenant: Tenant, publication_id: UUID) -> None:
    with tenant_session(tenant) as session:
        answer_unknown(session, publication_id, is_public=False, send_again=False)


def _cancel(tenant: Tenant, publication_id: UUID) -> None:
    with tenant_session(tenant) as session:
        cancel(session, publication_id)


def _again(tenant: Tenant, publication_id: UUID) -> None:
    _reschedule(tenant, publication_id, None)


def _reschedule(tenant: Tenant, publication_id: UUID, due_at: datetime | None) -> None:
    with tenant_session(tenant) as session:
        reschedule(session, publication_id, due_at)
        _send(session, publication_id)


def _send(session: Session, publication_id: UUID) -> None:
    sending.whole_once_committed(session, session.get_one(Publication, publication_id).post_id)


def _delete(tenant: Tenant, post_id: UUID) -> None:
    with tenant_session(tenant) as session:
        delete_post(session, post_id)
    outcomes.succeed("The post is deleted.")
