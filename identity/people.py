"""The people of the installation, as its operator makes and lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from identity import inputs
from identity.audit import OPERATOR, Action, Target, record_at_door
from identity.errors import ConflictError, NotFoundError
from identity.models import Membership, Person
from identity.organizations import create_at_door
from identity.passwords import hash_password
from identity.work import Door


@dataclass(frozen=True)
class PersonInfo:
    """Someone who can sign in. `since` is aware UTC; `memberships` counts organizations."""

    email: str
    name: str
    super_admin: bool
    second_factor: bool
    memberships: int
    since: datetime


def listed(door: Door) -> list[PersonInfo]:
    """Everyone, by address."""
    memberships = (
        select(func.count()).where(Membership.person_id == Person.id).correlate(Person).scalar_subquery()
    )
    query = select(
        Person.email,
        Person.name,
        Person.super_admin,
        Person.totp_confirmed_at.is_not(None),
        memberships,
        Person.created_at,
    ).order_by(Person.email)
    return [PersonInfo(*row) for row in door.session.execute(query)]


def add(
    door: Door,
    email: str,
    name: str,
    password: str,
    *,
    organization: str | None = None,
    super_admin: bool = False,
) -> UUID:
    """Add someone, whose address the operator answers for; with a new organization that they own, if named.

    Raises:
        InvalidError: an input can't be used.
        ConflictError: someone has this address already.
    """
    address = inputs.address(email)
    values = {
        "id": uuid4(),
        "email": address,
        "name": inputs.name(name, "name"),
        "password_hash": hash_password(inputs.password(password, address)),
        "super_admin": super_admin,
    }
    made = insert(Person).values(**values).on_conflict_do_nothing().returning(Person.id)
    person_id = door.session.scalar(made)
    if person_id is None:
        raise ConflictError(f"{address} is there already.", field="email")
    _record(
        door, Action.CREATED, person_id, address, after={"name": values["name"], "super_admin": super_admin}
    )
    if organization is not None:
        create_at_door(door, person_id, organization, OPERATOR)
    return person_id


def set_super_admin(door: Door, email: str, super_admin: bool) -> None:
    """Make someone a SUPER_ADMIN of the installation, or no longer.

    Raises:
        InvalidError: this is no address.
        NotFoundError: nobody has this address.
    """
    address = inputs.address(email)
    person = door.session.scalar(select(Person).where(Person.email == address).with_for_update())
    if person is None:
        raise NotFoundError(f"Nobody here has the address {address}.")
    if person.super_admin != super_admin:
        person.super_admin = super_admin
        door.session.flush()
        before, after = {"super_admin": not super_admin}, {"super_admin": super_admin}
        _record(door, Action.UPDATED, person.id, address, before=before, after=after)


def _record(
    door: Door,
    action: Action,
    person_id: UUID,
    email: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    target = Target("person", person_id, email)
    record_at_door(door, action, target, who=OPERATOR, organization_id=None, before=before, after=after)
