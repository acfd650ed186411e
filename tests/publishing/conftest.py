"""A tenant with a brand and two accounts, and networks in memory to publish on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from foundation.database import Tenant, tenant_session, worker_session
from foundation.settings import Settings
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.models import Attempt, Publication
from publishing.policy import Policy
from publishing.states import State
from tests.platforms.conftest import sandbox, sandbox_server  # noqa: F401 - fixtures
from tests.publishing.network import MemoryNetwork, MemorySenders

# Seconds where a real installation has minutes, so that tests see what happens after the waiting.
QUICK = Policy(
    lease=timedelta(seconds=5),
    heartbeat=timedelta(seconds=1),
    poll=timedelta(milliseconds=50),
    retry_base=timedelta(milliseconds=50),
    retry_cap=timedelta(milliseconds=200),
    first_look=timedelta(milliseconds=50),
    look_cap=timedelta(milliseconds=100),
    absent_after=timedelta(milliseconds=300),
)


@dataclass(frozen=True)
class Agency:
    """An organization's ids, and shorthands to schedule and to read back."""

    organization_id: UUID
    brand_id: UUID
    facebook: UUID
    x: UUID
    senders: MemorySenders

    def schedule(
        self, words: str = "hello", due_at: datetime | None = None, accounts: Sequence[UUID] | None = None
    ) -> UUID:
        """Schedule on one account (Facebook); returns the publication's id."""
        draft = Draft(self.brand_id, accounts or [self.facebook], words, due_at=due_at)
        with tenant_session(Tenant(self.organization_id)) as session:
            post_id = create_post(session, self.organization_id, draft, senders=self.senders)
            return session.scalars(
                select(Publication.id).where(Publication.post_id == post_id).order_by(Publication.network)
            ).all()[0]

    def shift(self, publication_id: UUID, **values: object) -> None:
        """Change columns of a publication behind the product's back, e.g. to make it old."""
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        with worker_session() as session:
            session.execute(
                text(f"UPDATE publications SET {assignments} WHERE id = :id"),
                {**values, "id": publication_id},
            )


def read(publication_id: UUID) -> Publication:
    with worker_session() as session:
        return session.get_one(Publication, publication_id)


def state_of(publication_id: UUID) -> State:
    return read(publication_id).current


def ledger_of(publication_id: UUID) -> list[tuple[str, str | None]]:
    """Steps and outcomes, in order."""
    with worker_session() as session:
        rows = session.scalars(
            select(Attempt).where(Attempt.publication_id == publication_id).order_by(Attempt.id)
        )
        return [(row.step, row.outcome) for row in rows]


@pytest.fixture
def networks() -> dict[str, MemoryNetwork]:
    return {"facebook": MemoryNetwork(), "x": MemoryNetwork()}


@pytest.fixture
def facebook(networks: dict[str, MemoryNetwork]) -> MemoryNetwork:
    return networks["facebook"]


@pytest.fixture
def tenant(settings: Settings, networks: dict[str, MemoryNetwork]) -> Agency:
    del settings
    return make_tenant(MemorySenders(networks))


def make_tenant(senders: MemorySenders) -> Agency:
    tenant = Agency(uuid4(), uuid4(), uuid4(), uuid4(), senders)
    name = f"Brand {tenant.brand_id.hex[:4]}"
    with worker_session() as session:
        session.execute(
            text("INSERT INTO organizations (id, name) VALUES (:id, 'Org')"), {"id": tenant.organization_id}
        )
        session.execute(
            text(
                "INSERT INTO brands (id, organization_id, name, timezone) "
                "VALUES (:id, :organization, :name, 'Europe/Berlin')"
            ),
            {"id": tenant.brand_id, "organization": tenant.organization_id, "name": name},
        )
        for network, account_id in (("facebook", tenant.facebook), ("x", tenant.x)):
            session.execute(
                text(
                    "INSERT INTO accounts (id, organization_id, brand_id, network, external_id, name, "
                    "access_token) VALUES (:id, :organization, :brand, :network, :network, :name, 'sealed')"
                ),
                {
                    "id": account_id,
                    "organization": tenant.organization_id,
                    "brand": tenant.brand_id,
                    "network": network,
                    "name": f"{name} page",
                },
            )
    return tenant
