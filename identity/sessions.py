"""Sessions of people: who is signed in, and how that ends. The one place to import them from.

A session is a browser's, or a family of API tokens. Its tokens are opaque and 256 bits long; only their
SHA-256 is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from foundation.database import utc_now
from foundation.settings import Settings
from identity import entering
from identity.audit import Action, Target, record_at_door
from identity.errors import ForbiddenError, NotFoundError
from identity.models import Organization, Person, SessionToken, SignIn
from identity.oneself import as_visitor, end_sessions, locked, require_oneself, tell
from identity.opaque import digest
from identity.opening import (
    ACCESS_LIFETIME,
    COOKIE_LIFETIME,
    REFRESH_LIFETIME,
    Admitted,
    Tokens,
    open_api,
    open_browser,
)
from identity.principal import Origin, Visitor
from identity.resolving import authenticate, signed_in
from identity.signing_in import admit, pass_second_factor, sign_in
from identity.tokens import refresh
from identity.work import Door, at_the_door

__all__ = [
    "ACCESS_LIFETIME",
    "COOKIE_LIFETIME",
    "REFRESH_LIFETIME",
    "Admitted",
    "SessionInfo",
    "Tokens",
    "admit",
    "authenticate",
    "end_session",
    "enter",
    "open_api",
    "open_browser",
    "pass_second_factor",
    "refresh",
    "sessions_of",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "signed_in",
]


@dataclass(frozen=True)
class SessionInfo:
    """A session as its person sees it. Times are aware UTC; `last_seen_at` is right to the minute.

    `kind` is "browser" or "api"; `current`: the one that asks.
    """

    id: UUID
    kind: str
    organization: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str | None
    user_agent: str | None
    current: bool


def sign_out(token: str | None, origin: Origin | None = None, *, settings: Settings | None = None) -> None:
    """End the session of a cookie, an access or a refresh token; an unknown one is no error."""
    if not token:
        return
    with at_the_door(origin, settings=settings) as door:
        query = (
            select(SignIn.id, Person)
            .join(SessionToken, SessionToken.session_id == SignIn.id)
            .join(Person, Person.id == SignIn.person_id)
            .where(SessionToken.token_hash == digest(token), SessionToken.expires_at > utc_now())
        )
        row = door.session.execute(query).one_or_none()
        if row is not None:
            session_id, person = row
            _end(door, person, SignIn.id == session_id)


def sign_out_everywhere(
    visitor: Visitor, origin: Origin, keep_session: bool = False, *, settings: Settings | None = None
) -> None:
    """End all of the person's sessions, or all but the one that asks. API keys stay.

    Raises:
        ForbiddenError: an API key acts, or an organization's own provider vouched for them.
    """
    session_id = require_oneself(visitor)
    with at_the_door(origin, settings=settings) as door:
        person = locked(door, visitor)
        end_sessions(door, person.id, keep=session_id if keep_session else None)
        tell(door, person, Action.SIGNED_OUT_EVERYWHERE, who=visitor)


def sessions_of(visitor: Visitor, *, settings: Settings | None = None) -> list[SessionInfo]:
    """The person's sessions that are open, the last used first; of a confined one only itself.

    Raises:
        ForbiddenError: an API key acts.
    """
    query = (
        select(SignIn, Organization.name)
        .outerjoin(Organization, Organization.id == SignIn.organization_id)
        .where(*_seen(visitor))
        .order_by(SignIn.last_seen_at.desc(), SignIn.id)
    )
    with at_the_door(settings=settings) as door:
        rows = door.session.execute(query).all()
    return [_info(visitor, session, organization) for session, organization in rows]


def end_session(
    visitor: Visitor, session_id: UUID, origin: Origin, *, settings: Settings | None = None
) -> None:
    """End one of the person's sessions; it may be the one that asks.

    Raises:
        ForbiddenError: an API key acts.
        NotFoundError: there is no such session that is open.
    """
    with at_the_door(origin, settings=settings) as door:
        person = locked(door, visitor)
        if not _end(door, person, SignIn.id == session_id, *_seen(visitor)):
            raise NotFoundError("There is no such session, or it has ended.")


def enter(
    visitor: Visitor, organization_id: UUID, origin: Origin, *, settings: Settings | None = None
) -> None:
    """Go to another of one's organizations: from the next request on the session acts there.

    Raises:
        ForbiddenError: an API key acts, an organization's own provider vouched for them, or the organization
            lets its members in by its own provider alone.
        NotFoundError: they are no member of it.
    """
    session_id = require_oneself(visitor)
    with at_the_door(origin, settings=settings) as door:
        if not entering.is_member(door, visitor.person_id, organization_id):
            raise NotFoundError("There is no such organization that you are a member of.")
        if not entering.may_enter(door, visitor.person_id, organization_id):
            raise ForbiddenError("This organization asks you to sign in with its identity provider.")
        session = update(SignIn).where(SignIn.id == session_id, SignIn.revoked_at.is_(None))
        door.session.execute(session.values(organization_id=organization_id))
        target = Target("session", session_id)
        record_at_door(door, Action.SIGNED_IN, target, who=visitor, organization_id=organization_id)


def _end(door: Door, person: Person, *which: ColumnElement[bool]) -> bool:
    """End one session, if it is open."""
    ended = (
        update(SignIn)
        .where(*which, SignIn.revoked_at.is_(None))
        .values(revoked_at=utc_now())
        .returning(SignIn.id, SignIn.kind, SignIn.organization_id, SignIn.provider_id)
    )
    row = door.session.execute(ended).one_or_none()
    if row is None:
        return False
    who = as_visitor(person, row.id, confined=row.provider_id is not None)
    target = Target("session", row.id, row.kind)
    record_at_door(door, Action.SIGNED_OUT, target, who=who, organization_id=row.organization_id)
    return True


def _seen(visitor: Visitor) -> tuple[ColumnElement[bool], ...]:
    """The open sessions that the visitor may know of: who is confined has no business with the others."""
    if visitor.session_id is None:
        raise ForbiddenError("An API key can't do this. Sign in to see your sessions.")
    own = SignIn.person_id == visitor.person_id, SignIn.revoked_at.is_(None), SignIn.expires_at > utc_now()
    return (*own, SignIn.id == visitor.session_id) if visitor.confined else own


def _info(visitor: Visitor, session: SignIn, organization: str | None) -> SessionInfo:
    return SessionInfo(
        id=session.id,
        kind=session.kind,
        organization=organization,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        ip=session.ip,
        user_agent=session.user_agent,
        current=session.id == visitor.session_id,
    )
