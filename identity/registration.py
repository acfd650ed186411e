"""Making an account: an address is proven by the link that is sent there, and by the password chosen before.

The link alone is not enough, so nobody can prepare an account for somebody else's address and wait for them
to open the link.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from foundation.settings import Settings
from identity import inputs, letters, limits
from identity.audit import Action, Target, record_at_door
from identity.errors import ForbiddenError, LinkError, SignInError
from identity.limits import Limit
from identity.links import Link, Purpose, look, make, take
from identity.models import OneTimeToken, Person
from identity.oneself import as_visitor
from identity.opaque import digest
from identity.organizations import create_at_door
from identity.passwords import hash_password, verify_password
from identity.work import Door

CONFIRM_TRIES: Final = Limit("confirm", 10, 3600)  # passwords tried with one link


def register(door: Door, email: str, name: str, password: str, organization: str | None = None) -> None:
    """Send the link that makes an account; with `organization`, one of that name which they own.

    Whether the address has an account makes no difference to the answer: its owner gets another e-mail then.
    The door's transaction must not have begun.

    Raises:
        ForbiddenError: registration is closed.
        InvalidError: an input can't be used (fields `email`, `name`, `password`, `organization`).
        TooManyTriesError: too many e-mails were asked for from the caller's network.
    """
    _require_open(door.settings)
    address = inputs.address(email)
    chosen = inputs.password(password, address)
    details = {"name": inputs.name(name, "name"), "organization": _organization(organization)}
    if not letters.may_ask(door.origin, address, "an account", door.settings):
        return
    details["password_hash"] = hash_password(chosen)  # it takes a while, so the limit comes first
    if door.session.scalar(select(exists().where(Person.email == address))):
        letters.send_already_registered(door, address)
        return
    token = make(door, Purpose.REGISTER, email=address, details=details)
    link = letters.link(door.settings, "confirm", token)
    letters.send(door, address, "verify_address", link=link, name=details["name"] or "")


def confirm(door: Door, token: str, password: str) -> UUID:
    """Make the account, once, with the link and the password that was chosen. Returns the person's id.

    The door's transaction must not have begun.

    Raises:
        ForbiddenError: registration was closed meanwhile.
        LinkError: the link is unknown, used or expired, or the address has an account by now.
        SignInError: this is not the password; the link can be used again.
        TooManyTriesError: too many passwords were tried with it.
    """
    _require_open(door.settings)
    limits.count(CONFIRM_TRIES, digest(token).hex(), door.settings)
    chosen = look(door, Purpose.REGISTER, token).details["password_hash"]
    if not verify_password(password, chosen):
        raise SignInError("This is not the password that was chosen for this account.")
    link = take(door, Purpose.REGISTER, token)
    person = _make(door, link)
    waiting = OneTimeToken.email == person.email, OneTimeToken.purpose == Purpose.REGISTER.value
    door.session.execute(delete(OneTimeToken).where(*waiting, OneTimeToken.used_at.is_(None)))
    who = as_visitor(person)
    target = Target("person", person.id, person.email)
    record_at_door(door, Action.CREATED, target, who=who, organization_id=None, after={"name": person.name})
    if link.details["organization"] is not None:
        create_at_door(door, person.id, link.details["organization"], who)
    return person.id


def _require_open(settings: Settings) -> None:
    if settings.registration == "closed":
        raise ForbiddenError("Accounts here are made by invitation. Ask an administrator to invite you.")


def _organization(name: str | None) -> str | None:
    """The name of the organization to make; left empty, there is none."""
    return inputs.name(name, "organization") if name is not None and name.strip() else None


def _make(door: Door, link: Link) -> Person:
    """The new person, unless the address got an account meanwhile."""
    values = {
        "id": uuid4(),
        "email": link.email,
        "name": link.details["name"],
        "password_hash": link.details["password_hash"],
    }
    made = insert(Person).values(**values).on_conflict_do_nothing().returning(Person)
    person = door.session.scalar(made)
    if person is None:
        raise LinkError("This address has an account already. Sign in to it.")
    return person
