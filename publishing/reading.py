"""Posts as programs read them: in pages, and one with everything that belongs to it.

All within the session of one organization: row-level security hides every other's rows. Deleted posts are
left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import Session

from publishing.content import Content, of_publication
from publishing.models import ACCOUNTS, Attempt, Post, PostRevision, Publication
from publishing.states import PostState, State, post_state


@dataclass(frozen=True)
class OnAccount:
    """A publication with its account's name and what it says there; once sent, what was sent."""

    row: Publication
    account_name: str
    content: Content


@dataclass(frozen=True)
class Found:
    """A post with its publications, by account and part."""

    post: Post
    publications: list[OnAccount]

    @property
    def state(self) -> PostState:
        """Where it stands over all its accounts."""
        return post_state(one.row.current for one in self.publications)


@dataclass(frozen=True)
class Wanted:
    """Which posts a list is of; None is no limit. The times are of when they are due (aware UTC)."""

    brand_id: UUID | None = None
    state: State | None = None
    account_id: UUID | None = None
    network: str | None = None
    campaign_id: UUID | None = None
    label: str | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None


def posts(
    session: Session, wanted: Wanted, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Found]:
    """Posts, the newest first; `after` is when the one before the page was made, and its id."""
    conditions = [Post.deleted_at.is_(None), *_of_post(wanted)]
    of_publication = _of_publication(wanted)
    if of_publication:
        here = select(Publication.id).where(Publication.post_id == Post.id, *of_publication)
        conditions.append(here.exists())
    if after is not None:
        conditions.append(tuple_(Post.created_at, Post.id) < after)
    query = select(Post).where(*conditions).order_by(Post.created_at.desc(), Post.id.desc()).limit(limit)
    found = session.scalars(query).all()
    by_post = _by_post(session, found)
    return [Found(post, by_post[post.id]) for post in found]


def post(session: Session, post_id: UUID) -> Found | None:
    """One post; None when there is none that the session sees."""
    row = session.scalars(select(Post).where(Post.id == post_id, Post.deleted_at.is_(None))).one_or_none()
    return None if row is None else Found(row, _by_post(session, [row])[row.id])


def posts_of(session: Session, post_ids: Iterable[UUID]) -> dict[UUID, Found]:
    """These posts, by id; one that the session does not see is missing."""
    query = select(Post).where(Post.id.in_(list(post_ids)), Post.deleted_at.is_(None))
    found = session.scalars(query).all()
    by_post = _by_post(session, found)
    return {post.id: Found(post, by_post[post.id]) for post in found}


def publications(
    session: Session, wanted: Wanted, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[OnAccount]:
    """Publications that have a time, the latest first; `after` is time and id of the one before the page."""
    conditions = [Publication.due_at.is_not(None), *_of_post(wanted), *_of_publication(wanted)]
    if after is not None:
        conditions.append(tuple_(Publication.due_at, Publication.id) < after)
    order = (Publication.due_at.desc(), Publication.id.desc())
    return _on_accounts(session, _joined().where(*conditions).order_by(*order).limit(limit))


def publication(session: Session, publication_id: UUID) -> OnAccount | None:
    """One publication; None when there is none that the session sees."""
    return next(iter(_on_accounts(session, _joined().where(Publication.id == publication_id))), None)


def attempts(
    session: Session, publication_id: UUID, limit: int | None = None, after: int = 0
) -> list[Attempt]:
    """The ledger of a publication, oldest first; `after` is the id of the attempt before the page."""
    query = select(Attempt).where(Attempt.publication_id == publication_id, Attempt.id > after)
    return list(session.scalars(query.order_by(Attempt.id).limit(limit)))


def attempts_of(session: Session, publication_ids: Iterable[UUID]) -> dict[UUID, list[Attempt]]:
    """The ledgers of several publications, each oldest first."""
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    query = select(Attempt).where(Attempt.publication_id.in_(list(publication_ids))).order_by(Attempt.id)
    for attempt in session.scalars(query):
        found[attempt.publication_id].append(attempt)
    return found


def revisions(session: Session, post_id: UUID) -> list[PostRevision]:
    """What a post said before, the newest first."""
    query = select(PostRevision).where(PostRevision.post_id == post_id)
    return list(session.scalars(query.order_by(PostRevision.version.desc())))


def _of_post(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.brand_id is not None:
        conditions.append(Post.brand_id == wanted.brand_id)
    if wanted.campaign_id is not None:
        conditions.append(Post.campaign_id == wanted.campaign_id)
    if wanted.label is not None:
        conditions.append(Post.labels.contains([wanted.label]))
    return conditions


def _of_publication(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(Publication.state == wanted.state.value)
    if wanted.account_id is not None:
        conditions.append(Publication.account_id == wanted.account_id)
    if wanted.network is not None:
        conditions.append(Publication.network == wanted.network)
    if wanted.due_from is not None:
        conditions.append(Publication.due_at >= wanted.due_from)
    if wanted.due_before is not None:
        conditions.append(Publication.due_at < wanted.due_before)
    return conditions


def _joined() -> Select[Any]:
    return (
        select(Publication, Post, ACCOUNTS.c.name)
        .join(Post, Post.id == Publication.post_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .where(Post.deleted_at.is_(None))
    )


def _on_accounts(session: Session, query: Select[Any]) -> list[OnAccount]:
    return [OnAccount(row, name, of_publication(of, row)) for row, of, name in session.execute(query)]


def _by_post(session: Session, found: Sequence[Post]) -> dict[UUID, list[OnAccount]]:
    by_post: dict[UUID, list[OnAccount]] = defaultdict(list)
    query = _joined().where(Publication.post_id.in_([one.id for one in found]))
    order = (Publication.network, ACCOUNTS.c.name, Publication.account_id, Publication.part)
    for one in _on_accounts(session, query.order_by(*order)):
        by_post[one.row.post_id].append(one)
    return by_post
