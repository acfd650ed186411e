"""What was imported: one row for each file, and how far it came."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import ARRAY, Uuid, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation.database import Base

NAMESPACE = UUID("d8b0a5a2-5f0f-5f1c-8e0e-6a2f9c0c7b13")  # constant: the same rows are the same import


class State(StrEnum):
    """How far an import came. `landing` is under way, or was interrupted."""

    LANDING = "landing"
    LANDED = "landed"
    UNDONE = "undone"


class Import(Base):
    """A file that was taken in. Times are aware UTC; `exported_at` is when its counters were true.

    `left_out` counts the rows that were wrong, `made` are the accounts that were made for it.
    """

    __tablename__ = "imports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    kind: Mapped[str]
    file_name: Mapped[str]
    preset: Mapped[str]
    exported_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    row_count: Mapped[int]
    left_out: Mapped[int]
    account_count: Mapped[int]
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    made: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    state: Mapped[str]
    created_by: Mapped[UUID | None]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    landed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    undone_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


def import_id(organization_id: UUID, digest: str) -> UUID:
    """The id of the import of these rows into this organization."""
    return uuid5(NAMESPACE, f"{organization_id}:{digest}")


def listed(session: Session, limit: int = 50) -> list[Import]:
    """The newest imports that the session sees."""
    query = select(Import).order_by(Import.created_at.desc(), Import.id).limit(limit)
    return list(session.scalars(query))


def found(session: Session, id_: UUID, *, lock: bool = False) -> Import | None:
    """One import that the session sees."""
    return session.get(Import, id_, with_for_update=lock)
