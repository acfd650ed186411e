"""The tables of publishing: a post, its publication on each account, and every attempt to send it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Integer, Text, Uuid, column, func, table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import SCHEMA, Base
from publishing.states import State

# Read here, owned by others: only the columns publishing needs.
ACCOUNTS = table(
    "accounts",
    column("id"),
    column("brand_id"),
    column("network", Text()),
    column("name", Text()),
    column("status", Text()),
    column("options", JSONB()),
    column("checked_at", DateTime(timezone=True)),
    schema=SCHEMA,
)
ORGANIZATIONS = table(
    "organizations",
    column("id", Uuid()),
    column("deleted_at", DateTime(timezone=True)),
    column("missed_after_minutes", Integer()),
    schema=SCHEMA,
)
BRANDS = table("brands", column("id"), column("name", Text()), column("timezone", Text()), schema=SCHEMA)


class Post(Base):
    """What is said, once for all accounts."""

    __tablename__ = "posts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, default="text")
    title: Mapped[str] = mapped_column(Text, default="")
    media: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    parts: Mapped[list[str]] = mapped_column(JSONB, default=list)
    first_comment: Mapped[str] = mapped_column(Text, default="")
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    campaign_id: Mapped[UUID | None]
    campaign_offset: Mapped[timedelta | None]
    recurrence_id: Mapped[UUID | None]
    occurrence: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PostRevision(Base):
    """A post's content as it was; `version` is the one it had."""

    __tablename__ = "post_revisions"

    organization_id: Mapped[UUID]
    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Publication(Base):
    """A post on one account. `version` grows with every claim and change: it is the fencing token.

    `own` is what differs from the post's content, `sent` the content as it was sent. A `part` above 0
    continues the publication `follows_id`, and goes out once that is public. While `confirm_at` is set the
    network may still take it back.
    """

    __tablename__ = "publications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    post_id: Mapped[UUID]
    account_id: Mapped[UUID]
    network: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, default=1)
    lease_owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    prepared: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    confirm_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    own: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    sent: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    part: Mapped[int] = mapped_column(Integer, default=0)
    follows_id: Mapped[UUID | None]
    external_id: Mapped[str | None] = mapped_column(Text)
    permalink: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)
    asks_person: Mapped[bool] = mapped_column(default=False)  # looking can't settle it: someone has to say
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )

    @property
    def current(self) -> State:
        """The state, typed."""
        return State(self.state)


class Attempt(Base):
    """One step taken for a publication; `outcome` is null while it runs, and for ever if it crashed."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[UUID]
    publication_id: Mapped[UUID]
    step: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None] = mapped_column(Text)
    ids: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    detail: Mapped[str | None] = mapped_column(Text)
