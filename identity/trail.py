"""Reading the audit trail of an organization."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from identity.audit import Action
from identity.models import AuditEvent
from identity.paging import DEFAULT_LIMIT, Page, after, number, one_more, page
from identity.permissions import Permission, require
from identity.work import Work


class Event(NamedTuple):
    """A line of the trail, with the columns of `AuditEvent`; `at` is aware UTC."""

    id: int
    at: datetime
    actor: str
    person_id: UUID | None
    api_key_id: UUID | None
    action: str
    target_type: str
    target_id: str | None
    target: str
    ip: str | None
    user_agent: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


# Columns rather than objects: a page is read only, and objects cost as much as the query.
_COLUMNS = [getattr(AuditEvent, name) for name in Event._fields]


def events(
    work: Work,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    action: Action | None = None,
    person_id: UUID | None = None,
) -> Page[Event]:
    """The trail of the caller's organization, newest first, or of it one kind of action or one person's.

    Values are as they were written: times in UTC, `before` and `after` without secrets.

    Raises:
        ForbiddenError: the caller may not read it.
        InvalidError: the limit or the cursor can't be used.
    """
    require(work.principal, Permission.AUDIT_READ)
    query = select(*_COLUMNS).where(_here(work))
    if action is not None:
        query = query.where(AuditEvent.action == action.value)
    if person_id is not None:
        query = query.where(AuditEvent.person_id == person_id)
    if place := after(cursor, number):
        query = query.where(AuditEvent.id < place[0])
    rows = work.session.execute(query.order_by(AuditEvent.id.desc()).limit(one_more(limit))).all()
    return page(rows, limit, Event._make, lambda row: [row.id])


def actors(work: Work) -> dict[UUID, str]:
    """Everybody who occurs in the trail as who acted, also who has left: the address they acted by last.

    Raises:
        ForbiddenError: the caller may not read it.
    """
    require(work.principal, Permission.AUDIT_READ)
    newest = (
        select(func.max(AuditEvent.id))
        .where(_here(work), AuditEvent.person_id.is_not(None))
        .group_by(AuditEvent.person_id)
    )
    query = select(AuditEvent.person_id, AuditEvent.actor).where(AuditEvent.id.in_(newest))
    found = work.session.execute(query.order_by(AuditEvent.actor, AuditEvent.person_id))
    return {person_id: actor for person_id, actor in found if person_id is not None}


def _here(work: Work) -> ColumnElement[bool]:
    return AuditEvent.organization_id == work.principal.organization_id
