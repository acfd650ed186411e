"""Opening sessions for those who have shown who they are: a browser's, or a family of API tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from foundation.database import utc_now
from foundation.settings import Settings
from identity import entering
from identity.audit import Action, Target, record_at_door
from identity.errors import LinkError, SignInError
from identity.links import lock_person
from identity.models import IdentityProvider, Person, SessionToken, SignIn
from identity.oneself import as_visitor
from identity.opaque import digest, new_token
from identity.principal import Origin
from identity.work import Door, at_the_door

COOKIE_LIFETIME: Final = timedelta(days=14)
ACCESS_LIFETIME: Final = timedelta(minutes=15)
REFRESH_LIFETIME: Final = timedelta(days=7)

AGAIN: Final = "Please sign in again."
SHUT: Final = "This organization does not let you in any more. Ask its administrator."


@dataclass(frozen=True)
class Admitted:
    """Someone who has shown who they are, or whom a provider vouches for.

    `needs_second_factor`: not yet; it is the challenge for `pass_second_factor`. With `provider_id`, that
    provider of `organization_id` vouches, and what is opened is confined to the organization. `proof` is a
    digest of the credentials that were shown: should they be changed meanwhile, nothing is opened.
    """

    person_id: UUID
    needs_second_factor: str | None = field(default=None, repr=False)
    organization_id: UUID | None = None
    provider_id: UUID | None = None
    proof: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Tokens:
    """What an API client gets; the access token lives `expires_in` seconds, the refresh token 7 days."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


def open_browser(admitted: Admitted, origin: Origin, *, settings: Settings | None = None) -> str:
    """A new session of a browser; returns the token for its cookie.

    It begins in the first organization by name that the person may enter, or in none.

    Raises:
        SignInError: the second factor is still to be shown, what was shown no longer holds, or the provider
            no longer opens the organization to them.
    """
    with at_the_door(origin, settings=settings) as door:
        session = _open(door, admitted, "browser", COOKIE_LIFETIME)
        return add_token(door, session, "cookie", COOKIE_LIFETIME)


def open_api(admitted: Admitted, origin: Origin, *, settings: Settings | None = None) -> Tokens:
    """A new family of API tokens, in the organization that a browser would begin in.

    Raises:
        SignInError: as of `open_browser`.
    """
    with at_the_door(origin, settings=settings) as door:
        return add_tokens(door, _open(door, admitted, "api", REFRESH_LIFETIME))


def proof_of(person: Person) -> str:
    """A digest of the credentials the person signs in with; another after each change of them."""
    credentials = f"{person.password_hash} {person.totp_confirmed_at}"
    return hashlib.sha256(credentials.encode()).hexdigest()


def add_tokens(door: Door, session: SignIn) -> Tokens:
    """A new pair of tokens for an API session."""
    access = add_token(door, session, "access", ACCESS_LIFETIME)
    refresh = add_token(door, session, "refresh", REFRESH_LIFETIME)
    return Tokens(access, refresh, int(ACCESS_LIFETIME.total_seconds()))


def add_token(
    door: Door, session: SignIn, kind: Literal["cookie", "access", "refresh"], lifetime: timedelta
) -> str:
    """A new token for the session."""
    token = new_token()
    row = SessionToken(
        token_hash=digest(token), session_id=session.id, kind=kind, expires_at=utc_now() + lifetime
    )
    door.session.add(row)
    door.session.flush()
    return token


def _open(door: Door, admitted: Admitted, kind: Literal["browser", "api"], lifetime: timedelta) -> SignIn:
    """A new session; the person's sessions that have run out are cleared away."""
    person = _person(door, admitted)
    now = utc_now()
    door.session.execute(delete(SignIn).where(SignIn.person_id == person.id, SignIn.expires_at <= now))
    session = SignIn(
        id=uuid4(),
        person_id=person.id,
        organization_id=_organization(door, admitted),
        kind=kind,
        provider_id=admitted.provider_id,
        expires_at=now + lifetime,
        ip=door.origin.ip,
        user_agent=door.origin.user_agent and door.origin.user_agent[:400],
    )
    door.session.add(session)
    try:
        door.session.flush()
    except IntegrityError:  # the provider was deleted at this moment
        raise SignInError(SHUT) from None
    who = as_visitor(person, session.id, confined=session.provider_id is not None)
    target = Target("session", session.id, kind)
    record_at_door(
        door,
        Action.SIGNED_IN,
        target,
        who=who,
        organization_id=session.organization_id,
        after=_voucher(door, session),
    )
    return session


def _voucher(door: Door, session: SignIn) -> dict[str, str] | None:
    """Who vouched: whoever set a provider up can be let in as anyone, which the trail must show."""
    if session.provider_id is None:
        return None
    return {"identity_provider": door.session.get_one(IdentityProvider, session.provider_id).name}


def _person(door: Door, admitted: Admitted) -> Person:
    if admitted.needs_second_factor is not None:
        raise SignInError("Enter the code of your second factor first.")
    try:
        person = lock_person(door, admitted.person_id)
    except LinkError:
        raise SignInError(AGAIN) from None
    if admitted.proof not in (None, proof_of(person)):
        raise SignInError(AGAIN)
    return person


def _organization(door: Door, admitted: Admitted) -> UUID | None:
    if admitted.provider_id is None:
        return entering.first_organization(door, admitted.person_id)
    place = admitted.organization_id
    if (
        place is None
        or not entering.provider_opens(door, admitted.provider_id, place)
        or not entering.is_member(door, admitted.person_id, place)
    ):
        raise SignInError(SHUT)
    return place
