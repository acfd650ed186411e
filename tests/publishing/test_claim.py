"""Leases on real PostgreSQL: one holder at a time, fenced, found through the index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Select, text

from foundation.database import Role, Tenant, engine, tenant_session, utc_now, worker_session
from publishing import claim
from publishing.changes import cancel, reschedule
from publishing.claim import (
    Claim,
    Claimable,
    LeaseLostError,
    claim_due,
    due_statement,
    extend,
    held,
    release,
)
from publishing.drafts import Draft
from publishing.due import due_windows, recover_orphans, sweep_missed
from publishing.editing import edit_post
from publishing.states import State
from tests.databases import until_somebody_waits
from tests.publishing.conftest import QUICK, Agency, read, state_of

LEASE = timedelta(seconds=5)


def _claim(owner: str = "one", limit: int = 50, ahead_s: float = 60) -> list[Claim]:
    with worker_session() as session:
        until = utc_now() + timedelta(seconds=ahead_s)
        return claim_due(session, owner, until, limit=limit, lease=LEASE)


def _expire(tenant: Agency, publication_id: UUID) -> None:
    tenant.shift(publication_id, lease_until=utc_now() - timedelta(seconds=1))


def test_a_claim_leaves_it_scheduled_and_shuts_others_out(tenant: Agency) -> None:
    publication_id = tenant.schedule()
    assert [claim.publication_id for claim in _claim("one")] == [publication_id]
    assert state_of(publication_id) is State.SCHEDULED
    assert _claim("two") == []
    _expire(tenant, publication_id)
    assert len(_claim("two")) == 1


def test_two_transactions_at_once_take_different_rows(tenant: Agency) -> None:
    ids = {tenant.schedule(f"post {number}") for number in range(4)}
    until = utc_now() + timedelta(seconds=60)
    with worker_session() as first, worker_session() as second:
        one = claim_due(first, "one", until, limit=2, lease=LEASE)
        two = claim_due(second, "two", until, limit=4, lease=LEASE)  # does not wait for the first
    taken = [claim.publication_id for claim in [*one, *two]]
    assert len(taken) == 4
    assert set(taken) == ids


def test_the_soonest_go_first_and_the_later_stay(tenant: Agency) -> None:
    now = utc_now()
    later = tenant.schedule("later", now + timedelta(seconds=40))
    sooner = tenant.schedule("sooner", now + timedelta(seconds=20))
    tenant.schedule("beyond", now + timedelta(hours=1))
    assert [claim.publication_id for claim in _claim()] == [sooner, later]


def test_a_retry_waits_for_its_time(tenant: Agency) -> None:
    publication_id = tenant.schedule()
    tenant.shift(publication_id, not_before=utc_now() + timedelta(seconds=30))
    assert _claim(ahead_s=10) == []
    (claim,) = _claim(ahead_s=60)
    assert claim.send_at > claim.due_at


@pytest.mark.parametrize("change", ["expire", "cancel", "reschedule", "taken"])
def test_the_fence_holds(tenant: Agency, change: str) -> None:
    publication_id = tenant.schedule()
    (claim,) = _claim()
    with worker_session() as session:
        assert held(session, claim).id == publication_id
    if change in ("expire", "taken"):
        _expire(tenant, publication_id)
    if change == "taken":
        assert len(_claim("one")) == 1  # even by a publisher of the same name
    if change in ("cancel", "reschedule"):
        with tenant_session(Tenant(tenant.organization_id)) as tenants:
            (cancel if change == "cancel" else reschedule)(tenants, publication_id)
    with worker_session() as session, pytest.raises(LeaseLostError):
        held(session, claim)


def test_the_heartbeat_extends_only_what_is_still_ours(tenant: Agency) -> None:
    alive, lapsed = tenant.schedule("alive"), tenant.schedule("lapsed")
    claims = _claim()
    _expire(tenant, lapsed)
    before = read(lapsed).lease_until
    with worker_session() as session:
        extend(session, "one", [claim.publication_id for claim in claims], timedelta(minutes=5))
        extend(session, "two", [alive], timedelta(minutes=50))
    extended = read(alive).lease_until
    assert extended is not None
    assert timedelta(minutes=4) < extended - utc_now() < timedelta(minutes=6)
    assert read(lapsed).lease_until == before


def test_the_heartbeat_waits_for_no_row_that_somebody_holds(tenant: Agency) -> None:
    """An edit locks a post's rows one by one, a heartbeat many at once: in a circle they would die."""
    ids = [tenant.schedule(words) for words in ("one", "two")]
    _claim()
    before = {one: read(one).lease_until for one in ids}
    with worker_session() as other, ThreadPoolExecutor(1) as pool:
        other.execute(text("SELECT FROM publications WHERE id = :id FOR UPDATE"), {"id": ids[0]})
        beat = pool.submit(_beat, ids)
        try:
            beat.result(timeout=5)
        finally:
            other.rollback()  # lets a heartbeat go on that did wait
    assert read(ids[0]).lease_until == before[ids[0]]
    assert read(ids[1]).lease_until != before[ids[1]]


def _beat(ids: list[UUID]) -> None:
    with worker_session() as session:
        extend(session, "one", ids, 2 * LEASE)


def test_a_post_changed_while_it_is_claimed_is_claimed_as_it_is_now(
    tenant: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement sees the post as it was when it began, and its publication as it is when it is locked."""
    publication_id = tenant.schedule("old words", utc_now() + timedelta(seconds=30))
    row, due = read(publication_id), due_statement

    def held_up(until: datetime) -> Select[Claimable]:
        return due(until).where(text("pg_advisory_xact_lock(7)::text = ''"))  # waits once it has its snapshot

    monkeypatch.setattr(claim, "due_statement", held_up)
    with worker_session() as gate, ThreadPoolExecutor(1) as pool:
        gate.execute(text("SELECT pg_advisory_xact_lock(7)"))
        claiming = pool.submit(_claim)
        until_somebody_waits()
        with tenant_session(Tenant(tenant.organization_id)) as session:
            draft = Draft(tenant.brand_id, [tenant.facebook], "new words", due_at=row.due_at)
            edit_post(session, row.post_id, draft, version=1, senders=tenant.senders)
        gate.rollback()
        (found,) = claiming.result(timeout=10)
    assert found.message.text == "new words"


def test_released_claims_are_free_at_once(tenant: Agency) -> None:
    tenant.schedule()
    claims = _claim("one")
    with worker_session() as session:
        release(session, claims)
    assert len(_claim("two")) == 1
    with worker_session() as session:
        release(session, claims)  # an old claim releases nothing
    assert _claim("three") == []


def test_orphans_are_taken_over_by_what_was_sent(tenant: Agency) -> None:
    sent, unsent, alive = (tenant.schedule(words) for words in ("sent", "unsent", "alive"))
    past, future = utc_now() - timedelta(seconds=9), utc_now() + timedelta(seconds=60)
    tenant.shift(sent, state="publishing", sent_at=past, lease_owner="dead", lease_until=past)
    tenant.shift(unsent, state="publishing", lease_owner="dead", lease_until=past)
    tenant.shift(alive, state="publishing", sent_at=past, lease_owner="alive", lease_until=future)
    with worker_session() as session:
        recover_orphans(session, tenant.senders, QUICK)
    assert [state_of(row) for row in (sent, unsent, alive)] == [
        State.UNKNOWN,
        State.SCHEDULED,
        State.PUBLISHING,
    ]
    assert read(sent).not_before is not None


def test_what_is_too_late_is_missed_and_says_so(tenant: Agency) -> None:
    late, held_late, timely = (tenant.schedule(words) for words in ("late", "held", "timely"))
    past = utc_now() - QUICK.missed_after - timedelta(seconds=5)
    tenant.shift(late, due_at=past)
    tenant.shift(held_late, due_at=past, lease_owner="one", lease_until=utc_now() + timedelta(minutes=1))
    with worker_session() as session:
        sweep_missed(session, tenant.senders, QUICK)
    assert [state_of(row) for row in (late, held_late, timely)] == [
        State.MISSED,
        State.SCHEDULED,
        State.SCHEDULED,
    ]
    assert "within 30 minutes" in (read(late).problem or "")
    assert "Try again now" in (read(late).advice or "")


def test_the_sensor_sees_what_nobody_holds(tenant: Agency) -> None:
    with worker_session() as session:
        assert not due_windows(session, 90)
    soon = utc_now() + timedelta(seconds=60)
    scheduled = tenant.schedule("soon", soon)
    tenant.schedule("later", utc_now() + timedelta(hours=1))
    with worker_session() as session:
        assert due_windows(session, 30).scheduled == 0
        work = due_windows(session, 90)
    assert work
    assert (work.scheduled, work.next_at) == (1, soon)
    assert _claim(ahead_s=90)[0].publication_id == scheduled
    with worker_session() as session:
        assert not due_windows(session, 90)
    _expire(tenant, scheduled)
    tenant.shift(scheduled, state="publishing", sent_at=utc_now())
    with worker_session() as session:
        assert due_windows(session, 90).orphaned == 1
    tenant.shift(scheduled, state="unknown", not_before=utc_now())
    with worker_session() as session:
        assert due_windows(session, 90).unknown == 1
    tenant.shift(scheduled, not_before=utc_now() + timedelta(seconds=60))  # no publisher would take it yet
    with worker_session() as session:
        assert not due_windows(session, 90)
    tenant.shift(scheduled, not_before=None)  # a person is asked; looking has ended
    with worker_session() as session:
        assert not due_windows(session, 90)


def test_a_claim_finds_its_rows_through_the_index(tenant: Agency) -> None:
    post = tenant.schedule("template")
    with worker_session() as session:
        session.execute(
            text(
                "WITH made AS (INSERT INTO posts (id, organization_id, brand_id, text) "
                "SELECT gen_random_uuid(), organization_id, brand_id, text "
                "FROM posts, generate_series(1, 5000) RETURNING id) "
                "INSERT INTO publications (id, organization_id, post_id, account_id, network, state, due_at) "
                "SELECT gen_random_uuid(), p.organization_id, made.id, p.account_id, p.network, 'published', "
                "now() - interval '1 day' FROM made, publications p WHERE p.id = :id"
            ),
            {"id": post},
        )
    with engine(Role.OWNER, autocommit=True).connect() as owner:
        owner.execute(text("ANALYZE"))
    with worker_session() as session:
        statement = due_statement(utc_now()).limit(50).compile(session.connection())
        explain = f"EXPLAIN {statement}".replace("%%", "%")
        plan = session.connection().exec_driver_sql(explain, statement.params).scalars().all()
    assert "publications_due" in "\n".join(plan), "\n".join(plan)


def test_an_unknown_id_is_no_claim(tenant: Agency) -> None:
    tenant.schedule()
    with worker_session() as session:
        assert claim_due(session, "one", utc_now(), limit=5, lease=LEASE, only=[uuid4()]) == []
