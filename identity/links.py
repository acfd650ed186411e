"""Links that do one thing, once: confirm an address, choose a new password. Of their tokens digests are kept.

A link of somebody's is taken under a lock on that person, so what two links do to one person happens one
after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from foundation.database import utc_now
from identity.errors import LinkError
from identity.models import OneTimeToken, Person
from identity.opaque import digest, new_token
from identity.work import Door


class Purpose(StrEnum):
    """What a one-time token is for."""

    REGISTER = "register"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - names a purpose
    CHANGE_EMAIL = "change_email"
    SECOND_FACTOR = "second_factor"


LIFETIME: Final = {
    Purpose.REGISTER: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.SECOND_FACTOR: timedelta(minutes=5),
}


@dataclass(frozen=True)
class Link:
    """What was kept with a token. `details` may hold what nobody else should see."""

    email: str | None
    person_id: UUID | None
    details: Mapping[str, Any] = field(repr=False)


def make(
    door: Door,
    purpose: Purpose,
    *,
    email: str | None = None,
    person_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> str:
    """A new token, which lives as long as its purpose allows. What has run out is cleared away."""
    token, now = new_token(), utc_now()
    door.session.add(
        OneTimeToken(
            token_hash=digest(token),
            purpose=purpose.value,
            email=email,
            person_id=person_id,
            details=dict(details or {}),
            expires_at=now + LIFETIME[purpose],
        )
    )
    door.session.flush()
    over = select(OneTimeToken.token_hash).where(OneTimeToken.expires_at <= now)
    hashes = door.session.scalars(over.with_for_update(skip_locked=True)).all()
    door.session.execute(delete(OneTimeToken).where(OneTimeToken.token_hash.in_(hashes)))
    return token


def look(door: Door, purpose: Purpose, token: str) -> Link:
    """What the token stands for, if it still holds; nothing is changed by looking.

    Raises:
        LinkError: it is unknown, used or expired.
    """
    return _link(_found(door, purpose, token))


def take(door: Door, purpose: Purpose, token: str) -> Link:
    """Use the token up; it stays locked, and so does its person, until the transaction ends.

    If the transaction is rolled back, the token has not been used.

    Raises:
        LinkError: it is unknown, used or expired.
    """
    person_id = _found(door, purpose, token).person_id
    if person_id is not None:
        lock_person(door, person_id)
    row = _found(door, purpose, token, lock=True)
    link = _link(row)
    row.used_at, row.details = utc_now(), {}
    door.session.flush()
    return link


def withdraw(door: Door, person_id: UUID, *purposes: Purpose) -> None:
    """End the unused links of a person (without purposes: all of them), who is locked by the caller."""
    query = delete(OneTimeToken).where(OneTimeToken.person_id == person_id, OneTimeToken.used_at.is_(None))
    if purposes:
        query = query.where(OneTimeToken.purpose.in_([purpose.value for purpose in purposes]))
    door.session.execute(query)


def lock_person(door: Door, person_id: UUID) -> Person:
    """The person as they are now, locked against other changes until the transaction ends.

    Raises:
        LinkError: they are gone.
    """
    person = door.session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None:
        raise LinkError
    return person


def _found(door: Door, purpose: Purpose, token: str, *, lock: bool = False) -> OneTimeToken:
    query = (
        select(OneTimeToken)
        .where(OneTimeToken.token_hash == digest(token), OneTimeToken.purpose == purpose.value)
        .execution_options(populate_existing=True)
    )
    row = door.session.scalar(query.with_for_update() if lock else query)
    if row is None or row.used_at is not None or row.expires_at <= utc_now():
        raise LinkError
    return row


def _link(row: OneTimeToken) -> Link:
    return Link(row.email, row.person_id, row.details)
