"""The list of publications as people see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from publishing.models import ACCOUNTS, BRANDS, Post, Publication
from publishing.states import State


@dataclass(frozen=True)
class PublicationView:
    """A publication with the names around it. Times are aware UTC; `timezone` is the brand's (IANA)."""

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


def publications(
    session: Session,
    *,
    brand_id: UUID | None = None,
    states: Collection[State] | None = None,
    limit: int = 200,
) -> list[PublicationView]:
    """The organization's publications, latest due time first, those without a time before them."""
    conditions: list[ColumnElement[bool]] = []
    if brand_id is not None:
        conditions.append(Post.brand_id == brand_id)
    if states is not None:
        conditions.append(Publication.state.in_([state.value for state in states]))
    return _views(session, conditions, limit)


def publications_of(session: Session, post_id: UUID) -> list[PublicationView]:
    """The publications of one post."""
    return _views(session, [Publication.post_id == post_id], limit=None)


def _views(
    session: Session, conditions: list[ColumnElement[bool]], limit: int | None
) -> list[PublicationView]:
    rows = session.execute(
        select(
            Publication.id,
            Publication.post_id,
            Post.brand_id,
            BRANDS.c.name.label("brand_name"),
            BRANDS.c.timezone,
            Publication.account_id,
            ACCOUNTS.c.name.label("account_name"),
            Publication.network,
            Post.text,
            Post.link,
            Publication.state,
            Publication.due_at,
            Publication.published_at,
            Publication.permalink,
            Publication.problem,
            Publication.advice,
            Publication.asks_person,
        )
        .join(Post, Post.id == Publication.post_id)
        .join(BRANDS, BRANDS.c.id == Post.brand_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .where(*conditions)
        .order_by(Publication.due_at.desc().nulls_first(), Publication.id)
        .limit(limit)
    )
    return [PublicationView(**{**row._mapping, "state": State(row.state)}) for row in rows]
