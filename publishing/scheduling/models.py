"""The tables of scheduling: queues with their slots and places, recurrences, campaigns."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Time, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base

LOCAL = DateTime(timezone=False)  # on the wall clock of the brand's zone


class Queue(Base):
    """Named slots of a brand that posts take one after the other. While it is paused, nothing goes out."""

    __tablename__ = "queues"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class QueueSlot(Base):
    """A weekday (1 is Monday) and a time on the wall clock of the brand's zone."""

    __tablename__ = "queue_slots"

    organization_id: Mapped[UUID]
    queue_id: Mapped[UUID] = mapped_column(primary_key=True)
    weekday: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[time] = mapped_column(Time(timezone=False), primary_key=True)


class QueuePlace(Base):
    """A post in a queue: the slot it has taken, as a moment in UTC; None while the queue is paused."""

    __tablename__ = "queue_places"

    organization_id: Mapped[UUID]
    queue_id: Mapped[UUID]
    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    slot_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Recurrence(Base):
    """A post that comes again by a rule of RFC 5545.

    `starts_local`, `skipped` and `made_until` are on the wall clock of the brand's zone: up to `made_until`
    its posts are made, or were left out. `content` is a draft without its time. `problem` says why the next
    posts could not be made.
    """

    __tablename__ = "recurrences"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    rule: Mapped[str] = mapped_column(Text)
    starts_local: Mapped[datetime] = mapped_column(LOCAL)
    skipped: Mapped[list[datetime]] = mapped_column(ARRAY(LOCAL), default=list)
    account_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_until: Mapped[datetime | None] = mapped_column(LOCAL)
    problem: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Campaign(Base):
    """Posts around a launch (aware UTC; None: not set yet), each at its own distance from it."""

    __tablename__ = "campaigns"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    launch_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
