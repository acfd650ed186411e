"""Tenants for tests: a person, alone in an organization that has a row in every table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session, worker_session
from tests.identity.people import add_brand, add_person, cookie_for

# The work of organizations, none of which is the door's.
WORK = (
    "brands", "accounts", "collections", "posts", "publications", "attempts",
    "media", "campaigns", "recurrences", "post_revisions", "queues", "queue_slots", "queue_places",
    "approval_steps", "approval_rounds", "approval_decisions", "comments",
    "happenings", "notifications", "mailings", "notification_settings", "webhooks", "webhook_deliveries",
    "saved_queries", "readers",
)  # fmt: skip


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
    campaign: UUID = field(default_factory=uuid4)
    queue: UUID = field(default_factory=uuid4)
    round: UUID = field(default_factory=uuid4)
    webhook: UUID = field(default_factory=uuid4)

    @property
    def happening(self) -> int:
        """The number of what happened: the table counts itself, but the rows below have to name it."""
        return self.webhook.int % 2**62

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
    return _work(tenant) | _people(tenant) | _life(tenant) | _told(tenant) | _analysts(tenant)


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


def _life(tenant: MadeTenant) -> dict[str, dict[str, Any]]:
    """When posts go out, who approves them, and what they hold."""
    return {
        "media": {"key": "0" * 64, "mime": "image/png", "size": 1},
        "campaigns": {"id": tenant.campaign, "brand_id": tenant.brand, "name": "x"},
        "recurrences": {
            "id": uuid4(),
            "brand_id": tenant.brand,
            "rule": "FREQ=DAILY",
            "starts_local": "2030-01-01T00:00",
            "account_ids": [tenant.account],
            "content": "{}",
        },
        "post_revisions": {"post_id": tenant.post, "version": 1, "content": "{}"},
        "queues": {"id": tenant.queue, "brand_id": tenant.brand, "name": "x"},
        "queue_slots": {"queue_id": tenant.queue, "weekday": 1, "at": "09:00"},
        "queue_places": {"queue_id": tenant.queue, "post_id": tenant.post, "position": 0},
        "approval_steps": {
            "id": uuid4(),
            "brand_id": tenant.brand,
            "position": 0,
            "name": "x",
            "needs": "any",
        },
        "approval_rounds": {
            "id": tenant.round,
            "post_id": tenant.post,
            "version": 1,
            "steps": "[]",
            "state": "open",
        },
        "approval_decisions": {"round_id": tenant.round, "step": 0, "by_name": "x", "approves": True},
        "approval_links": {
            "token_hash": tenant.round.bytes,
            "round_id": tenant.round,
            "step": 0,
            "email": "client@example.com",
            "expires_at": "2030-01-01T00:00Z",
        },
        "comments": {"id": uuid4(), "post_id": tenant.post, "by_name": "x", "words": "x"},
    }


def _told(tenant: MadeTenant) -> dict[str, dict[str, Any]]:
    """What happened, and who was told."""
    of_person = {"person_id": tenant.person, "happening_id": tenant.happening}
    return {
        "happenings": {"id": tenant.happening, "kind": "post.failed", "brand_id": tenant.brand},
        "notifications": {**of_person, "kind": "post.failed", "title": "x", "words": "x", "link": "/posts"},
        "mailings": of_person,
        "notification_settings": {
            "person_id": tenant.person,
            "kind": "post.failed",
            "in_app": True,
            "by_email": True,
        },
        "webhooks": {
            "id": tenant.webhook,
            "url": "https://example.com",
            "kinds": [],
            "sealed_secret": "sealed",
        },
        "webhook_deliveries": {
            "id": uuid4(),
            "webhook_id": tenant.webhook,
            "happening_id": tenant.happening,
            "body": "{}",
            "state": "waiting",
        },
    }


def _analysts(tenant: MadeTenant) -> dict[str, dict[str, Any]]:
    """What analysts keep, what looks at the mirror for them, and what the gates found."""
    found = {"account_id": tenant.account, "run_id": "run", "found_at": "2026-01-01T00:00Z"}
    return {
        "check_results": {**found, "gate": "raw", "name": "x", "passed": True, "severity": "WARN"},
        "quarantined_batches": {
            **found,
            "network": "x",
            "entity": "posts",
            "observed_hour": "2026-01-01T00:00Z",
            "checks": "[]",
            "answers": 1,
        },
        "saved_queries": {"id": tenant.webhook, "name": "x", "statement": "SELECT 1", "shared": True},
        "readers": {"id": tenant.webhook, "name": "x", "role_name": f"reader_{tenant.webhook.hex[:12]}"},
        "imports": {
            "id": tenant.webhook,
            "brand_id": tenant.brand,
            "kind": "posts",
            "file_name": "x.csv",
            "preset": "canonical",
            "exported_at": "2026-01-01T00:00Z",
            "row_count": 1,
            "left_out": 0,
            "account_count": 1,
            "state": "landed",
            "created_by_name": "x",
        },
    }


def insert(session: Session, table: str, values: dict[str, Any]) -> None:
    """Insert one row as whoever the session is."""
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    numbered = "OVERRIDING SYSTEM VALUE" if table == "happenings" else ""
    session.execute(text(f"INSERT INTO {table} ({names}) {numbered} VALUES ({marks})"), values)


def seen(tenant: Tenant, query: str) -> list[Any]:
    """The first column of what a request bound to the tenant sees."""
    with tenant_session(tenant) as session:
        return list(session.scalars(text(query)))
