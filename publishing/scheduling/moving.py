"""Giving posts another time, or none for now, without a change of what they say.

Always in this order: the row of the queue, campaign or recurrence, then posts, then publications, the last
two by id. Editing a post and sending it lock in the same order, so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from publishing.changes import AFRESH, NotAllowedError, change
from publishing.models import BRANDS, Post, Publication
from publishing.scheduling.walltime import zone_of
from publishing.states import Event, State

WAITING = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED)
UNDER_WAY = (State.PUBLISHING, State.UNKNOWN)


def zone_of_brand(session: Session, brand_id: UUID) -> ZoneInfo:
    """The clock a brand's posts follow.

    Raises:
        NotAllowedError: there is no such brand.
    """
    name = session.scalar(select(BRANDS.c.timezone).where(BRANDS.c.id == brand_id))
    if name is None:
        raise NotAllowedError("This brand does not exist.")
    return zone_of(name)


def sees_all_accounts(session: Session) -> bool:
    """Whether the session is of someone who is not limited to single accounts."""
    limited = text("SELECT nullif(current_setting('allin.account_ids', true), '') IS NOT NULL")
    return not session.scalar(limited)


def require_all_accounts(session: Session) -> None:
    """Guard what concerns posts as a whole: whoever sees half of one can't move it.

    Raises:
        NotAllowedError: the session is limited to single accounts.
    """
    if not sees_all_accounts(session):
        raise NotAllowedError("Only those who see all accounts of a brand can do this.")


def locked_posts(session: Session, post_ids: Iterable[UUID]) -> dict[UUID, Post]:
    """The posts, locked; a deleted one is missing."""
    query = select(Post).where(Post.id.in_(list(post_ids)), Post.deleted_at.is_(None)).order_by(Post.id)
    query = query.with_for_update().execution_options(populate_existing=True)
    return {post.id: post for post in session.scalars(query)}


def locked_publications(session: Session, post_ids: Iterable[UUID]) -> dict[UUID, list[Publication]]:
    """The publications of each of the posts, locked."""
    ids = list(post_ids)
    query = select(Publication).where(Publication.post_id.in_(ids)).order_by(Publication.id)
    found: dict[UUID, list[Publication]] = {post_id: [] for post_id in ids}
    for one in session.scalars(query.with_for_update().execution_options(populate_existing=True)):
        found[one.post_id].append(one)
    return found


def is_under_way(publications: Iterable[Publication]) -> bool:
    """Whether any of them is being sent, or may be public without our knowing."""
    return any(one.current in UNDER_WAY for one in publications)


def move(publication: Publication, due_at: datetime | None) -> None:
    """Give a waiting publication another time (aware UTC); None takes it away until it gets a new one.

    What was scheduled without a time is approved, and is scheduled again once it has one. A draft stays a
    draft, and what is in review stays there.
    """
    state = publication.current
    if state is State.SCHEDULED or (state is State.APPROVED and due_at is not None):
        event = Event.HOLD if due_at is None else Event.SCHEDULE
        change(publication, event, due_at=due_at, **AFRESH)
    elif state in WAITING:
        publication.due_at = due_at
        publication.version += 1
