"""Signing in: address and password, then the second factor. What it opens comes after (`identity.opening`).

An unknown address and a wrong password give the same answer after the same work. Tries are counted before
they are looked at, so that many at once are no way around the limits.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select

from foundation.settings import Settings, get_settings
from identity import codes, inputs, letters, limits, oneself
from identity.audit import Action
from identity.errors import LinkError, SignInError
from identity.limits import Limit, network_of
from identity.links import Link, Purpose, lock_person, look, make, take
from identity.models import Person
from identity.opaque import digest
from identity.opening import AGAIN, Admitted, proof_of
from identity.passwords import verify_password
from identity.principal import Origin
from identity.work import Door, at_the_door

REFUSED: Final = "That address and password don't belong together."
WRONG_CODE: Final = "This code does not fit, or was used before. Wait for the next one and try again."

# Tries of an address from one network; of one network with any addresses; of an address from anywhere.
PER_ADDRESS_AND_NETWORK: Final = Limit("sign_in", 5, 900)
PER_NETWORK: Final = Limit("sign_in_network", 60, 900)
PER_ADDRESS: Final = Limit("sign_in_address", 30, 900)
# A code has a million values: tries for one sign-in, and for one person.
PER_CHALLENGE: Final = Limit("second_factor_challenge", 5, 300)
PER_PERSON: Final = Limit("second_factor", 10, 3600)


def sign_in(email: str, password: str, origin: Origin, *, settings: Settings | None = None) -> Admitted:
    """Who this is, by address and password; with a second factor, a challenge that is still to be met.

    Raises:
        SignInError: address and password don't belong together.
        TooManyTriesError: there were too many tries.
    """
    settings = settings or get_settings()
    address = inputs.asked_address(email)
    network = network_of(origin.ip)
    limits.count(PER_NETWORK, network, settings)
    limits.count(PER_ADDRESS, address, settings)
    limits.count(PER_ADDRESS_AND_NETWORK, f"{address} {network}", settings)
    with at_the_door(origin, settings=settings) as door:
        person = door.session.scalar(select(Person).where(Person.email == address)) if address else None
    if not verify_password(password, person.password_hash if person else None) or person is None:
        with at_the_door(origin, settings=settings) as door:
            _tell_of_failure(door, person, "password")
        raise SignInError(REFUSED)
    limits.give_back(PER_NETWORK, network, settings)
    limits.give_back(PER_ADDRESS, address, settings)
    limits.forget(PER_ADDRESS_AND_NETWORK, f"{address} {network}", settings)
    return _admitted(person, origin, settings)


def admit(person_id: UUID, origin: Origin, *, settings: Settings | None = None) -> Admitted:
    """Someone for whom the installation's own identity provider vouches, in the place of a password.

    Raises:
        SignInError: they are gone.
    """
    settings = settings or get_settings()
    with at_the_door(origin, settings=settings) as door:
        person = door.session.get(Person, person_id)
    if person is None:
        raise SignInError(AGAIN)
    return _admitted(person, origin, settings)


def pass_second_factor(
    challenge: str, code: str, origin: Origin, *, settings: Settings | None = None
) -> Admitted:
    """Meet the challenge of a sign-in with a code of the authenticator, or a recovery code.

    Raises:
        SignInError: the code is wrong or was used before; or the challenge is over: sign in again.
        TooManyTriesError: there were too many tries.
    """
    settings = settings or get_settings()
    limits.count(PER_CHALLENGE, digest(challenge).hex(), settings)
    with at_the_door(origin, settings=settings) as door:
        person_id = _challenged(door, challenge)
    limits.count(PER_PERSON, str(person_id), settings)
    with at_the_door(origin, settings=settings) as door:
        admitted = _met(door, challenge, code)
    if admitted is None:
        raise SignInError(WRONG_CODE)
    limits.forget(PER_PERSON, str(person_id), settings)
    return admitted


def _admitted(person: Person, origin: Origin, settings: Settings) -> Admitted:
    """The person as admitted, or with a challenge if they have a second factor."""
    proof = proof_of(person)
    if not codes.has_second_factor(person):
        return Admitted(person.id, proof=proof)
    with at_the_door(origin, settings=settings) as door:
        challenge = make(door, Purpose.SECOND_FACTOR, person_id=person.id, details={"proof": proof})
    return Admitted(person.id, challenge, proof=proof)


def _challenged(door: Door, challenge: str) -> UUID:
    try:
        person_id = look(door, Purpose.SECOND_FACTOR, challenge).person_id
    except LinkError:
        person_id = None
    if person_id is None:
        raise SignInError(AGAIN)
    return person_id


def _met(door: Door, challenge: str, code: str) -> Admitted | None:
    """Who has met the challenge; None, which leaves it open, when the code is wrong."""
    person_id = _challenged(door, challenge)
    try:
        person = lock_person(door, person_id)
        kind = codes.accept(door.session, person, code, door.settings)
        if kind is None:
            _tell_of_failure(door, person, "second factor")
            return None
        link: Link = take(door, Purpose.SECOND_FACTOR, challenge)
    except LinkError:
        raise SignInError(AGAIN) from None
    if link.details.get("proof") != proof_of(person):
        raise SignInError(AGAIN)
    if kind is codes.Kind.RECOVERY:
        _tell_of_recovery_code(door, person)
    return Admitted(person.id, proof=proof_of(person))


def _tell_of_recovery_code(door: Door, person: Person) -> None:
    left = codes.recovery_codes_left(door.session, person)
    oneself.tell(
        door, person, Action.RECOVERY_CODE_USED, who=oneself.as_visitor(person), after={"left": left}
    )
    what = f"a recovery code was used, {left} are left"
    letters.send(door, person.email, "second_factor_changed", what=what)


def _tell_of_failure(door: Door, person: Person | None, wrong: str) -> None:
    """Write the failure into the trails of that person's organizations; a stranger's into nobody's.

    What a stranger typed is not written: it may be a password in the wrong box.
    """
    who = person.email if person else "unknown address"
    oneself.tell(door, person, Action.SIGN_IN_FAILED, who=who, after={"wrong": wrong})
