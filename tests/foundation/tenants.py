"""Tenants for tests: a person, alone in an organization that has a row in every table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session, worker_session
from tests.identity.people import add_brand, add_person, cookie_for

# The work of organizations, all of which hangs on their brands.
WORK = ("brands", "accounts", "collections", "posts", "publications", "attempts")


@dataclass(frozen=True)
class MadeTenant:
    """Who and what was made; `token` opens the person's session."""

    email: str
    person: UUID
    organization: UUID
    brand: UUID
    token: str
    account: UUID = field(default_factory=uuid4)
    post: UUID = field(default_factory=uuid4)
    publication: UUID = field(default_factory=uuid4)
    invitation: UUID = field(default_factory=uuid4)
    provider: UUID = field(default_factory=uuid4)
    key: UUID = field(default_factory=uuid4)
    connection: UUID = field(default_factory=uuid4)

    @property
    def bound(self) -> Tenant:
        """What their requests are bound to."""
        return Tenant(self.organization)


def make_tenant(email: str) -> MadeTenant:
    """Write it all, and sign the person in."""
    person, organization = add_person(email, organization=email)
    token = cookie_for(email)
    tenant = MadeTenant(email, person, organization, add_brand(organization), token)
    with worker_session() as session:
        for table, values in rows(tenant).items():
            insert(session, table, values)
    return tenant


def rows(tenant: MadeTenant) -> dict[str, dict[str, Any]]:
    """A row for each tenant table below brands, in the order in which they refer to each other."""
    return {
        table: {"organization_id": tenant.organization, **values} for table, values in _rows(tenant).items()
    }


def _rows(tenant: MadeTenant) -> dict[str, dict[str, Any]]:
    return _work(tenant) | _people(tenant)


def _work(tenant: MadeTenant) -> dict[str, dict[str, Any]]:
    return {
        "accounts": {
            "id": tenant.account,
            "brand_id": tenant.brand,
            "network": "x",
            "external_id": str(tenant.account),
            "name": "@x",
            "access_token": "sealed",
        },
        "collections": {
            "account_id": tenant.account,
            "entity": "posts",
            "observed_hour": "2026-01-01T00:00Z",
        },
        "posts": {"id": tenant.post, "brand_id": tenant.brand, "text": "x"},
        "publications": {
            "id": tenant.publication,
            "post_id": tenant.post,
            "account_id": tenant.account,
            "network": "x",
            "state": "draft",
        },
        "attempts": {
            "publication_id": tenant.publication,
            "step": "submit",
            "owner": "x",
            "started_at": "2026-01-01T00:00Z",
        },
    }


def _people(tenant: MadeTenant) -> dict[str, dict[str, Any]]:
    return {
        "membership_brands": {"person_id": tenant.person, "brand_id": tenant.brand},
        "identity_providers": {
            "id": tenant.provider,
            "name": "Works",
            "issuer": "https://id.example.com",
            "client_id": "x",
            "client_secret": "sealed",
        },
        "identities": {
            "id": uuid4(),
            "person_id": tenant.person,
            "provider_id": tenant.provider,
            "issuer": "https://id.example.com",
            "subject": "x",
        },
        "invitations": {
            "id": tenant.invitation,
            "email": "guest@example.com",
            "role": "VIEWER",
            "limited": True,
            "token_hash": tenant.invitation.bytes,
            "expires_at": "2030-01-01T00:00Z",
            "provider_id": tenant.provider,
        },
        "invitation_brands": {"invitation_id": tenant.invitation, "brand_id": tenant.brand},
        "api_keys": {
            "id": tenant.key,
            "person_id": tenant.person,
            "name": "x",
            "prefix": "allin_x",
            "key_hash": tenant.key.bytes,
            "scopes": ["posts:read"],
        },
        "connections": {
            "id": tenant.connection,
            "brand_id": tenant.brand,
            "person_id": tenant.person,
            "network": "x",
            "state_hash": tenant.connection.bytes,
            "sealed": "sealed",
            "expires_at": "2030-01-01T00:00Z",
        },
        "api_key_accounts": {"api_key_id": tenant.key, "account_id": tenant.account},
        "audit_events": {"actor": tenant.email, "action": "created", "target_type": "brand"},
        "emails": {"id": uuid4(), "to_address": "guest@example.com", "template": "invitation"},
    }


def insert(session: Session, table: str, values: dict[str, Any]) -> None:
    """Insert one row as whoever the session is."""
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def seen(tenant: Tenant, query: str) -> list[Any]:
    """The first column of what a request bound to the tenant sees."""
    with tenant_session(tenant) as session:
        return list(session.scalars(text(query)))
