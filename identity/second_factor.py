"""The second factor of a person's own sign-in: an authenticator app (TOTP), and recovery codes beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyotp
import segno

from foundation.database import utc_now
from foundation.settings import Settings, get_settings
from identity import codes, letters, limits, oneself
from identity.audit import Action
from identity.errors import ConflictError, InvalidError
from identity.models import Person
from identity.principal import Origin, Visitor
from identity.signing_in import PER_PERSON, WRONG_CODE
from identity.work import Door, at_the_door

ISSUER: Final = "AllIN"
NONE: Final = "You have no second factor."


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs: the secret to type, the same as an address, and as a picture (SVG)."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_svg: str = field(repr=False)


@dataclass(frozen=True)
class State:
    """How things stand; `since` is aware UTC, None without a second factor."""

    since: datetime | None
    recovery_codes_left: int


def state(visitor: Visitor, settings: Settings | None = None) -> State:
    """Whether the person has a second factor.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
    """
    oneself.require_oneself(visitor)
    with at_the_door(settings=settings) as door:
        person = door.session.get_one(Person, visitor.person_id)
        return State(person.totp_confirmed_at, codes.recovery_codes_left(door.session, person))


def begin(visitor: Visitor, settings: Settings | None = None) -> Enrolment:
    """A new secret, which counts for nothing until a code of it is confirmed.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
        ConflictError: they have a second factor; it has to be removed first.
    """
    oneself.require_oneself(visitor)
    with at_the_door(settings=settings) as door:
        person = oneself.locked(door, visitor)
        if codes.has_second_factor(person):
            raise ConflictError("You have a second factor already. Remove it to set up another.")
        secret = pyotp.random_base32()
        person.totp_secret, person.totp_last_step = codes.seal(person, secret, door.settings), None
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return Enrolment(secret, uri, segno.make_qr(uri).svg_inline(scale=4, light="white"))


def confirm(visitor: Visitor, code: str, origin: Origin, settings: Settings | None = None) -> list[str]:
    """Turn the second factor on with a code of the new secret. Returns the recovery codes, this once.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
        ConflictError: none was begun, or it is on already.
        InvalidError: the code is wrong (field `code`).
        TooManyTriesError: there were too many tries.
    """
    settings = _counted(visitor, settings)
    with at_the_door(origin, settings=settings) as door:
        person = oneself.locked(door, visitor)
        if person.totp_secret is None or codes.has_second_factor(person):
            raise ConflictError("Begin to set up a second factor first.")
        if not codes.accept_totp(person, code, settings):
            raise InvalidError(WRONG_CODE, field="code")
        person.totp_confirmed_at = utc_now()
        door.session.flush()
        given = codes.new_recovery_codes(door.session, person)
        oneself.tell(door, person, Action.SECOND_FACTOR_ADDED, who=visitor)
        _send(door, person, "a second factor was added")
    _forgotten(visitor, settings)
    return given


def remove(
    visitor: Visitor, password: str, code: str, origin: Origin, settings: Settings | None = None
) -> None:
    """Turn the second factor off, with the password and a code of either kind.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
        ConflictError: there is none.
        InvalidError: password or code is wrong (fields `password`, `code`).
        TooManyTriesError: there were too many tries.
    """
    settings = _counted(visitor, settings)
    with at_the_door(origin, settings=settings) as door:
        person = _checked(door, visitor, password, code)
        person.totp_secret = person.totp_confirmed_at = person.totp_last_step = None
        codes.forget_recovery_codes(door.session, person)
        oneself.tell(door, person, Action.SECOND_FACTOR_REMOVED, who=visitor)
        _send(door, person, "the second factor was removed")
    _forgotten(visitor, settings)


def new_recovery_codes(
    visitor: Visitor, password: str, code: str, origin: Origin, settings: Settings | None = None
) -> list[str]:
    """New recovery codes in the place of all before them, shown this once.

    Raises:
        As of `remove`.
    """
    settings = _counted(visitor, settings)
    with at_the_door(origin, settings=settings) as door:
        person = _checked(door, visitor, password, code)
        given = codes.new_recovery_codes(door.session, person)
        oneself.tell(door, person, Action.UPDATED, who=visitor, after={"second_factor": "new recovery codes"})
        _send(door, person, "new recovery codes were made")
    _forgotten(visitor, settings)
    return given


def _counted(visitor: Visitor, settings: Settings | None) -> Settings:
    """Count a try, of the same limit as codes at the sign-in."""
    oneself.require_oneself(visitor)
    settings = settings or get_settings()
    limits.count(PER_PERSON, str(visitor.person_id), settings)
    return settings


def _forgotten(visitor: Visitor, settings: Settings) -> None:
    limits.forget(PER_PERSON, str(visitor.person_id), settings)


def _checked(door: Door, visitor: Visitor, password: str, code: str) -> Person:
    """The person, locked, who has shown password and code."""
    person = oneself.locked(door, visitor)
    if not codes.has_second_factor(person):
        raise ConflictError(NONE)
    oneself.check_password(person, password)
    if codes.accept(door.session, person, code, door.settings) is None:
        raise InvalidError(WRONG_CODE, field="code")
    return person


def _send(door: Door, person: Person, what: str) -> None:
    letters.send(door, person.email, "second_factor_changed", what=what)
