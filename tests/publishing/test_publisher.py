"""The publisher's loop: on time, in parallel, alone with each post, and clean when stopped."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from foundation.database import Tenant, tenant_session, utc_now
from foundation.postgres import PostgresError
from publishing import loop
from publishing.changes import cancel
from publishing.claim import extend
from publishing.publisher import WindowResult, publish_now, run_window
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, ledger_of, read, state_of
from tests.publishing.network import MemoryNetwork


def _run(tenant: Agency, seconds: float, stop: threading.Event | None = None) -> WindowResult:
    until = utc_now() + timedelta(seconds=seconds)
    return run_window("test", until, senders=tenant.senders, policy=QUICK, stop=stop)


def _in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.02)


def test_each_post_goes_out_at_its_second(tenant: Agency, facebook: MemoryNetwork) -> None:
    start = utc_now()
    due = {f"post {n}": start + timedelta(seconds=1.5 + n * 0.25) for n in range(4)}
    for words, due_at in due.items():
        tenant.schedule(words, due_at)
    result = _run(tenant, 3.0)
    lateness = [(post.at - due[post.text]).total_seconds() for post in facebook.accepted]
    assert len(lateness) == 4
    assert all(0 <= seconds < 0.8 for seconds in lateness), lateness
    assert result.max_lateness_s is not None
    assert 0 <= result.max_lateness_s < 0.8


def test_a_post_scheduled_while_it_runs_is_seen(tenant: Agency, facebook: MemoryNetwork) -> None:
    window = _in_thread(lambda: _run(tenant, 1.5))
    time.sleep(0.4)
    tenant.schedule("just now")
    window.join()
    assert facebook.texts() == ["just now"]


def test_a_publisher_that_begins_after_its_window_does_what_is_due(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    due, unknown = tenant.schedule("due"), tenant.schedule("lost")
    later = tenant.schedule("later", utc_now() + timedelta(minutes=5))
    tenant.shift(unknown, state="unknown", sent_at=utc_now(), not_before=utc_now())
    _run(tenant, -60)
    assert facebook.texts() == ["due"]
    assert state_of(due) is State.PUBLISHED
    assert ledger_of(unknown) == [("find", "absent")]
    assert read(later).lease_owner is None


def test_what_is_due_after_the_window_stays_free(tenant: Agency) -> None:
    publication_id = tenant.schedule("later", utc_now() + timedelta(minutes=5))
    result = _run(tenant, 0.3)
    assert (result.outcomes, result.max_lateness_s) == (Counter(), None)
    assert read(publication_id).lease_owner is None


def test_a_slow_network_delays_only_itself(tenant: Agency, networks: dict[str, MemoryNetwork]) -> None:
    networks["facebook"].submit_takes_s = networks["facebook"].prepare_takes_s = 1.5
    due_at = utc_now() + timedelta(seconds=1.5)
    for number in range(20):  # more than its lanes hold
        tenant.schedule(f"slow {number}", due_at, [tenant.facebook])
    tenant.schedule("fast", due_at, [tenant.x])
    _run(tenant, 2.0)
    (fast,) = networks["x"].accepted
    assert (fast.at - due_at).total_seconds() < 1.0
    assert len(networks["facebook"].accepted) == 20  # what was due is finished after the window's end


def test_a_network_that_hangs_leaves_the_others_room(
    tenant: Agency, networks: dict[str, MemoryNetwork]
) -> None:
    """However much of it is due: one publisher holds only so much."""
    networks["facebook"].prepare_takes_s = 0.8
    now = utc_now()
    for number in range(8):
        tenant.schedule(f"{number}", now + timedelta(seconds=0.2))
    other = tenant.schedule("quick", now + timedelta(seconds=0.5), [tenant.x])
    policy = replace(QUICK, batch=2, hold_at_most=8, workers=2)
    run_window("test", utc_now() + timedelta(seconds=0.6), senders=tenant.senders, policy=policy)
    (accepted,) = networks["x"].accepted
    assert accepted.at - (read(other).due_at or now) < timedelta(seconds=0.3)


def test_a_heartbeat_that_misses_the_database_beats_on(
    tenant: Agency, facebook: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = iter([PostgresError("it is being started"), None, None, None, None])

    def beat(*arguments: Any) -> None:
        if (fault := next(beats)) is not None:
            raise fault
        extend(*arguments)

    monkeypatch.setattr(loop, "extend", beat)
    facebook.submit_takes_s = 0.9
    publication_id = tenant.schedule()
    policy = replace(QUICK, heartbeat=timedelta(seconds=0.2), lease=timedelta(seconds=0.6))
    publish_now([publication_id], senders=tenant.senders, policy=policy)
    assert state_of(publication_id) is State.PUBLISHED
    assert len(list(beats)) < 3


def test_reading_back_what_is_public_delays_no_other_post(tenant: Agency, facebook: MemoryNetwork) -> None:
    facebook.permalinks, facebook.confirm_takes_s = False, 1.0
    due_at = utc_now() + timedelta(seconds=1.0)
    ids = [tenant.schedule(f"post {number}", due_at) for number in range(3)]
    until = utc_now() + timedelta(seconds=1.5)
    run_window("test", until, senders=tenant.senders, policy=replace(QUICK, workers=1))
    assert max(post.at - due_at for post in facebook.accepted) < timedelta(seconds=0.8)
    assert all(read(publication_id).permalink for publication_id in ids)  # the window's end waited for it


def test_a_long_preparation_starts_early_enough(tenant: Agency, facebook: MemoryNetwork) -> None:
    facebook.prepare_takes_s = 1.0
    due_at = utc_now() + timedelta(seconds=2.0)
    tenant.schedule("with a video", due_at)
    _run(tenant, 2.5)
    assert 0 <= (facebook.accepted[0].at - due_at).total_seconds() < 0.8


def test_a_claimed_post_can_be_cancelled_until_its_second(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule("oops", utc_now() + timedelta(seconds=2.0))
    window = _in_thread(lambda: _run(tenant, 2.5))
    _wait_until(lambda: ("prepare", "prepared") in ledger_of(publication_id))
    with tenant_session(Tenant(tenant.organization_id)) as session:
        cancel(session, publication_id)
    window.join()
    assert state_of(publication_id) is State.CANCELLED
    assert facebook.accepted == []


def test_a_stop_gives_back_what_is_unsent_and_finishes_what_is_under_way(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    facebook.submit_takes_s = 0.8
    now, later = tenant.schedule("now"), tenant.schedule("later", utc_now() + timedelta(seconds=30))
    stop, results = threading.Event(), list[WindowResult]()
    window = _in_thread(lambda: results.append(_run(tenant, 60, stop)))
    _wait_until(lambda: state_of(now) is State.PUBLISHING)
    _wait_until(lambda: ("prepare", "prepared") in ledger_of(later))
    stop.set()
    window.join()
    assert results[0].released == 1
    assert (state_of(now), state_of(later)) == (State.PUBLISHED, State.SCHEDULED)
    assert (read(later).lease_owner, read(later).sent_at) == (None, None)


def test_the_heartbeat_keeps_a_lease_through_a_long_wait(tenant: Agency, facebook: MemoryNetwork) -> None:
    short = replace(QUICK, lease=timedelta(seconds=1), heartbeat=timedelta(seconds=0.2))
    publication_id = tenant.schedule("patient", utc_now() + timedelta(seconds=2.5))
    run_window("test", utc_now() + timedelta(seconds=3), senders=tenant.senders, policy=short)
    assert facebook.texts() == ["patient"]
    assert ledger_of(publication_id) == [("prepare", "prepared"), ("submit", "published")]  # claimed once


def test_two_publishers_at_once_never_take_the_same_post(tenant: Agency, facebook: MemoryNetwork) -> None:
    ids = [tenant.schedule(f"post {number}") for number in range(200)]
    small = replace(QUICK, batch=7)
    until = utc_now() + timedelta(seconds=2)
    results: list[WindowResult] = []

    def work() -> None:
        results.append(run_window("same name", until, senders=tenant.senders, policy=small))

    threads = [_in_thread(work) for _ in range(2)]
    for thread in threads:
        thread.join()
    assert Counter(facebook.texts()) == {f"post {number}": 1 for number in range(200)}
    shares = [result.outcomes[State.PUBLISHED] for result in results]
    assert sum(shares) == 200
    assert min(shares) > 0
    assert {state_of(publication_id) for publication_id in ids} == {State.PUBLISHED}


def test_publish_now_and_a_window_together_send_once(tenant: Agency, facebook: MemoryNetwork) -> None:
    window = _in_thread(lambda: _run(tenant, 1.5))
    for number in range(10):
        publish_now([tenant.schedule(f"post {number}")], senders=tenant.senders, policy=QUICK)
    window.join()
    assert Counter(facebook.texts()) == {f"post {number}": 1 for number in range(10)}


def test_publish_now_leaves_the_others_alone(tenant: Agency, facebook: MemoryNetwork) -> None:
    wanted, other = tenant.schedule("wanted"), tenant.schedule("other")
    began = time.monotonic()
    publish_now([wanted], senders=tenant.senders, policy=QUICK)
    assert time.monotonic() - began < 2
    assert facebook.texts() == ["wanted"]
    assert state_of(other) is State.SCHEDULED


def test_what_falls_due_in_a_moment_is_sent_at_its_second(tenant: Agency, facebook: MemoryNetwork) -> None:
    due_at = utc_now() + timedelta(seconds=1.5)
    soon = tenant.schedule("soon", due_at=due_at)
    publish_now([soon], until=due_at, senders=tenant.senders, policy=QUICK)
    assert facebook.texts() == ["soon"]
    assert utc_now() >= due_at
    sent_at = read(soon).sent_at
    assert sent_at is not None
    assert timedelta(0) <= sent_at - due_at < timedelta(seconds=2)


def test_an_error_of_our_own_is_raised_at_the_end_and_the_post_is_safe(
    tenant: Agency, facebook: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication_id = tenant.schedule("hello")

    def broken(network: str) -> str:
        raise LookupError(network)

    facebook.drop_answers = 1
    monkeypatch.setattr(tenant.senders, "label", broken)
    with pytest.raises(ExceptionGroup, match="publishing met errors"):
        publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    row = read(publication_id)
    assert (row.current, row.sent_at is not None) == (State.PUBLISHING, True)  # unknown once the lease ends
