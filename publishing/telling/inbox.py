"""A person's notifications in the app, of the organization they are in.

A notification is seen for as long as its person sees the brand it is about.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from foundation.database import utc_now
from identity.paging import DEFAULT_LIMIT, Page, after, number, one_more, page
from identity.work import Work
from publishing.happenings import Kind
from publishing.telling.models import Happening, Notification


@dataclass(frozen=True)
class Told:
    """A notification; `link` is a local address, `read_at` None while it is new. Times are aware UTC."""

    id: int
    kind: Kind
    title: str
    words: str
    link: str
    created_at: datetime
    read_at: datetime | None


def listed(
    work: Work, *, unread_only: bool = False, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Told]:
    """The caller's own notifications, newest first; kept for as long as the settings say.

    Raises:
        InvalidError: the limit or the cursor can't be used.
    """
    query = select(Notification).where(_own(work)).order_by(Notification.id.desc()).limit(one_more(limit))
    if unread_only:
        query = query.where(Notification.read_at.is_(None))
    if place := after(cursor, number):
        query = query.where(Notification.id < place[0])
    rows = work.session.scalars(query).all()
    return page(rows, limit, _told, lambda row: [row.id])


def get(work: Work, notification_id: int) -> Told | None:
    """One of the caller's notifications; None where there is none that they see."""
    query = select(Notification).where(_own(work), Notification.id == notification_id)
    row = work.session.scalar(query)
    return None if row is None else _told(row)


def unread(work: Work) -> int:
    """How many of the caller's notifications are new."""
    query = select(func.count(Notification.id)).where(_own(work), Notification.read_at.is_(None))
    return work.session.scalar(query) or 0


def mark_read(work: Work, ids: Collection[int] | None = None) -> int:
    """Mark these of the caller's notifications read (None: all); how many were new."""
    statement = update(Notification).where(_own(work), Notification.read_at.is_(None))
    if ids is not None:
        statement = statement.where(Notification.id.in_(ids))
    marked = statement.values(read_at=utc_now()).returning(Notification.id)
    return len(work.session.scalars(marked.execution_options(synchronize_session=False)).all())


def settle_approvals(session: Session, post_id: UUID) -> None:
    """Mark read, for all whom it was told, that a post is to be approved: it was decided, or withdrawn.

    Whoever was not told yet is not told any more (`audience`).
    """
    asked = select(Happening.id).where(
        Happening.post_id == post_id, Happening.kind == Kind.NEEDS_APPROVAL.value
    )
    new = Notification.happening_id.in_(asked), Notification.read_at.is_(None)
    marked = update(Notification).where(*new).values(read_at=utc_now())
    session.execute(marked.execution_options(synchronize_session=False))


def _own(work: Work) -> ColumnElement[bool]:
    """Theirs, of what they still see: row-level security hides happenings of brands they don't see."""
    seen = exists().where(Happening.id == Notification.happening_id)
    return and_(Notification.person_id == work.principal.person_id, seen)


def _told(row: Notification) -> Told:
    return Told(row.id, Kind(row.kind), row.title, row.words, row.link, row.created_at, row.read_at)
