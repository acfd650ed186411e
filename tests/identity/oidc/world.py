"""People, organizations and providers for the tests of signing in by OpenID, written as by the operator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from foundation import keyring
from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.models import (
    AuditEvent,
    IdentityProvider,
    Invitation,
    Membership,
    Organization,
    Person,
    ProviderIdentity,
)
from identity.oidc.provider import secret_context
from identity.passwords import UNUSABLE
from identity.permissions import Role


def organization(name: str = "Lindenhof") -> UUID:
    """An organization without anybody in it."""
    organization_id = uuid4()
    with worker_session() as session:
        session.add(Organization(id=organization_id, name=name))
    return organization_id


def person(email: str, *memberships: UUID, role: Role = Role.MEMBER, super_admin: bool = False) -> UUID:
    """Someone with these memberships."""
    person_id = uuid4()
    with worker_session() as session:
        session.add(Person(id=person_id, email=email, password_hash=UNUSABLE, super_admin=super_admin))
        session.flush()
        session.add_all(
            Membership(
                person_id=person_id, organization_id=found, role=role.value, limited=role is Role.CLIENT
            )
            for found in memberships
        )
    return person_id


def provider(settings: Settings, organization_id: UUID, realm: str = "lindenhof", **values: Any) -> UUID:
    """The organization's provider: a realm of the sandbox's."""
    provider_id = uuid4()
    secret = keyring.load(settings).encrypt("sandbox-oidc-secret", secret_context(provider_id))
    row = {
        "name": f"{realm} ID",
        "issuer": f"{settings.sandbox_url}/oidc/{realm}",
        "client_id": "allin",
        "client_secret": secret,
        **values,
    }
    with worker_session() as session:
        session.add(IdentityProvider(id=provider_id, organization_id=organization_id, **row))
    return provider_id


def invitation(email: str, organization_id: UUID, *, days: float = 7, **values: Any) -> None:
    """An invitation that lasts some days from now."""
    expires_at = utc_now() + timedelta(days=days)
    row = {"role": "MEMBER", "token_hash": uuid4().bytes, "expires_at": expires_at, **values}
    with worker_session() as session:
        session.add(Invitation(organization_id=organization_id, email=email, **row))


def change(model: type[Any], key: Any, **values: Any) -> None:
    """Change a row."""
    with worker_session() as session:
        row = session.get_one(model, key)
        for name, value in values.items():
            setattr(row, name, value)


def remove(model: type[Any], key: Any) -> None:
    """Delete a row."""
    with worker_session() as session:
        session.delete(session.get_one(model, key))


def people() -> dict[str, UUID]:
    """Everybody, by address."""
    with worker_session() as session:
        return {found.email: found.id for found in session.scalars(select(Person))}


def identities() -> list[tuple[UUID, UUID | None]]:
    """Who is known at which provider."""
    query = select(ProviderIdentity.person_id, ProviderIdentity.provider_id)
    with worker_session() as session:
        return [(row[0], row[1]) for row in session.execute(query)]


def trail() -> list[tuple[str, str, UUID | None]]:
    """What the audit trail tells: action, kind of target, organization."""
    query = select(AuditEvent.action, AuditEvent.target_type, AuditEvent.organization_id)
    with worker_session() as session:
        return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(AuditEvent.id))]
