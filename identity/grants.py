"""What is given with a membership or an invitation: a role, for the whole organization or for brands."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from identity.errors import ForbiddenError, InvalidError
from identity.models import Brand
from identity.permissions import Role, may_grant
from identity.work import Work

TOO_MIGHTY: Final = "This is more than your own role allows. Ask an owner or administrator."


def check_grant(work: Work, role: Role, brand_ids: frozenset[UUID] | None) -> None:
    """Whether the caller may give this role for these brands (None: the whole organization).

    Raises:
        InvalidError: role and brands don't go together, or a brand is none of the organization's.
        ForbiddenError: it is more than the caller holds.
    """
    if role is Role.OWNER and brand_ids is not None:
        raise InvalidError("An owner owns the whole organization: choose no brands.", field="brand_ids")
    if role is Role.CLIENT and (brand_ids is None or len(brand_ids) != 1):
        raise InvalidError("Choose the one brand that the client belongs to.", field="brand_ids")
    if brand_ids is not None and not brand_ids:
        raise InvalidError("Choose at least one brand, or the whole organization.", field="brand_ids")
    if brand_ids is not None:
        found = work.session.scalars(select(Brand.id).where(Brand.id.in_(brand_ids))).all()
        if set(found) != brand_ids:
            raise InvalidError("One of these brands does not exist.", field="brand_ids")
    if not may_grant(work.principal, role, brand_ids):
        raise ForbiddenError(TOO_MIGHTY)


def told(role: Role, brand_ids: frozenset[UUID] | None) -> dict[str, Any]:
    """Role and brands as the audit trail holds them."""
    return {"role": role.value, "brands": None if brand_ids is None else sorted(map(str, brand_ids))}
