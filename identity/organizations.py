"""Organizations: made, shown, changed and deleted by the people who are in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import select

from foundation.database import utc_now
from foundation.settings import Settings
from identity import changes, inputs
from identity.audit import Action, Target, record, record_at_door
from identity.colours import colour
from identity.errors import ForbiddenError, InvalidError, NotFoundError
from identity.logos import logo
from identity.members import leave
from identity.models import Membership, Organization
from identity.permissions import Permission, Role, require
from identity.principal import Origin, Visitor
from identity.work import Door, Work, at_the_door

__all__ = [
    "MOST_MISSED_AFTER_MINUTES",
    "OrganizationFields",
    "OrganizationInfo",
    "create",
    "create_at_door",
    "current",
    "delete",
    "leave",
    "of",
    "opens_one_organization",
    "update",
]

MOST_MISSED_AFTER_MINUTES: Final = 7 * 24 * 60


@dataclass(frozen=True)
class OrganizationInfo:
    """An organization that someone is a member of, and as what. `limited`: to some of its brands."""

    id: UUID
    name: str
    role: Role
    limited: bool


class OrganizationFields(TypedDict, total=False):
    """What can be changed of an organization. What is left out stays; None takes the logo away.

    A post that can't be sent within `missed_after_minutes` of its time is missed; None: as the installation
    has it.
    """

    name: str
    colour: str
    logo: bytes | None
    missed_after_minutes: int | None


def of(visitor: Visitor, settings: Settings | None = None) -> list[OrganizationInfo]:
    """The organizations that someone can enter, by name; a key or a provider of one's own opens that one."""
    query = (
        select(Organization.id, Organization.name, Membership.role, Membership.limited)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.person_id == visitor.person_id, Organization.deleted_at.is_(None))
        .order_by(Organization.name, Organization.id)
    )
    if opens_one_organization(visitor):
        query = query.where(Organization.id == getattr(visitor, "organization_id", None))
    with at_the_door(settings=settings) as door:
        rows = door.session.execute(query).all()
    return [OrganizationInfo(row.id, row.name, Role(row.role), row.limited) for row in rows]


def create(visitor: Visitor, name: str, origin: Origin, settings: Settings | None = None) -> UUID:
    """A new organization, owned by who makes it. Returns its id.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
        InvalidError: the name can't be used.
    """
    if opens_one_organization(visitor):
        raise ForbiddenError("Sign in with your password to make an organization.")
    with at_the_door(origin, settings=settings) as door:
        return create_at_door(door, visitor.person_id, name, visitor)


def create_at_door(door: Door, owner_id: UUID, name: str, who: Visitor | str) -> UUID:
    """The same in a transaction that is under way; `who` makes it (a visitor, an address, the operator).

    Raises:
        InvalidError: the name can't be used.
    """
    organization = Organization(id=uuid4(), name=inputs.name(name, "name"))
    door.session.add(organization)
    door.session.flush()
    door.session.add(Membership(person_id=owner_id, organization_id=organization.id, role=Role.OWNER.value))
    door.session.flush()
    record_at_door(
        door,
        Action.CREATED,
        _target(organization),
        who=who,
        organization_id=organization.id,
        after={"name": organization.name},
    )
    return organization.id


def current(work: Work) -> Organization:
    """The organization that the caller acts in.

    Raises:
        ForbiddenError: the caller may not see it.
        NotFoundError: it was deleted.
    """
    require(work.principal, Permission.ORGANIZATION_READ)
    return _find(work)


def update(work: Work, **fields: Unpack[OrganizationFields]) -> None:
    """Change what is given of the organization.

    Raises:
        ForbiddenError: the caller may not.
        InvalidError: an input can't be used.
        NotFoundError: it was deleted.
    """
    require(work.principal, Permission.ORGANIZATION_UPDATE)
    values = {field: _CHECKS[field](value) for field, value in fields.items()}
    organization = _find(work, lock=True)
    before, after = changes.apply(organization, values)
    if after:
        work.session.flush()
        record(work, Action.UPDATED, _target(organization), before=before, after=after)


def delete(work: Work, confirm_name: str) -> None:
    """Delete the organization: nobody enters it any more, none of its posts goes out, no network is asked.

    For 30 days the installation's administrator can bring it back; then it is removed for good.

    Raises:
        ForbiddenError: the caller may not.
        InvalidError: `confirm_name` is not its name.
        NotFoundError: it is deleted already.
    """
    require(work.principal, Permission.ORGANIZATION_DELETE)
    organization = _find(work, lock=True)
    if confirm_name.strip() != organization.name:
        raise InvalidError("Type the organization's name exactly as it is shown.", field="confirm_name")
    organization.deleted_at = utc_now()
    work.session.flush()
    record(work, Action.DELETED, _target(organization))


def opens_one_organization(visitor: Visitor) -> bool:
    """Whether they came by an API key or an organization's own provider, which open no other."""
    return visitor.confined or visitor.session_id is None


def _find(work: Work, *, lock: bool = False) -> Organization:
    query = select(Organization).where(
        Organization.id == work.principal.organization_id, Organization.deleted_at.is_(None)
    )
    found = work.session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFoundError("This organization was deleted.")
    return found


def _target(organization: Organization) -> Target:
    return Target("organization", organization.id, organization.name)


def _minutes(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= MOST_MISSED_AFTER_MINUTES:
        raise InvalidError(
            f"Give it 1 to {MOST_MISSED_AFTER_MINUTES} minutes, or none.", field="missed_after_minutes"
        )
    return value


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": lambda value: inputs.name(value, "name"),
    "colour": colour,
    "logo": lambda value: None if value is None else logo(value),
    "missed_after_minutes": _minutes,
}
