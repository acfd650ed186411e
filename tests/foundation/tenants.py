"""Tenants for tests: a person, alone in an organization that has a row in every table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import worker_session
from identity.sessions import sign_in
from tests.identity.people import PASSWORD, add_brand, add_person


@dataclass(frozen=True)
class Tenant:
    """Who and what was made; `token` opens the person's session."""

    email: str
    person: UUID
    organization: UUID
    brand: UUID
    account: UUID
    post: UUID
    publication: UUID
    token: str

    @property
    def digest(self) -> bytes:
        """What is stored of the token."""
        return hashlib.sha256(self.token.encode()).digest()


def make_tenant(email: str) -> Tenant:
    """Write it all, and sign the person in."""
    person, organization = add_person(email, organization=email)
    token = sign_in(email, PASSWORD)
    assert token is not None
    tenant = Tenant(email, person, organization, add_brand(organization), uuid4(), uuid4(), uuid4(), token)
    with worker_session() as session:
        for table, values in rows(tenant).items():
            insert(session, table, values)
    return tenant


def rows(tenant: Tenant) -> dict[str, dict[str, Any]]:
    """A row for each tenant table below brands, in the order in which they refer to each other."""
    return {
        "accounts": {
            "id": tenant.account,
            "organization_id": tenant.organization,
            "brand_id": tenant.brand,
            "network": "x",
            "external_id": str(tenant.account),
            "name": "@x",
            "access_token": "sealed",
        },
        "collections": {
            "account_id": tenant.account,
            "organization_id": tenant.organization,
            "entity": "posts",
            "observed_hour": "2026-01-01T00:00Z",
        },
        "posts": {
            "id": tenant.post,
            "organization_id": tenant.organization,
            "brand_id": tenant.brand,
            "text": "x",
        },
        "publications": {
            "id": tenant.publication,
            "organization_id": tenant.organization,
            "post_id": tenant.post,
            "account_id": tenant.account,
            "network": "x",
            "state": "draft",
        },
        "attempts": {
            "organization_id": tenant.organization,
            "publication_id": tenant.publication,
            "step": "submit",
            "owner": "x",
            "started_at": "2026-01-01T00:00Z",
        },
    }


def insert(session: Session, table: str, values: dict[str, Any]) -> None:
    """Insert one row as whoever the session is."""
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)
