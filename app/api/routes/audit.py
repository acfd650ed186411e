"""The audit trail of the organization."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.callers import member
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.credentials import Event
from identity import trail
from identity.audit import Action
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.work import Work

router = Router("audit")


@router.get("/audit", summary="Read the audit trail")
def list_all(
    work: Annotated[Work, member(Permission.AUDIT_READ)],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    action: Annotated[Action | None, Query(description="Only what was done so.")] = None,
    person_id: Annotated[UUID | None, Query(description="Only what this person did.")] = None,
) -> Listed[Event]:
    """The newest first. It can't be changed, and holds no secrets."""
    found = trail.events(work, limit=limit, cursor=cursor, action=action, person_id=person_id)
    return listed(found, Event)
