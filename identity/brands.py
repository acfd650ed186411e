"""The brands of an organization."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from identity.models import Brand


def brands(session: Session) -> list[Brand]:
    """The brands the session's organization sees, by name."""
    return list(session.scalars(select(Brand).order_by(Brand.name, Brand.id)))
