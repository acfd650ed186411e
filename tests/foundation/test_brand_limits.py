"""Row-level security within an organization: members limited to brands, and keys limited to accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation.database import Tenant, tenant_session, worker_session
from tests.foundation.tenants import MadeTenant, insert, make_tenant, rows, seen
from tests.identity.acting import new_account
from tests.identity.people import add_brand

pytestmark = pytest.mark.usefixtures("settings")

OF_ACCOUNTS = (
    "accounts", "collections", "posts", "publications", "attempts", "post_revisions", "approval_rounds",
    "approval_decisions", "comments",
)  # fmt: skip
OF_BRANDS = (
    "brands", "campaigns", "recurrences", "queues", "queue_slots", "queue_places", "approval_steps",
    "happenings",
)  # fmt: skip
WORK = OF_ACCOUNTS + OF_BRANDS
WHOLE = ("webhooks", "webhook_deliveries")  # only for who is limited to nothing


@pytest.fixture
def me() -> MadeTenant:
    return make_tenant("owner@example.com")


@pytest.fixture
def other() -> MadeTenant:
    return make_tenant("eve@example.com")


@pytest.fixture
def second(me: MadeTenant) -> dict[str, UUID]:
    """A second brand of the same organization, with an account, a post and its publication."""
    brand = add_brand(me.organization, "Second")
    made = {
        "brand": brand,
        "account": new_account(me.organization, brand),
        "post": uuid4(),
        "publication": uuid4(),
    }
    post, queue, round_id = {"post_id": made["post"]}, uuid4(), uuid4()
    more: dict[str, dict[str, Any]] = {
        "collections": {"account_id": made["account"]},
        "posts": {"id": made["post"], "brand_id": brand},
        "publications": {
            "id": made["publication"],
            "post_id": made["post"],
            "account_id": made["account"],
        },
        "attempts": {"publication_id": made["publication"]},
        "post_revisions": post,
        "campaigns": {"id": uuid4(), "brand_id": brand},
        "recurrences": {"id": uuid4(), "brand_id": brand},
        "queues": {"id": queue, "brand_id": brand},
        "queue_slots": {"queue_id": queue},
        "queue_places": {"queue_id": queue, **post},
        "approval_steps": {"id": uuid4(), "brand_id": brand},
        "approval_rounds": {"id": round_id, **post},
        "approval_decisions": {"round_id": round_id},
        "comments": {"id": uuid4(), **post},
        "happenings": {"id": me.happening + 1, "brand_id": brand},
    }
    own = rows(me)
    with worker_session() as session:
        for table, values in more.items():
            insert(session, table, own[table] | values)
    return made


def work_seen(tenant: Tenant) -> dict[str, int]:
    return {table: seen(tenant, f"SELECT count(*) FROM {table}")[0] for table in WORK}


def test_who_is_limited_to_brands_sees_the_work_of_those_alone(
    me: MadeTenant, second: dict[str, UUID], other: MadeTenant
) -> None:
    limited = Tenant(me.organization, brand_ids=frozenset({me.brand}))
    assert work_seen(limited) == dict.fromkeys(WORK, 1)
    for table, found in (
        ("brands", me.brand),
        ("accounts", me.account),
        ("posts", me.post),
        ("publications", me.publication),
    ):
        assert seen(limited, f"SELECT id FROM {table}") == [found]
    assert work_seen(me.bound) == dict.fromkeys(WORK, 2)
    both = Tenant(me.organization, brand_ids=frozenset({me.brand, second["brand"]}))
    assert work_seen(both) == dict.fromkeys(WORK, 2)
    foreign = Tenant(me.organization, brand_ids=frozenset({other.brand}))
    assert work_seen(foreign) == dict.fromkeys(WORK, 0)


def test_who_is_limited_to_no_brand_sees_no_work_at_all(me: MadeTenant) -> None:
    for nothing in (
        Tenant(me.organization, brand_ids=frozenset()),
        Tenant(me.organization, brand_ids=frozenset(), account_ids=frozenset({me.account})),
    ):
        assert work_seen(nothing) == dict.fromkeys(WORK, 0)
    no_account = Tenant(me.organization, account_ids=frozenset())
    assert work_seen(no_account) == dict.fromkeys(WORK, 0) | dict.fromkeys(OF_BRANDS, 1)


def test_a_key_for_an_account_sees_what_hangs_on_it_alone(me: MadeTenant, second: dict[str, UUID]) -> None:
    key = Tenant(me.organization, account_ids=frozenset({second["account"]}))
    assert work_seen(key) == dict.fromkeys(WORK, 1) | dict.fromkeys(OF_BRANDS, 2)
    assert seen(key, "SELECT id FROM posts") == [second["post"]]
    crossed = Tenant(
        me.organization, brand_ids=frozenset({me.brand}), account_ids=frozenset({second["account"]})
    )
    assert work_seen(crossed) == dict.fromkeys(WORK, 0) | dict.fromkeys(OF_BRANDS, 1)


def test_webhooks_are_for_who_sees_the_whole_organization(me: MadeTenant) -> None:
    for table in WHOLE:
        for limits in ({"brand_ids": frozenset({me.brand})}, {"account_ids": frozenset({me.account})}):
            assert seen(Tenant(me.organization, **limits), f"SELECT count(*) FROM {table}") == [0]
        assert seen(me.bound, f"SELECT count(*) FROM {table}") == [1]


def test_who_is_limited_changes_nothing_of_other_brands(me: MadeTenant, second: dict[str, UUID]) -> None:
    limited = Tenant(me.organization, brand_ids=frozenset({me.brand}))
    for change, mine in (
        ("UPDATE brands SET voice = 'x' RETURNING id", me.brand),
        ("UPDATE accounts SET name = 'x' RETURNING id", me.account),
        ("UPDATE posts SET text = 'x' RETURNING id", me.post),
        ("UPDATE publications SET state = 'cancelled' RETURNING id", me.publication),
    ):
        assert seen(limited, change) == [mine]
    own = rows(me)
    elsewhere: dict[str, dict[str, Any]] = {
        "accounts": {"id": uuid4(), "brand_id": second["brand"], "external_id": "another"},
        "posts": {"id": uuid4(), "brand_id": second["brand"]},
        "collections": {"account_id": second["account"], "entity": "another"},
        "attempts": {"publication_id": second["publication"]},
    }
    for table, values in elsewhere.items():
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            tenant_session(limited) as session,
        ):
            insert(session, table, own[table] | values)
    for moved in ("accounts", "posts"):
        with pytest.raises(ProgrammingError, match="row-level security"), tenant_session(limited) as session:
            session.execute(text(f"UPDATE {moved} SET brand_id = :b"), {"b": second["brand"]})
