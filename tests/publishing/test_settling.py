"""A network may take a post, work on it for a while, and then publish it or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from foundation.database import utc_now, worker_session
from platforms.contract import Published
from platforms.errors import RateLimited, Rejected, TemporarilyRejected
from publishing.due import due_windows
from publishing.policy import Policy
from publishing.publisher import publish_now, run_window
from publishing.settling import ask_again_at
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, ledger_of, read
from tests.publishing.network import MemoryNetwork

NOW = utc_now()


def take(tenant: Agency, facebook: MemoryNetwork) -> tuple[MemoryNetwork, object]:
    facebook.settled = False
    publication_id = tenant.schedule("a video")
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert read(publication_id).confirm_at is not None
    tenant.shift(publication_id, confirm_at=utc_now() - timedelta(seconds=1))
    return facebook, publication_id


def ask(tenant: Agency) -> None:
    run_window("test", utc_now() + timedelta(seconds=0.2), senders=tenant.senders, policy=QUICK)


def test_it_is_asked_for_until_the_network_has_made_up_its_mind(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    publication_id = take(tenant, facebook)[1]
    with worker_session() as session:
        assert due_windows(session, 1).unsettled == 1
    ask(tenant)
    row = read(publication_id)  # type: ignore[arg-type]
    assert row.current is State.PUBLISHED
    assert row.confirm_at is not None
    assert row.confirm_at > utc_now()
    facebook.settled = True
    tenant.shift(row.id, confirm_at=utc_now() - timedelta(seconds=1))
    ask(tenant)
    assert read(row.id).confirm_at is None
    assert [outcome for step, outcome in ledger_of(row.id) if step == "confirm"] == [
        "not_settled",
        "published",
    ]


def test_what_its_review_refuses_fails_with_the_reason_days_later(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    publication_id = take(tenant, facebook)[1]
    tenant.shift(publication_id, sent_at=utc_now() - timedelta(days=3))  # type: ignore[arg-type]
    facebook.faults["confirm"].append(Rejected("it breaks the rules on music"))
    ask(tenant)
    row = read(publication_id)  # type: ignore[arg-type]
    assert row.current is State.FAILED
    assert "then did not publish it: it breaks the rules on music" in (row.problem or "")
    with worker_session() as session:
        told = session.execute(text("SELECT kind FROM happenings ORDER BY id")).scalars().all()
    assert told == ["post.published", "post.failed"]
    assert len(facebook.accepted) == 1


def test_a_network_that_does_not_know_it_yet_has_not_refused_it(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    """What was just taken may be missing for a while: it is asked for again."""
    publication_id = take(tenant, facebook)[1]
    facebook.faults["confirm"].append(Rejected("there is no such video"))
    policy = replace(QUICK, absent_after=timedelta(minutes=1))
    run_window("test", utc_now() + timedelta(seconds=0.2), senders=tenant.senders, policy=policy)
    row = read(publication_id)  # type: ignore[arg-type]
    assert row.current is State.PUBLISHED
    assert row.confirm_at is not None


def test_a_network_that_does_not_answer_changes_nothing(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = take(tenant, facebook)[1]
    facebook.faults["confirm"].append(TemporarilyRejected("down"))
    ask(tenant)
    row = read(publication_id)  # type: ignore[arg-type]
    assert row.current is State.PUBLISHED
    assert row.confirm_at is not None


@pytest.mark.parametrize(
    ("answer", "since_sent", "expected"),
    [
        (Published("1", None, None), timedelta(seconds=5), None),
        (Published("1", None, None, settled=False), timedelta(minutes=2), timedelta(minutes=1)),
        (Published("1", None, None, settled=False), timedelta(days=2), timedelta(hours=6)),
        (Published("1", None, None, settled=False), timedelta(days=15), None),
        (TemporarilyRejected("down"), timedelta(minutes=2), timedelta(minutes=1)),
        (RateLimited("wait", until=NOW + timedelta(hours=2)), timedelta(minutes=2), timedelta(hours=2)),
    ],
)
def test_when_it_is_asked_again(
    answer: Published | Exception, since_sent: timedelta, expected: timedelta | None
) -> None:
    found = ask_again_at(answer, NOW - since_sent, NOW, Policy())
    assert found == (NOW + expected if expected is not None else None)


def test_an_organization_s_own_limit_of_lateness(tenant: Agency, facebook: MemoryNetwork) -> None:
    with worker_session() as session:
        session.execute(text("UPDATE organizations SET missed_after_minutes = 5"))
    late, later = tenant.schedule("in time"), tenant.schedule("too late")
    tenant.shift(late, due_at=utc_now() - timedelta(minutes=4))
    tenant.shift(later, due_at=utc_now() - timedelta(minutes=6))
    policy = replace(QUICK, missed_after=timedelta(hours=1))
    run_window("test", utc_now() + timedelta(seconds=0.3), senders=tenant.senders, policy=policy)
    assert (read(late).current, read(later).current) == (State.PUBLISHED, State.MISSED)
    assert "within 5 minutes" in (read(later).problem or "")
    assert facebook.texts() == ["in time"]
