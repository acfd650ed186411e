"""An organization that is deleted, or removed for good, while its posts wait or are being sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from foundation.database import utc_now, worker_session
from identity import installation
from identity.audit import OPERATOR
from publishing.claim import LeaseLostError, claim_due, claim_unknown, held
from publishing.due import due_windows, sweep_missed
from publishing.loop import WindowResult
from publishing.publisher import run_window
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, make_tenant, read, state_of
from tests.publishing.network import MemoryNetwork


def delete(agency: Agency) -> None:
    installation.delete(OPERATOR, agency.organization_id)


def restore(agency: Agency) -> None:
    installation.restore(OPERATOR, agency.organization_id)


def remove(agency: Agency) -> None:
    """Deleted long ago, and now removed for good."""
    delete(agency)
    assert installation.purge(older_than=timedelta(0)) == [agency.organization_id]


@pytest.fixture
def other(tenant: Agency) -> Agency:
    """Another organization on the same networks."""
    return make_tenant(tenant.senders)


def publish(agency: Agency, seconds: float = 0.3) -> WindowResult:
    until = utc_now() + timedelta(seconds=seconds)
    return run_window("test", until, senders=agency.senders, policy=QUICK)


def publish_while(
    agency: Agency, network: MemoryNetwork, step: str, happens: Callable[[], None]
) -> WindowResult:
    """Publish, and let something happen once the network is being asked for a step."""
    results: list[WindowResult] = []
    thread = threading.Thread(target=lambda: results.append(publish(agency, 1.0)))
    thread.start()
    deadline = time.monotonic() + 30
    while step not in network.calls and time.monotonic() < deadline:
        time.sleep(0.01)
    happens()
    thread.join(timeout=60)
    return results[0]  # which is missing if the publisher met an error


def test_of_a_deleted_organization_nothing_is_sent_or_looked_for(
    tenant: Agency, other: Agency, facebook: MemoryNetwork
) -> None:
    ours, unknown = tenant.schedule("ours"), tenant.schedule("unknown")
    theirs = other.schedule("theirs")
    now = utc_now()
    tenant.shift(unknown, state="unknown", sent_at=now, not_before=now)
    delete(tenant)
    with worker_session() as session:
        waiting = due_windows(session, 60)
        assert (waiting.scheduled, waiting.unknown) == (1, 0)
        assert claim_unknown(session, "x", utc_now(), limit=9, lease=QUICK.lease) == []
    publish(other)
    assert facebook.texts() == ["theirs"]
    assert "find" not in facebook.calls
    assert [state_of(each) for each in (ours, theirs)] == [State.SCHEDULED, State.PUBLISHED]
    with worker_session() as session:
        assert not due_windows(session, 60)


def test_restored_in_time_its_posts_go_out_and_later_they_are_missed(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    soon, late = tenant.schedule("soon"), tenant.schedule("late")
    delete(tenant)
    tenant.shift(late, due_at=utc_now() - QUICK.missed_after - timedelta(seconds=1))
    restore(tenant)
    with worker_session() as session:
        assert sweep_missed(session, tenant.senders, QUICK) == [State.MISSED]
    publish(tenant)
    assert facebook.texts() == ["soon"]
    assert [state_of(each) for each in (soon, late)] == [State.PUBLISHED, State.MISSED]


def test_what_was_claimed_before_the_deletion_is_not_sent_after_it(tenant: Agency) -> None:
    tenant.schedule()
    with worker_session() as session:
        (claim,) = claim_due(session, "x", utc_now(), limit=1, lease=QUICK.lease)
    delete(tenant)
    with pytest.raises(LeaseLostError), worker_session() as session:
        held(session, claim)
    restore(tenant)
    with worker_session() as session:
        assert held(session, claim).id == claim.publication_id


@pytest.mark.parametrize("end", [delete, remove])
def test_deleted_between_preparing_and_sending_it_is_not_sent(
    tenant: Agency, facebook: MemoryNetwork, end: Callable[[Agency], None]
) -> None:
    publication_id = tenant.schedule(due_at=utc_now() + timedelta(seconds=0.6))
    publish_while(tenant, facebook, "prepare", lambda: end(tenant))
    assert facebook.texts() == []
    if end is delete:
        assert (state_of(publication_id), read(publication_id).sent_at) == (State.SCHEDULED, None)


@pytest.mark.parametrize("step", ["prepare", "submit", "confirm"])
def test_removed_while_a_post_of_it_is_under_way_the_others_go_out(
    tenant: Agency, other: Agency, networks: dict[str, MemoryNetwork], step: str
) -> None:
    ours, theirs = networks["facebook"], networks["x"]
    ours.permalinks = False  # so that it is read back
    ours.prepare_takes_s = ours.submit_takes_s = ours.confirm_takes_s = 0.3
    tenant.schedule("ours")
    public = other.schedule("theirs", due_at=utc_now() + timedelta(seconds=0.6), accounts=[other.x])
    result = publish_while(tenant, ours, step, lambda: remove(tenant))
    assert result.outcomes[State.PUBLISHED] >= 1
    assert theirs.texts() == ["theirs"]
    assert state_of(public) is State.PUBLISHED
    with worker_session() as session:
        assert not due_windows(session, 60)


def test_removed_while_it_is_looked_for(tenant: Agency, facebook: MemoryNetwork) -> None:
    unknown = tenant.schedule()
    now = utc_now()
    tenant.shift(unknown, state="unknown", sent_at=now, not_before=now)
    facebook.find_takes_s = 0.5
    publish_while(tenant, facebook, "find", lambda: remove(tenant))
    with worker_session() as session:
        assert not due_windows(session, 60)


def test_deleted_while_a_post_is_being_sent_its_answer_is_kept(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    publication_id = tenant.schedule()
    facebook.submit_takes_s = 0.5
    publish_while(tenant, facebook, "submit", lambda: delete(tenant))
    assert state_of(publication_id) is State.PUBLISHED
