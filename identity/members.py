"""The members of an organization: who they are, what they may do, and how they go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from identity.audit import Action, Target, record
from identity.errors import ConflictError, ForbiddenError, NotFoundError
from identity.grants import TOO_MIGHTY, check_grant, told
from identity.models import Membership, MembershipBrand, Organization, Person
from identity.paging import DEFAULT_LIMIT, Page, after, one_more, page
from identity.permissions import Permission, Role, held, may_grant, require
from identity.principal import Principal
from identity.work import Work

LAST_OWNER: Final = "An organization needs an owner. Make another member its owner first."


@dataclass(frozen=True)
class Member:
    """A member as the caller sees them. `since` is aware UTC.

    `brand_ids` None is the whole organization; of a limited member only those brands are named that the
    caller sees. `manageable`: the caller may change or remove them.
    """

    person_id: UUID
    email: str
    name: str
    role: Role
    brand_ids: frozenset[UUID] | None
    since: datetime
    second_factor: bool
    manageable: bool


def listed(work: Work, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[Member]:
    """The members by address. Who is limited to brands sees those who share one, or have the whole.

    Raises:
        ForbiddenError: the caller may not see members.
        InvalidError: the limit or the cursor can't be used.
    """
    require(work.principal, Permission.MEMBERS_READ)
    query = _members(work.principal).order_by(Person.email).limit(one_more(limit))
    if place := after(cursor, str):
        query = query.where(Person.email > place[0])
    rows = work.session.execute(query).all()
    return page(rows, limit, lambda row: _member(work.principal, row), lambda row: [row.email])


def get(work: Work, person_id: UUID) -> Member:
    """One member.

    Raises:
        ForbiddenError: the caller may not see members.
        NotFoundError: there is none that the caller sees.
    """
    require(work.principal, Permission.MEMBERS_READ)
    row = work.session.execute(_members(work.principal).where(Person.id == person_id)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such member.")
    return _member(work.principal, row)


def change(work: Work, person_id: UUID, role: Role, brand_ids: frozenset[UUID] | None) -> None:
    """Give a member another role, for these brands (None: the whole organization).

    Raises:
        ForbiddenError: it is more than the caller holds, or they are mightier than the caller.
        NotFoundError: there is no such member that the caller sees.
        InvalidError: role and brands don't go together, or a brand is none of the organization's.
        ConflictError: they are the last owner.
    """
    require(work.principal, Permission.MEMBERS_MANAGE)
    _lock(work)
    present = _held_by(work, person_id)
    check_grant(work, role, brand_ids)
    if present.role is Role.OWNER and role is not Role.OWNER:
        _keep_an_owner(work.session, person_id)
    if (present.role, present.brand_ids) == (role, brand_ids):
        return
    membership = work.session.get_one(Membership, (person_id, work.principal.organization_id))
    membership.role, membership.limited = role.value, brand_ids is not None
    key = {"organization_id": membership.organization_id, "person_id": person_id}
    work.session.execute(delete(MembershipBrand).filter_by(**key))
    work.session.add_all(MembershipBrand(**key, brand_id=brand_id) for brand_id in brand_ids or ())
    work.session.flush()
    before, now = told(present.role, present.brand_ids), told(role, brand_ids)
    record(work, Action.UPDATED, _target(present), before=before, after=now)


def remove(work: Work, person_id: UUID) -> None:
    """Take a member out of the organization; their keys go with them. For oneself this is `leave`.

    Raises:
        ForbiddenError: they are mightier than the caller.
        NotFoundError: there is no such member that the caller sees.
        ConflictError: they are the last owner.
    """
    if person_id == work.principal.person_id:
        leave(work)
        return
    require(work.principal, Permission.MEMBERS_MANAGE)
    _lock(work)
    _take_out(work, _held_by(work, person_id), Action.REMOVED)


def leave(work: Work) -> None:
    """Leave the organization.

    Raises:
        ForbiddenError: an API key acts; or an owner whom the organization's own provider vouches for.
        NotFoundError: they have left already.
        ConflictError: they are the last owner.
    """
    if work.principal.api_key_id is not None:
        raise ForbiddenError("An API key can't do this. Sign in, and leave in the settings.")
    _lock(work)
    member = _seen(work, work.principal.person_id)
    if member.role is Role.OWNER and work.principal.confined:
        # An administrator can set up a provider that vouches for an owner, and must not get rid of them so.
        raise ForbiddenError("You own this organization. Sign in with your own password to leave it.")
    _take_out(work, member, Action.LEFT)


@dataclass(frozen=True)
class _Held:
    """What a member holds, in full."""

    person_id: UUID
    email: str
    role: Role
    brand_ids: frozenset[UUID] | None


def _lock(work: Work) -> None:
    """One at a time per organization: two owners who leave at once must not both find the other.

    Who was removed, or lost rights, while this waited acts no more.
    """
    caller = work.principal
    mine = Organization.id == caller.organization_id
    work.session.execute(select(Organization.id).where(mine).with_for_update(key_share=True))
    present = _seen(work, caller.person_id)
    now = replace(caller, role=present.role, brand_ids=present.brand_ids)
    if now.brand_ids != caller.brand_ids or not held(caller) <= held(now):
        raise ForbiddenError


def _held_by(work: Work, person_id: UUID) -> _Held:
    """A member that the caller may change: nobody touches a mightier one."""
    found = _seen(work, person_id)
    if not may_grant(work.principal, found.role, found.brand_ids):
        raise ForbiddenError(TOO_MIGHTY)
    return found


def _seen(work: Work, person_id: UUID) -> _Held:
    row = work.session.execute(_members(work.principal).where(Person.id == person_id)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such member.")
    return _held(row)


def _take_out(work: Work, member: _Held, action: Action) -> None:
    if member.role is Role.OWNER:
        _keep_an_owner(work.session, member.person_id)
    key = {"organization_id": work.principal.organization_id, "person_id": member.person_id}
    work.session.execute(delete(Membership).filter_by(**key))
    record(work, action, _target(member), before=told(member.role, member.brand_ids))


def _keep_an_owner(session: Session, leaving: UUID) -> None:
    others = exists().where(Membership.role == Role.OWNER.value, Membership.person_id != leaving)
    if not session.scalar(select(others)):
        raise ConflictError(LAST_OWNER)


def _members(caller: Principal) -> Select[Any]:
    """The organization's members that the caller sees, each with all their brands."""
    brands = (
        select(func.array_agg(MembershipBrand.brand_id))
        .where(_of_membership())
        .correlate(Membership)
        .scalar_subquery()
    )
    return (
        select(
            Person.id,
            Person.email,
            Person.name,
            Person.totp_confirmed_at,
            Membership.role,
            Membership.limited,
            Membership.created_at,
            brands.label("brand_ids"),
        )
        .join(Membership, Membership.person_id == Person.id)
        .where(_visible(caller))
    )


def _visible(caller: Principal) -> ColumnElement[bool]:
    if caller.brand_ids is None:
        return Membership.organization_id == caller.organization_id
    shared = exists().where(_of_membership(), MembershipBrand.brand_id.in_(caller.brand_ids))
    themselves = Membership.person_id == caller.person_id
    return or_(Membership.limited.is_(False), shared.correlate(Membership), themselves)


def _of_membership() -> ColumnElement[bool]:
    return and_(
        MembershipBrand.person_id == Membership.person_id,
        MembershipBrand.organization_id == Membership.organization_id,
    )


def _held(row: Row[Any]) -> _Held:
    brand_ids = frozenset(row.brand_ids or ()) if row.limited else None
    return _Held(row.id, row.email, Role(row.role), brand_ids)


def _member(caller: Principal, row: Row[Any]) -> Member:
    held = _held(row)
    seen = held.brand_ids
    if seen is not None and caller.brand_ids is not None:
        seen &= caller.brand_ids
    return Member(
        person_id=row.id,
        email=row.email,
        name=row.name,
        role=held.role,
        brand_ids=seen,
        since=row.created_at,
        second_factor=row.totp_confirmed_at is not None,
        manageable=may_grant(caller, held.role, held.brand_ids),
    )


def _target(member: _Held) -> Target:
    return Target("member", member.person_id, member.email)
