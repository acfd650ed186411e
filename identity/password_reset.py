"""Forgotten passwords: a link to the address, and a new password behind it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from identity import inputs, letters
from identity.audit import Action
from identity.errors import LinkError
from identity.links import Purpose, lock_person, make, take, withdraw
from identity.models import Person
from identity.oneself import as_visitor, end_sessions, tell
from identity.passwords import hash_password
from identity.principal import Visitor
from identity.work import Door


def ask(door: Door, email: str) -> None:
    """Send the link to whoever has this address. The answer is the same for all, and takes the same work.

    The door's transaction must not have begun.

    Raises:
        TooManyTriesError: too many e-mails were asked for from the caller's network.
    """
    address = inputs.asked_address(email)
    if not letters.may_ask(door.origin, address, "a password", door.settings):
        return
    person = door.session.scalar(select(Person).where(Person.email == address)) if address else None
    with door.session.begin_nested() as work:
        token = make(door, Purpose.RESET_PASSWORD, person_id=person.id if person else None)
        letters.send(
            door,
            person.email if person else "nobody@example.com",
            "reset_password",
            link=letters.link(door.settings, "reset", token),
            name=person.name if person else "",
        )
        if person is None:
            work.rollback()


def reset(door: Door, token: str, new_password: str) -> UUID:
    """Give the link's person a new password, and end all their sessions and other links. Returns their id.

    Raises:
        LinkError: the link is unknown, used or expired.
        InvalidError: the password can't be chosen; the link can be used again.
    """
    person_id = take(door, Purpose.RESET_PASSWORD, token).person_id
    if person_id is None:
        raise LinkError
    person = lock_person(door, person_id)
    give_password(door, person, new_password)
    end_sessions(door, person.id)
    return person.id


def give_password(door: Door, person: Person, new_password: str, *, who: Visitor | None = None) -> None:
    """Set the password of a person who is locked, end the links they were sent, and tell them.

    Raises:
        InvalidError: the password can't be chosen.
    """
    person.password_hash = hash_password(inputs.password(new_password, person.email))
    door.session.flush()
    withdraw(door, person.id)
    tell(door, person, Action.PASSWORD_CHANGED, who=who or as_visitor(person))
    letters.send(door, person.email, "password_changed", name=person.name)
