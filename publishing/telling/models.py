"""The tables of telling: what happened, who was told, how they want it, and the webhooks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base

_Moment = DateTime(timezone=True)


class DeliveryState(StrEnum):
    """Where a delivery stands. `FAILED`: given up, until someone sends it again."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Happening(Base):
    """What happened, as `publishing.happenings.note` wrote it; `told_at` once everyone's message is there."""

    __tablename__ = "happenings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    brand_id: Mapped[UUID | None]
    post_id: Mapped[UUID | None]
    publication_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    happened_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
    told_at: Mapped[datetime | None] = mapped_column(_Moment)


class Notification(Base):
    """A happening as one person sees it in the app; `link` is a local address."""

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[UUID]
    person_id: Mapped[UUID]
    happening_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
    read_at: Mapped[datetime | None] = mapped_column(_Moment)


class Mailing(Base):
    """A happening that one person is to read of by e-mail; `mailed_at` once the e-mail is in the outbox."""

    __tablename__ = "mailings"

    organization_id: Mapped[UUID]
    happening_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
    mailed_at: Mapped[datetime | None] = mapped_column(_Moment)


class NotificationSetting(Base):
    """How a person wants to be told of a kind; without a row the defaults of `telling.wishes` hold."""

    __tablename__ = "notification_settings"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    in_app: Mapped[bool]
    by_email: Mapped[bool]


class Webhook(Base):
    """An address that is told of some kinds; `sealed_secret` is the encrypted key of its signatures."""

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    url: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sealed_secret: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())

    def __repr__(self) -> str:
        return f"Webhook({self.id})"


class WebhookDelivery(Base):
    """One happening for one webhook: what is sent, however often it is tried.

    `not_before` is when it is tried next; while it is `sending`, until when the one who sends it holds it.
    `status` and `answer` are of the last try.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    webhook_id: Mapped[UUID]
    happening_id: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None] = mapped_column(_Moment)
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
