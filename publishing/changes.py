"""What people do to a publication: cancel it, give it another time, answer for an unknown one.

All within the session of one organization: row-level security hides every other's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import utc_now
from publishing import gate, ledger
from publishing.models import Post, Publication
from publishing.policy import Policy
from publishing.states import Event, State, allows, transition

PAST_TOLERANCE = timedelta(minutes=1)
# Whatever else can be scheduled has been so before, or was approved as it is.
UNCLEARED = (State.DRAFT, State.FAILED, State.MISSED)
COMES_ALONG = (State.SCHEDULED, State.APPROVED, State.MISSED)
AFRESH: dict[str, Any] = {"prepared": {}, "attempt_count": 0, "sent_at": None}
# Until then a request under way may still make public what nobody sees yet.
ABSENT_AFTER = Policy().absent_after
TOO_SOON = "It was sent a moment ago and may still appear: AllIN looks for it. Send it again in a minute."
ENDED_UNSENT = (State.FAILED, State.MISSED, State.CANCELLED)
UNSENT_BEFORE = "The part before it was not sent. Send that one again first."
UNKNOWN_BEFORE = "The part before it is live, but which post it is on the network isn't known."
BY_HAND = "AllIN can't put it below that one: do so on the network yourself, and cancel it here."


class DraftError(ValueError):
    """The draft can't be scheduled; `problems` are lines for its author."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class NotAllowedError(ValueError):
    """The publication is in a state where this can't be done; the message is for people."""


def cancel(session: Session, publication_id: UUID) -> None:
    """Cancel a publication that is not sent yet, and with it the parts that continue it.

    Raises:
        NotAllowedError: it is being sent, is public, or may be.
    """
    publication = locked(session, publication_id, Event.CANCEL)
    change(publication, Event.CANCEL)
    for part in _parts_after(session, publication):
        if allows(part.current, Event.CANCEL):
            change(part, Event.CANCEL)


def reschedule(session: Session, publication_id: UUID, due_at: datetime | None = None) -> None:
    """Give a publication another time (aware UTC; None: now), and with it the parts that continue it.

    Also brings back a failed or missed one. What was approved stays approved.

    Raises:
        NotAllowedError: it is being sent, is public, or may be; what it says was not approved; or it
            continues a part that AllIN can't put it below.
        DraftError: the time is past.
    """
    if problems := time_problems(due_at):
        raise DraftError(problems)
    publication = locked(session, publication_id, Event.SCHEDULE)
    if follows_unknown(session, publication):
        raise NotAllowedError(f"{UNKNOWN_BEFORE} {BY_HAND}")
    if _follows_unsent(session, publication):
        raise NotAllowedError(UNSENT_BEFORE)
    if publication.current in UNCLEARED and not gate.is_cleared(session, publication.post_id):
        raise NotAllowedError("It has to be approved first. Open it, and submit it.")
    due_at = due_at or utc_now()
    change(publication, Event.SCHEDULE, due_at=due_at, **AFRESH)
    _bring_along(session, publication, due_at)


def answer_unknown(
    session: Session,
    publication_id: UUID,
    *,
    is_public: bool,
    permalink: str | None = None,
    send_again: bool = True,
) -> None:
    """A person's answer where looking could not tell.

    It is public; or it is not, and goes out now, or with `send_again` False is cancelled. What continues a
    part that a person saw has no id of it to go below, so it fails at once, and people are told.

    Raises:
        NotAllowedError: the publication is not unknown (any more); or it is to be sent again so soon after
            its sending that this may still make it public.
    """
    not_public = Event.RULE_OUT if send_again else Event.DROP
    event = Event.CONFIRM if is_public else not_public
    publication = locked(session, publication_id, event)
    if publication.current is not State.UNKNOWN:
        raise NotAllowedError(why_not(publication.current))
    if is_public:
        change(publication, event, published_at=publication.sent_at, permalink=permalink)
        ledger.tell(publication)
        for part in _parts_after(session, publication):
            if part.current is State.SCHEDULED and part.follows_id == publication.id:
                change(part, Event.REJECT, problem=UNKNOWN_BEFORE, advice=BY_HAND)
                ledger.tell(part)
    elif send_again and not publication.asks_person and _was_just_sent(publication):
        raise NotAllowedError(TOO_SOON)
    else:
        due_at = utc_now() if send_again else publication.due_at
        change(publication, event, due_at=due_at, sent_at=None)
        if send_again and due_at is not None:
            _bring_along(session, publication, due_at)


def _bring_along(session: Session, publication: Publication, due_at: datetime) -> None:
    """What continues it is not left behind, to be missed while it waits for its turn."""
    for part in _parts_after(session, publication):
        if part.current in COMES_ALONG:
            change(part, Event.SCHEDULE, due_at=due_at, **AFRESH)


def follows_unknown(session: Session, publication: Publication) -> bool:
    """Whether it continues a part that is public without an id to go below."""
    if publication.follows_id is None:
        return False
    before = session.get_one(Publication, publication.follows_id)
    return before.current is State.PUBLISHED and before.external_id is None


def _follows_unsent(session: Session, publication: Publication) -> bool:
    """Whether it continues a part that does not go out by itself any more."""
    if publication.follows_id is None:
        return False
    return session.get_one(Publication, publication.follows_id).current in ENDED_UNSENT


def _was_just_sent(publication: Publication) -> bool:
    return publication.sent_at is not None and utc_now() - publication.sent_at < ABSENT_AFTER


def _parts_after(session: Session, publication: Publication) -> Sequence[Publication]:
    later = select(Publication).where(
        Publication.post_id == publication.post_id,
        Publication.account_id == publication.account_id,
        Publication.part > publication.part,
    )
    return session.scalars(later.order_by(Publication.part).with_for_update()).all()


def time_problems(due_at: datetime | None) -> list[str]:
    """What is wrong with a time (aware UTC; None: now), in words."""
    if due_at is None:
        return []
    if due_at.tzinfo is None:
        raise ValueError("due_at has to carry a time zone")
    return ["This time has passed."] if due_at < utc_now() - PAST_TOLERANCE else []


def locked(session: Session, publication_id: UUID, event: Event) -> Publication:
    """The row, locked; whoever comes second, this or the sending, sees what the first did."""
    publication = session.scalars(
        select(Publication)
        .where(Publication.id == publication_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if publication is None:
        raise NotAllowedError("This post does not exist.")
    if not allows(publication.current, event):
        raise NotAllowedError(why_not(publication.current))
    return publication


def locked_post(session: Session, post_id: UUID) -> Post:
    """The row of a post, locked: who changes its publications takes it first.

    Raises:
        NotAllowedError: it does not exist, or was deleted.
    """
    query = select(Post).where(Post.id == post_id, Post.deleted_at.is_(None)).with_for_update()
    post = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if post is None:
        raise NotAllowedError("This post does not exist.")
    return post


def why_not(state: State) -> str:
    """Why a publication in this state can't be changed so."""
    reasons = {
        State.PUBLISHING: "It is being sent now.",
        State.PUBLISHED: "It is already published.",
        State.CANCELLED: "It is cancelled.",
        State.UNKNOWN: "It was sent, and whether it is public has to be settled first.",
    }
    return reasons.get(state, f"It is {state.value.replace('_', ' ')}.")


def change(publication: Publication, event: Event, **values: Any) -> None:
    """Move on, and end any lease: the new version stops a publisher that holds the old one."""
    publication.state = transition(publication.current, event)
    publication.version += 1
    if event in (Event.REVISE, Event.SCHEDULE, Event.RULE_OUT):
        publication.sent = None  # what goes out next is the post as it is then
    publication.lease_owner = publication.lease_until = publication.not_before = None
    publication.problem = publication.advice = None
    publication.asks_person = False
    for name, value in values.items():
        setattr(publication, name, value)
