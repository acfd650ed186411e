"""A first comment on its whole way: composed with its post, sent below it over HTTP, found again there."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from foundation.database import Tenant, tenant_session, utc_now
from foundation.settings import Settings, get_settings
from platforms import accounts, registry
from platforms.message import Kind
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.models import Publication
from publishing.publisher import publish_now, run_window
from publishing.states import State
from tests.platforms.conftest import Sandbox, case_module
from tests.publishing.conftest import QUICK, Agency, ledger_of, read, state_of

# The networks with words alone, and a place for a comment below them.
COMMENTING = [
    key
    for key in registry.NETWORK_KEYS
    if (can := registry.network(key, Settings()).capabilities).comments and can.rule(Kind.TEXT)
]


@pytest.fixture
def installation(tenant: Agency, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose networks are the sandbox."""
    del tenant
    monkeypatch.setenv("ALLIN_SANDBOX_PORT", sandbox.url.rpartition(":")[2])
    get_settings.cache_clear()
    return get_settings()


def scheduled(tenant: Agency, sandbox: Sandbox, key: str, comment: str) -> list[UUID]:
    """The publications of a post that is due now and its comment, in their order."""
    remote = registry.network(key).connect.accounts(sandbox.user_credentials(key))[0]
    with tenant_session(Tenant(tenant.organization_id)) as session:
        account_id = accounts.connect(session, tenant.organization_id, tenant.brand_id, remote)
    words = f"The post above {utc_now().isoformat()}"
    draft = Draft(tenant.brand_id, [account_id], words, first_comment=comment)
    with tenant_session(Tenant(tenant.organization_id)) as session:
        post_id = create_post(session, tenant.organization_id, draft)
        query = select(Publication.id).where(Publication.post_id == post_id).order_by(Publication.part)
        return list(session.scalars(query))


def until_settled(publication_id: UUID) -> None:
    deadline = time.monotonic() + 15
    while state_of(publication_id) in (State.SCHEDULED, State.UNKNOWN):
        assert time.monotonic() < deadline, ledger_of(publication_id)
        run_window("test", utc_now() + timedelta(seconds=0.3), policy=QUICK)


@pytest.mark.parametrize("key", COMMENTING)
@pytest.mark.usefixtures("installation")
def test_a_comment_follows_its_post_and_is_found_after_a_lost_answer(
    tenant: Agency, sandbox: Sandbox, key: str
) -> None:
    comment = f"More below {utc_now().isoformat()}"
    post_id, comment_id = scheduled(tenant, sandbox, key, comment)
    publish_now([comment_id], policy=QUICK)
    assert sandbox.accepted(comment) == [], "not before the post is there"
    publish_now([post_id], policy=QUICK)
    assert state_of(post_id) is State.PUBLISHED
    sandbox.fault(key, case_module(key).COMMENT, "accept_then_drop")
    until_settled(comment_id)
    assert sandbox.hits() == 1
    [accepted] = sandbox.accepted(comment)
    row = read(comment_id)
    assert (row.current, row.external_id) == (State.PUBLISHED, accepted["id"])
    assert (row.permalink or "").startswith("https://")
    below = str(read(post_id).external_id).rpartition(":")[2].rpartition("_")[2]
    assert below in accepted["id"], "a comment's id names what it is below"
