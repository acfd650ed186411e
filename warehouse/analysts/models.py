"""The tables of analysts: saved queries, and the reader roles that look at the mirror."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base

_Moment = DateTime(timezone=True)


class SavedQuery(Base):
    """A query that was kept; `shared` with the organization, or its writer's own."""

    __tablename__ = "saved_queries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    statement: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())


class Reader(Base):
    """A login role of PostgreSQL that sees this organization's rows of the mirror, and nothing else."""

    __tablename__ = "readers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    role_name: Mapped[str] = mapped_column(Text)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(_Moment, server_default=func.now())
