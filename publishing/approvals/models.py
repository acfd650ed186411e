"""The tables of approvals: a brand's steps, rounds over versions of posts, decisions, links and comments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, DateTime, Identity, Integer, LargeBinary, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base

_Moment = DateTime(timezone=True)


class Standing(StrEnum):
    """Where a round stands."""

    OPEN = "open"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    WITHDRAWN = "withdrawn"  # the post was changed or deleted meanwhile


class ApprovalStep(Base):
    """A step of a brand's workflow: of named people, of a role, or of the client (by a link)."""

    __tablename__ = "approval_steps"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    needs: Mapped[str] = mapped_column(Text)
    of_client: Mapped[bool]
    role: Mapped[str | None] = mapped_column(Text)
    person_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    client_email: Mapped[str | None] = mapped_column(Text)
    remind_after_hours: Mapped[int] = mapped_column(Integer, default=24)


class ApprovalRound(Base):
    """One submission of one version of a post, with the workflow's steps as they were then.

    `step` is the place of the one that is asked now, `asked_at` when its people were asked last. Since
    `letter_at` a letter to the step's client is to be written; where `letter_reminds`, not the first one.
    """

    __tablename__ = "approval_rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID]
    post_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(Integer)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    step: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(Text, default=Standing.OPEN.value)
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
    asked_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(_Moment)
    letter_at: Mapped[datetime | None] = mapped_column(_Moment)
    letter_reminds: Mapped[bool] = mapped_column(default=False)

    @property
    def standing(self) -> Standing:
        """The state, typed."""
        return Standing(self.state)


class ApprovalDecision(Base):
    """What somebody decided at a step of a round; without `person_id` it was by the client's link."""

    __tablename__ = "approval_decisions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[UUID]
    round_id: Mapped[UUID]
    step: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[UUID | None]
    by_name: Mapped[str] = mapped_column(Text)
    approves: Mapped[bool]
    words: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())


class ApprovalLink(Base):
    """The client's way to one step of one round; of its token only the SHA-256 is kept."""

    __tablename__ = "approval_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organization_id: Mapped[UUID]
    round_id: Mapped[UUID]
    step: Mapped[int] = mapped_column(Integer)
    email: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(_Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(_Moment)


class Comment(Base):
    """What somebody says about a post; the client sees what is `for_client`."""

    __tablename__ = "comments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID]
    post_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    by_name: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    for_client: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
