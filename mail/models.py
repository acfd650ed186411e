"""The outbox table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base

CHANNEL = "allin_emails"  # notified when something was written into the outbox


class State(StrEnum):
    """Where an e-mail stands. `UNKNOWN`: handed over, and no answer came; it is not sent again."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


_Moment = DateTime(timezone=True)


class QueuedEmail(Base):
    """An e-mail of the outbox. `sealed` is the encrypted message, gone once it is sent or has failed.

    While it is `sending`, the process that sends it holds it until `lease_until`; `handed_over_at` is
    written right before the one step after which the mail server may deliver it.
    """

    __tablename__ = "emails"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID | None]
    to_address: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=State.QUEUED)
    attempts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[datetime] = mapped_column(_Moment, server_default="now()")
    lease_until: Mapped[datetime | None] = mapped_column(_Moment)
    handed_over_at: Mapped[datetime | None] = mapped_column(_Moment)
    sent_at: Mapped[datetime | None] = mapped_column(_Moment)
    problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default="now()")
