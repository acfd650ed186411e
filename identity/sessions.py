"""Signing in and out: opaque 256-bit tokens of which only the SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, text
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
    person = _person(email.strip().lower(), settings)
    if not verify_password(password, person.password_hash if person else None) or person is None:
        return None
    with _session(settings) as session:
        _bind(session, "person_id", str(person.id))
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
        found = _valid(session, token)
        if found is None:
            return None
        _bind(session, "person_id", str(found.person_id))
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
        found = _valid(session, token)
        if found is not None:
            _bind(session, "person_id", str(found.person_id))
            found.revoked_at = utc_now()


def _person(email: str, settings: Settings | None) -> Person | None:
    if not _is_storable(email):
        return None
    with _session(settings) as session:
        _bind(session, "sign_in_email", email)
        return session.scalar(select(Person).where(Person.email == email))


def _is_storable(value: str) -> bool:
    """Whether PostgreSQL's text can hold it: UTF-8 without NUL."""
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def _valid(session: Session, token: str) -> SignIn | None:
    digest = _digest(token)
    _bind(session, "token_hash", digest.hex())
    return session.scalar(
        select(SignIn).where(
            SignIn.token_hash == digest, SignIn.revoked_at.is_(None), SignIn.expires_at > utc_now()
        )
    )


def _open(session: Session, person_id: UUID, organization_id: UUID) -> str:
    """A new session's token; the person's sessions that have run out are cleared away."""
    session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.expires_at <= utc_now()))
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
    """A transaction that sees nothing until `_bind` tells it whom it is about."""
    with Session(engine(Role.APP, settings), expire_on_commit=False) as session, session.begin():
        yield session


def _bind(session: Session, name: Literal["sign_in_email", "token_hash", "person_id"], value: str) -> None:
    """Let the transaction see, by row-level security, the rows of this address, token or person.

    Only `person_id` shows memberships and their organizations, and lets sessions be written.
    """
    session.execute(
        text("SELECT set_config('allin.' || :name, :value, true)"), {"name": name, "value": value}
    )
