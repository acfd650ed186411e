"""What the installation's administrators do, over all organizations."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, or_, select, tuple_

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.audit import OPERATOR, Action, Target, record_at_door, write
from identity.errors import ConflictError, ForbiddenError, NotFoundError
from identity.models import Membership, Organization
from identity.organizations import opens_one_organization
from identity.paging import DEFAULT_LIMIT, Page, after, one_more, page
from identity.principal import Origin, Visitor
from identity.work import Door, at_the_door

KEPT: Final = timedelta(days=30)  # a deleted organization can be brought back

# A SUPER_ADMIN who is signed in, or whoever is at the installation's command line (`OPERATOR`).
Administrator = Visitor | str


@dataclass(frozen=True)
class InstalledOrganization:
    """An organization. Times are aware UTC; 30 days after `deleted_at` it is removed for good."""

    id: UUID
    name: str
    members: int
    created_at: datetime
    deleted_at: datetime | None


def require_super_admin(who: Administrator) -> None:
    """Go on only for a SUPER_ADMIN who signed in here, or the operator.

    Raises:
        ForbiddenError: they are neither. A key, or someone whom an organization's provider vouched for,
            is not let in either: it opens that organization alone.
    """
    if who == OPERATOR:
        return
    if isinstance(who, str) or not who.super_admin or opens_one_organization(who):
        raise ForbiddenError


def organizations(
    who: Administrator,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    settings: Settings | None = None,
) -> Page[InstalledOrganization]:
    """All organizations by name, the deleted ones too.

    Raises:
        ForbiddenError: the caller administers no installation.
        InvalidError: the limit or the cursor can't be used.
    """
    require_super_admin(who)
    members = (
        select(func.count())
        .where(Membership.organization_id == Organization.id)
        .correlate(Organization)
        .scalar_subquery()
    )
    query = (
        select(
            Organization.id,
            Organization.name,
            members.label("members"),
            Organization.created_at,
            Organization.deleted_at,
        )
        .order_by(Organization.name, Organization.id)
        .limit(one_more(limit))
    )
    if place := after(cursor, str, UUID):
        query = query.where(tuple_(Organization.name, Organization.id) > place)
    with at_the_door(settings=settings) as door:
        rows = door.session.execute(query).all()
    return page(rows, limit, lambda row: InstalledOrganization(*row), lambda row: [row.name, row.id])


def named(who: Administrator, name_or_id: str, settings: Settings | None = None) -> UUID:
    """The id of the organization with this name or id, deleted or not.

    Raises:
        ForbiddenError: the caller administers no installation.
        NotFoundError: there is none.
        ConflictError: several have this name.
    """
    require_super_admin(who)
    matches = [Organization.name == name_or_id]
    with suppress(ValueError):
        matches.append(Organization.id == UUID(name_or_id))
    with at_the_door(settings=settings) as door:
        found = door.session.scalars(select(Organization.id).where(or_(*matches))).all()
    if not found:
        raise NotFoundError(f"There is no organization named {name_or_id}.")
    if len(found) > 1:
        raise ConflictError(f"{len(found)} organizations are named {name_or_id}: give the id.")
    return found[0]


def delete(
    who: Administrator, organization_id: UUID, origin: Origin | None = None, settings: Settings | None = None
) -> None:
    """Delete an organization, as its owner can.

    Raises:
        ForbiddenError: the caller administers no installation.
        NotFoundError: there is none.
        ConflictError: it is deleted already.
    """
    require_super_admin(who)
    with at_the_door(origin, settings=settings) as door:
        organization = _locked(door, organization_id)
        if organization.deleted_at is not None:
            raise ConflictError(f"{organization.name} is deleted already.")
        organization.deleted_at = utc_now()
        door.session.flush()
        _record(door, Action.DELETED, organization, who)


def restore(
    who: Administrator, organization_id: UUID, origin: Origin | None = None, settings: Settings | None = None
) -> None:
    """Bring a deleted organization back. What was to be posted meanwhile is not sent late: it is missed.

    Raises:
        ForbiddenError: the caller administers no installation.
        NotFoundError: there is none, or it was removed for good.
        ConflictError: it is not deleted.
    """
    require_super_admin(who)
    with at_the_door(origin, settings=settings) as door:
        organization = _locked(door, organization_id)
        if organization.deleted_at is None:
            raise ConflictError(f"{organization.name} is not deleted.")
        organization.deleted_at = None
        door.session.flush()
        _record(door, Action.RESTORED, organization, who)


def purge(settings: Settings | None = None, older_than: timedelta = KEPT) -> list[UUID]:
    """Remove for good what was deleted longer ago than this; returns the organizations' ids. May be repeated.

    One transaction for each, so that a failure keeps none of the others. The audit trail stays.
    """
    before = utc_now() - older_than
    with worker_session(settings) as session:
        ids = session.scalars(select(Organization.id).where(Organization.deleted_at <= before)).all()
    return [organization_id for organization_id in ids if _removed(organization_id, before, settings)]


def _removed(organization_id: UUID, before: datetime, settings: Settings | None) -> bool:
    """Remove it, unless it was brought back meanwhile."""
    statement = delete_rows(Organization).where(
        Organization.id == organization_id, Organization.deleted_at <= before
    )
    with worker_session(settings) as session:
        name = session.scalar(statement.returning(Organization.name))
        if name is None:
            return False
        target = Target("organization", organization_id, name)
        write(session, Origin(), OPERATOR, Action.REMOVED, target, organization_id)
        return True


def _locked(door: Door, organization_id: UUID) -> Organization:
    found = door.session.get(Organization, organization_id, with_for_update={"key_share": True})
    if found is None:
        raise NotFoundError("There is no such organization.")
    return found


def _record(door: Door, action: Action, organization: Organization, who: Administrator) -> None:
    target = Target("organization", organization.id, organization.name)
    record_at_door(door, action, target, who=who, organization_id=organization.id)
