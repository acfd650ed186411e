"""What people change of themselves: name, password, address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from foundation.settings import Settings, get_settings
from identity import inputs, letters, limits, oneself
from identity.audit import Action
from identity.errors import InvalidError, LinkError
from identity.limits import Limit
from identity.links import Purpose, lock_person, make, take, withdraw
from identity.models import Person
from identity.opaque import digest
from identity.password_reset import give_password
from identity.passwords import UNUSABLE
from identity.principal import Origin, Visitor
from identity.work import Door, at_the_door

CONFIRM_TRIES: Final = Limit("confirm_address", 10, 3600)  # passwords tried with one link


@dataclass(frozen=True)
class Profile:
    """A person as they see themselves. `since` is aware UTC.

    `has_password`: whom an identity provider brought has none until they ask for a link to choose one.
    """

    person_id: UUID
    email: str
    name: str
    has_password: bool
    second_factor: bool
    since: datetime


def of(visitor: Visitor, settings: Settings | None = None) -> Profile:
    """The visitor's own profile."""
    with at_the_door(settings=settings) as door:
        person = door.session.get_one(Person, visitor.person_id)
        return Profile(
            person_id=person.id,
            email=person.email,
            name=person.name,
            has_password=person.password_hash != UNUSABLE,
            second_factor=person.totp_confirmed_at is not None,
            since=person.created_at,
        )


def rename(visitor: Visitor, name: str, origin: Origin, settings: Settings | None = None) -> None:
    """Take another name.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
        InvalidError: the name can't be used (field `name`).
    """
    oneself.require_oneself(visitor)
    wanted = inputs.name(name, "name")
    with at_the_door(origin, settings=settings) as door:
        person = oneself.locked(door, visitor)
        if person.name != wanted:
            before, person.name = person.name, wanted
            door.session.flush()
            change = {"before": {"name": before}, "after": {"name": wanted}}
            oneself.tell(door, person, Action.UPDATED, who=visitor, **change)


def change_password(
    visitor: Visitor, old: str, new: str, origin: Origin, settings: Settings | None = None
) -> None:
    """Take another password; the person's other sessions and all links they were sent end.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
        InvalidError: `old` is not their password (field `old`), or `new` can't be chosen (field `password`).
        TooManyTriesError: there were too many tries.
    """
    session_id = oneself.require_oneself(visitor)
    settings = settings or get_settings()
    oneself.count_try(visitor, settings)
    with at_the_door(origin, settings=settings) as door:
        person = oneself.locked(door, visitor)
        oneself.check_password(person, old, field="old")
        give_password(door, person, new, who=visitor)
        oneself.end_sessions(door, person.id, keep=session_id)
    oneself.forget_tries(visitor, settings)


def ask_new_address(
    visitor: Visitor, password: str, email: str, origin: Origin, settings: Settings | None = None
) -> None:
    """Send a link to the new address, which becomes the person's when they open it.

    Whether somebody has that address already makes no difference to the answer.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
        InvalidError: the address can't be used, or is theirs already (field `email`); or this is not their
            password (field `password`).
        TooManyTriesError: there were too many tries.
    """
    oneself.require_oneself(visitor)
    settings = settings or get_settings()
    address = inputs.address(email)
    oneself.count_try(visitor, settings)
    may_send = letters.may_ask(origin, address, "an address", settings)
    with at_the_door(origin, settings=settings) as door:
        person = oneself.locked(door, visitor)
        oneself.check_password(person, password)
        if address == person.email:
            raise InvalidError("This is your address already.", field="email")
        if may_send:
            _send_link(door, person, address)
    oneself.forget_tries(visitor, settings)


def confirm_new_address(door: Door, token: str, password: str) -> UUID:
    """Take the address that the link was sent to, once. Returns the person's id.

    The link alone is not enough: nobody gives their account somebody else's address, and waits for them to
    open it. The door's transaction must not have begun.

    Raises:
        LinkError: it is unknown, used or expired, or somebody else has the address by now.
        InvalidError: this is not the account's password (field `password`); the link can be used again.
        TooManyTriesError: too many passwords were tried with it.
    """
    limits.count(CONFIRM_TRIES, digest(token).hex(), door.settings)
    link = take(door, Purpose.CHANGE_EMAIL, token)
    if link.person_id is None or link.email is None:
        raise LinkError
    person = lock_person(door, link.person_id)
    oneself.check_password(person, password)
    before, person.email = person.email, link.email
    try:
        door.session.flush()
    except IntegrityError:
        raise LinkError("This address belongs to another account by now.") from None
    withdraw(door, person.id)
    who = oneself.as_visitor(person)
    change = {"before": {"email": before}, "after": {"email": person.email}}
    oneself.tell(door, person, Action.EMAIL_CHANGED, who=who, **change)
    letters.send(door, before, "address_changed", new=person.email)
    return person.id


def _send_link(door: Door, person: Person, address: str) -> None:
    """The link to the new address; an account that has it is told that somebody tried."""
    withdraw(door, person.id, Purpose.CHANGE_EMAIL)
    if door.session.scalar(select(exists().where(Person.email == address))):
        letters.send_already_registered(door, address)
        return
    token = make(door, Purpose.CHANGE_EMAIL, email=address, person_id=person.id)
    letters.send(door, address, "change_address", link=letters.link(door.settings, "new-address", token))
