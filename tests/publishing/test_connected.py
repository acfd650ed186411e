"""The whole way with the real connectors: composed, sent over HTTP to the sandbox, and found again there."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings, get_settings
from platforms import accounts, registry
from platforms.message import Kind
from publishing.changes import DraftError
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.models import Publication
from publishing.publisher import publish_now, run_window
from publishing.states import State
from tests.platforms.conftest import Sandbox, case_module
from tests.publishing.conftest import QUICK, Agency, ledger_of, read, state_of

# The networks that take words alone, which is all that can be composed so far.
WORDS = [
    key for key in registry.NETWORK_KEYS if registry.network(key, Settings()).capabilities.rule(Kind.TEXT)
]


@pytest.fixture
def installation(tenant: Agency, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose networks are the sandbox."""
    del tenant
    monkeypatch.setenv("ALLIN_SANDBOX_PORT", sandbox.url.rpartition(":")[2])
    get_settings.cache_clear()
    return get_settings()


def _connect(tenant: Agency, sandbox: Sandbox, key: str) -> UUID:
    remote = registry.network(key).connect.accounts(sandbox.user_credentials(key))[0]
    with tenant_session(Tenant(tenant.organization_id)) as session:
        return accounts.connect(session, tenant.organization_id, tenant.brand_id, remote)


def _schedule(tenant: Agency, account_id: UUID, words: str) -> UUID:
    draft = Draft(tenant.brand_id, [account_id], words)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        post_id = create_post(session, tenant.organization_id, draft)
        return session.scalars(select(Publication.id).where(Publication.post_id == post_id)).one()


@pytest.mark.parametrize("key", WORDS)
@pytest.mark.usefixtures("installation")
def test_a_post_goes_out(tenant: Agency, sandbox: Sandbox, key: str) -> None:
    words = f"Plain {key} {utc_now().isoformat()}"
    publication_id = _schedule(tenant, _connect(tenant, sandbox, key), words)
    publish_now([publication_id], policy=QUICK)
    row = read(publication_id)
    (accepted,) = sandbox.accepted(words)
    assert (row.current, row.external_id) == (State.PUBLISHED, accepted["id"])
    assert (row.permalink or "").startswith("https://")
    assert row.published_at is not None
    assert abs(row.published_at - utc_now()) < timedelta(seconds=30)


@pytest.mark.parametrize("key", WORDS)
@pytest.mark.usefixtures("installation")
def test_a_lost_answer_is_reconciled_without_a_second_post(
    tenant: Agency, sandbox: Sandbox, key: str
) -> None:
    words = f"Dropped {key} {utc_now().isoformat()}"
    publication_id = _schedule(tenant, _connect(tenant, sandbox, key), words)
    sandbox.fault(key, case_module(key).SUBMIT, "accept_then_drop")
    publish_now([publication_id], policy=QUICK)
    assert state_of(publication_id) is State.UNKNOWN
    deadline = time.monotonic() + 15
    while state_of(publication_id) is State.UNKNOWN:
        assert time.monotonic() < deadline, ledger_of(publication_id)
        run_window("test", utc_now() + timedelta(seconds=0.3), policy=QUICK)
    (accepted,) = sandbox.accepted(words)
    assert (state_of(publication_id), read(publication_id).external_id) == (State.PUBLISHED, accepted["id"])


@pytest.mark.parametrize("key", WORDS)
@pytest.mark.usefixtures("installation")
def test_a_disconnected_account_fails_the_post_with_a_way_out(
    tenant: Agency, sandbox: Sandbox, key: str
) -> None:
    account_id = _connect(tenant, sandbox, key)
    publication_id = _schedule(tenant, account_id, "Never seen")
    with worker_session() as session:
        session.execute(
            text("UPDATE accounts SET status = 'disconnected' WHERE id = :id"), {"id": account_id}
        )
    publish_now([publication_id], policy=QUICK)
    assert state_of(publication_id) is State.FAILED
    assert "again, then choose" in (read(publication_id).advice or "")
    assert sandbox.accepted("Never seen") == []


@pytest.mark.usefixtures("installation")
def test_the_composer_hears_the_networks_limits(tenant: Agency, sandbox: Sandbox) -> None:
    account_id = _connect(tenant, sandbox, "x")
    with pytest.raises(DraftError, match=r"\(X\): .*280"):
        _schedule(tenant, account_id, "x" * 281)
