"""The list of publications as people see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from publishing.content import File, of_publication
from publishing.models import ACCOUNTS, BRANDS, Post, Publication
from publishing.states import State


@dataclass(frozen=True)
class PublicationView:
    """A publication with the names around it. Times are aware UTC; `timezone` is the brand's (IANA).

    Text, link and files are what is said on this account; once sent, what was sent. A `part` above 0
    continues the post as a thread or stands below it as a comment.
    """

    id: UUID
    post_id: UUID
    brand_id: UUID
    brand_name: str
    timezone: str
    account_id: UUID
    account_name: str
    network: str
    text: str
    link: str | None
    state: State
    due_at: datetime | None
    published_at: datetime | None
    permalink: str | None
    problem: str | None
    advice: str | None
    asks_person: bool
    part: int
    files: tuple[File, ...]
    labels: Sequence[str]


def publications(
    session: Session,
    *,
    brand_id: UUID | None = None,
    states: Collection[State] | None = None,
    label: str | None = None,
    limit: int = 200,
) -> list[PublicationView]:
    """The organization's publications, latest due time first, those without a time before them."""
    conditions: list[ColumnElement[bool]] = [Post.deleted_at.is_(None)]
    if label is not None:
        conditions.append(Post.labels.contains([label]))
    if brand_id is not None:
        conditions.append(Post.brand_id == brand_id)
    if states is not None:
        conditions.append(Publication.state.in_([state.value for state in states]))
    return _views(session, conditions, limit)


def publications_of(session: Session, post_id: UUID) -> list[PublicationView]:
    """The publications of one post."""
    return _views(session, [Publication.post_id == post_id], limit=None)


def labels(session: Session) -> list[str]:
    """Every label that is on a post of the organization."""
    found = select(func.unnest(Post.labels).label("label")).where(Post.deleted_at.is_(None)).distinct()
    return sorted(session.scalars(found), key=str.casefold)


def _views(
    session: Session, conditions: list[ColumnElement[bool]], limit: int | None
) -> list[PublicationView]:
    rows = session.execute(
        select(
            Publication,
            Post,
            BRANDS.c.name.label("brand_name"),
            BRANDS.c.timezone,
            ACCOUNTS.c.name.label("account_name"),
        )
        .join(Post, Post.id == Publication.post_id)
        .join(BRANDS, BRANDS.c.id == Post.brand_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .where(*conditions)
        .order_by(
            Publication.due_at.desc().nulls_first(),
            Publication.post_id,
            Publication.network,
            Publication.account_id,
            Publication.part,
        )
        .limit(limit)
    )
    return [_view(*row) for row in rows]


def _view(
    publication: Publication, post: Post, brand_name: str, timezone: str, account_name: str
) -> PublicationView:
    said = of_publication(post, publication)
    return PublicationView(
        id=publication.id,
        post_id=post.id,
        brand_id=post.brand_id,
        brand_name=brand_name,
        timezone=timezone,
        account_id=publication.account_id,
        account_name=account_name,
        network=publication.network,
        text=said.text,
        link=said.link,
        state=publication.current,
        due_at=publication.due_at,
        published_at=publication.published_at,
        permalink=publication.permalink,
        problem=publication.problem,
        advice=publication.advice,
        asks_person=publication.asks_person,
        part=publication.part,
        files=said.media,
        labels=post.labels,
    )
