"""Unknown posts are looked for and never sent again blindly."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text, update

from foundation.database import utc_now, worker_session
from platforms import errors
from platforms.contract import Finding, Published
from publishing.models import Publication
from publishing.policy import Policy
from publishing.publisher import publish_now, run_window
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, ledger_of, read, state_of
from tests.publishing.network import Accepted, MemoryNetwork


def _window(tenant: Agency, seconds: float = 1.0, policy: Policy = QUICK) -> None:
    run_window("test", utc_now() + timedelta(seconds=seconds), senders=tenant.senders, policy=policy)


def _until(tenant: Agency, publication_id: UUID, state: State, policy: Policy = QUICK) -> None:
    """Windows one after the other until the state is reached."""
    deadline = time.monotonic() + 15
    while state_of(publication_id) is not state:
        assert time.monotonic() < deadline, f"still {state_of(publication_id)}: {ledger_of(publication_id)}"
        _window(tenant, 0.3, policy)


def _unknown(tenant: Agency, facebook: MemoryNetwork) -> UUID:
    """A publication whose first sending was not answered."""
    publication_id = tenant.schedule("hello")
    facebook.faults["submit"].append(errors.Ambiguous("no answer"))
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert state_of(publication_id) is State.UNKNOWN
    return publication_id


def test_an_accepted_post_whose_answer_was_lost_is_found(tenant: Agency, facebook: MemoryNetwork) -> None:
    facebook.drop_answers = 1
    publication_id = tenant.schedule("hello")
    _until(tenant, publication_id, State.PUBLISHED)
    row = read(publication_id)
    assert row.current is State.PUBLISHED
    assert row.external_id == facebook.accepted[0].external_id
    assert (row.problem, row.advice) == (None, None)
    assert ledger_of(publication_id) == [
        ("prepare", "prepared"),
        ("submit", "ambiguous"),
        ("find", "found"),
    ]
    assert facebook.texts() == ["hello"]


def test_absence_counts_only_after_the_grace_and_a_second_look(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    publication_id = _unknown(tenant, facebook)
    _until(tenant, publication_id, State.PUBLISHED)
    assert facebook.texts() == ["hello"]
    steps = ledger_of(publication_id)
    looks = steps[2 : steps.index(("prepare", "prepared"), 1)]
    assert len(looks) >= 2
    assert set(looks) == {("find", "absent")}


def test_before_the_grace_is_over_absence_proves_nothing(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    patient = Policy(poll=QUICK.poll, first_look=QUICK.first_look, look_cap=QUICK.look_cap)
    _window(tenant, 1.0, patient)
    assert state_of(publication_id) is State.UNKNOWN
    assert ledger_of(publication_id).count(("find", "absent")) >= 3
    assert facebook.accepted == []


def test_one_look_is_not_enough(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    once = Policy(poll=QUICK.poll, absent_after=timedelta(0), look_cap=timedelta(hours=1))
    tenant.shift(publication_id, not_before=utc_now())
    _window(tenant, 0.5, once)
    assert ledger_of(publication_id).count(("find", "absent")) == 1
    assert state_of(publication_id) is State.UNKNOWN


def test_a_person_is_asked_only_when_looking_cannot_tell(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    assert "AllIN is looking" in (read(publication_id).advice or "")
    facebook.findings.extend([Finding.CANNOT_TELL] * 100)
    _window(tenant)
    row = read(publication_id)
    assert row.current is State.UNKNOWN
    assert "answer here whether the post is public" in (row.advice or "")
    assert row.not_before is not None  # it goes on looking meanwhile
    assert facebook.accepted == []
    assert len([step for step, _ in ledger_of(publication_id) if step == "find"]) > 2
    with worker_session() as session:
        assert session.scalars(text("SELECT kind FROM happenings")).all() == ["post.unknown"]  # asked once


def test_looking_ends_one_day_and_leaves_it_to_the_person(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    facebook.findings.extend([Finding.CANNOT_TELL] * 100)
    _window(
        tenant, 0.5, Policy(poll=QUICK.poll, stop_looking_after=timedelta(0), first_look=QUICK.first_look)
    )
    assert state_of(publication_id) is State.UNKNOWN
    assert read(publication_id).not_before is None


@pytest.mark.parametrize(
    "error", [errors.TemporarilyRejected("down"), errors.Ambiguous("slow"), KeyError("k")]
)
def test_a_look_that_fails_is_repeated(tenant: Agency, facebook: MemoryNetwork, error: Exception) -> None:
    facebook.drop_answers = 1
    facebook.faults["find"].append(error)
    publication_id = tenant.schedule("hello")
    _until(tenant, publication_id, State.PUBLISHED)
    assert len(facebook.accepted) == 1


def test_where_looks_go_on_failing_a_person_is_asked(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    facebook.faults["find"] += [errors.TemporarilyRejected("down")] * 100
    _window(tenant, 0.3)
    assert not read(publication_id).asks_person
    _window(tenant, 0.3, replace(QUICK, ask_after=timedelta(0)))
    row = read(publication_id)
    assert (row.current, row.asks_person) == (State.UNKNOWN, True)
    assert row.not_before is not None, "it is looked for nevertheless"


def test_a_dead_token_while_looking_says_reconnect(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    tenant.senders.account_fault = errors.NeedsReconnect("dead")
    _window(tenant, 0.5)
    assert state_of(publication_id) is State.UNKNOWN
    assert "Reconnect" in (read(publication_id).advice or "")


def test_a_duplicate_is_looked_for_from_the_first_sending(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    # It was accepted after all, but the network's list did not show it in time.
    at = read(publication_id).sent_at
    assert at is not None
    facebook.findings.extend([Finding.ABSENT] * 2)
    facebook.accepted.append(Accepted(str(tenant.facebook), "hello", at, "first"))
    facebook.faults["submit"].append(errors.Duplicate("already there"))
    one_sure_look = Policy(
        poll=QUICK.poll, first_look=QUICK.first_look, look_cap=QUICK.look_cap, absent_after=timedelta(0)
    )
    _until(tenant, publication_id, State.PUBLISHED, one_sure_look)
    row = read(publication_id)
    assert (row.current, row.external_id) == (State.PUBLISHED, "first")
    assert ("submit", "duplicate") in ledger_of(publication_id)


def test_a_duplicate_that_is_not_found_is_never_sent_again(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    facebook.faults["submit"].append(errors.Duplicate("already there"))
    _window(tenant, 2.0)
    row = read(publication_id)
    assert row.current is State.UNKNOWN
    assert "says it already has" in (row.problem or "")
    assert "answer here" in (row.advice or "")
    assert row.asks_person
    assert facebook.calls.count("submit") == 2
    assert ledger_of(publication_id).count(("submit", "duplicate")) == 1


def test_another_post_with_the_same_words_is_not_taken_for_this_one(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    first = tenant.schedule("hello")
    publish_now([first], senders=tenant.senders, policy=QUICK)
    second = _unknown(tenant, facebook)
    _window(tenant, 0.5)
    row = read(second)
    assert row.current is State.UNKNOWN
    assert row.external_id is None
    assert "answer here" in (row.advice or "")


def test_of_two_posts_with_the_same_words_one_is_found_and_a_person_is_asked_for_the_other(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    """Both lost their answers, one is live, and both find it before either has said so."""
    first, second = (_unknown(tenant, facebook) for _ in range(2))
    facebook.accepted.append(Accepted(str(tenant.facebook), "hello", utc_now(), "live"))
    window = threading.Thread(target=_window, args=(tenant, 0.8, Policy(poll=QUICK.poll)))
    with worker_session() as session:  # another publisher, about to commit what it found for the first
        found = {"state": "published", "external_id": "live", "not_before": None}
        session.execute(update(Publication).where(Publication.id == first).values(found))
        tenant.shift(second, not_before=utc_now())
        window.start()
        time.sleep(0.6)
        assert facebook.calls[-1] == "find"
    window.join()
    row = read(second)
    assert (row.current, row.external_id, row.asks_person) == (State.UNKNOWN, None, True)
    assert "answer here" in (row.advice or "")
    assert ledger_of(second)[-1] == ("find", "cannot_tell")


def test_looks_that_hang_keep_no_post_and_no_other_look_waiting(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    facebook.find_takes_s = 2.0
    lost = [tenant.schedule(f"lost {number}") for number in range(8)]
    for publication_id in lost:
        tenant.shift(publication_id, state="unknown", sent_at=utc_now(), not_before=utc_now())
    few = replace(QUICK, looks=2, hold_at_most=3)
    began = time.monotonic()
    window = threading.Thread(target=_window, args=(tenant, 0.5, few))
    window.start()
    time.sleep(0.2)
    due = [tenant.schedule(f"due {number}") for number in range(6)]  # more than it holds at a time
    _until_all(due, State.PUBLISHED, began + 1.8)
    time.sleep(max(0.0, began + 1.0 - time.monotonic()))
    late = tenant.schedule("due after the window")  # which a look keeps open
    _until_all([late], State.PUBLISHED, began + 1.8)
    window.join()
    assert time.monotonic() - began < 3.5  # one round of looks
    assert facebook.calls.count("find") == 2
    assert sum(ledger_of(publication_id) == [] for publication_id in lost) == 6
    assert {read(publication_id).lease_owner for publication_id in lost} == {None}


def _until_all(ids: list[UUID], state: State, deadline: float) -> None:
    while {state_of(publication_id) for publication_id in ids} != {state}:
        assert time.monotonic() < deadline, [state_of(publication_id) for publication_id in ids]
        time.sleep(0.02)


def test_what_is_surely_absent_too_late_is_missed_not_sent(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = _unknown(tenant, facebook)
    tenant.shift(publication_id, due_at=utc_now() - QUICK.missed_after)
    _until(tenant, publication_id, State.MISSED)
    assert facebook.accepted == []


def test_a_late_answer_settles_what_was_given_up(
    tenant: Agency, facebook: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender is paused past its lease, taken for dead, and then brings the answer."""
    publication_id = tenant.schedule("hello")
    submit = facebook.submit

    def slow(*arguments: object) -> Published:
        answer = submit(*arguments)  # type: ignore[arg-type]
        tenant.shift(publication_id, lease_until=utc_now() - timedelta(seconds=1))
        facebook.findings.extend([Finding.CANNOT_TELL] * 5)
        _window(tenant, 0.3)  # another publisher takes over meanwhile
        assert state_of(publication_id) is State.UNKNOWN
        return answer

    monkeypatch.setattr(facebook, "submit", slow)
    publish_now([publication_id], senders=tenant.senders, policy=QUICK)
    assert state_of(publication_id) is State.PUBLISHED
    assert len(facebook.accepted) == 1
