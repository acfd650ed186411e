"""Signing in and out: opaque 256-bit tokens of which only the SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from foundation.database import Role, engine, utc_now
from foundation.settings import Settings
from identity.models import Membership, Organization, Person, SignIn
from identity.passwords import verify_password
from identity.roles import MemberRole

SESSION_LIFETIME = timedelta(days=14)
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Principal:
    """Who a request acts for, and in which organization."""

    person_id: UUID
    email: str
    organization_id: UUID
    role: MemberRole
    organization_name: str


def sign_in(email: str, password: str, *, settings: Settings | None = None) -> str | None:
    """A new session's token, or None when address and password don't belong together.

    An unknown address and a wrong password give the same answer after the same work. The session opens
    the person's first organization by name; a person without any is refused as well.
    """
    with _session(settings) as session:
        person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if not verify_password(password, person.password_hash if person else None) or person is None:
        return None
    with _session(settings) as session:
        _act_as(session, person.id)
        organization_id = session.scalar(
            select(Membership.organization_id)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Membership.person_id == person.id)
            .order_by(Organization.name, Organization.id)
            .limit(1)
        )
        return _open(session, person.id, organization_id) if organization_id else None


def signed_in(token: str | None, *, settings: Settings | None = None) -> Principal | None:
    """Whose session the token opens, or None when it is unknown, expired, revoked, or the person has left."""
    if not token:
        return None
    with _session(settings) as session:
        found = session.scalar(
            select(SignIn).where(
                SignIn.token_hash == _digest(token),
                SignIn.revoked_at.is_(None),
                SignIn.expires_at > utc_now(),
            )
        )
        if found is None:
            return None
        _act_as(session, found.person_id)
        row = session.execute(
            select(Person.id, Person.email, Membership.organization_id, Membership.role, Organization.name)
            .join(Membership, Membership.person_id == Person.id)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Person.id == found.person_id, Membership.organization_id == found.organization_id)
        ).one_or_none()
    if row is None:
        return None
    return Principal(row[0], row[1], row[2], MemberRole(row[3]), row[4])


def sign_out(token: str | None, *, settings: Settings | None = None) -> None:
    """Revoke the token's session; an unknown token is no error."""
    if not token:
        return
    with _session(settings) as session:
        session.execute(
            update(SignIn)
            .where(SignIn.token_hash == _digest(token), SignIn.revoked_at.is_(None))
            .values(revoked_at=utc_now())
        )


def _open(session: Session, person_id: UUID, organization_id: UUID) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        SignIn(
            token_hash=_digest(token),
            person_id=person_id,
            organization_id=organization_id,
            expires_at=utc_now() + SESSION_LIFETIME,
        )
    )
    return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@contextmanager
def _session(settings: Settings | None) -> Iterator[Session]:
    """A transaction bound to no organization: it sees people and sessions, no tenant's rows."""
    with Session(engine(Role.APP, settings), expire_on_commit=False) as session, session.begin():
        yield session


def _act_as(session: Session, person_id: UUID) -> None:
    """Let the transaction see this person's own memberships and their organizations."""
    session.execute(text("SELECT set_config('allin.person_id', :id, true)"), {"id": str(person_id)})
