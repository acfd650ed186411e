"""Deliveries to a real receiver that fails in every way, and a deliverer that is killed."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import database
from foundation.settings import Settings
from identity.errors import ConflictError
from identity.work import working
from publishing.happenings import Kind
from publishing.telling import deliveries, delivering, queue, webhooks
from publishing.telling.delivering import Deliverer
from publishing.telling.models import DeliveryState
from publishing.telling.queue import Claim, Outcome
from publishing.telling.webhooks import WebhookInfo
from tests.publishing.telling.conftest import House, execute, rows, tell_all
from tests.publishing.telling.receiver import Answer, Receiver, receiving
from tests.publishing.telling.test_signing import independent


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def open_settings(settings: Settings, receiver: Receiver) -> Settings:
    """Settings that let webhooks go to the receiver on this machine."""
    return settings.model_copy(update={"webhook_origins": f"http://127.0.0.1:9, {receiver.origin}"})


@pytest.fixture
def deliverer(open_settings: Settings) -> Deliverer:
    return Deliverer(open_settings, threading.Event())


def hook(house: House, url: str, settings: Settings, *kinds: Kind) -> tuple[WebhookInfo, str]:
    with working(house.member(), settings=settings) as work:
        return webhooks.create(work, url, kinds or [Kind.FAILED])


def pass_time(by: timedelta = timedelta(days=2)) -> None:
    execute("UPDATE webhook_deliveries SET not_before = not_before - :by", by=by)


def test_the_message_is_signed_and_says_what_happened(
    house: House, open_settings: Settings, receiver: Receiver, deliverer: Deliverer
) -> None:
    _, secret = hook(house, receiver.url, open_settings)
    house.note(Kind.FAILED, problem="It was too long — größer", advice="Shorten it.")
    tell_all(open_settings)
    assert deliverer.deliver_next()
    assert not deliverer.deliver_next()
    (got,) = receiver.got
    headers = got.headers
    expected = independent(secret, headers["webhook-id"], headers["webhook-timestamp"], got.body.encode())
    assert headers["webhook-signature"] == expected
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"
    said = json.loads(got.body)
    assert said["type"] == "post.failed"
    assert datetime.fromisoformat(said["timestamp"]).utcoffset() == timedelta(0)
    assert said["data"]["post_id"] == str(house.post)
    assert said["data"]["problem"] == "It was too long — größer"
    assert said["data"]["app_url"] == f"{open_settings.public_url}/posts?post={house.post}"
    (row,) = rows("webhook_deliveries")
    assert (row["state"], row["status"], row["answer"], row["attempts"]) == ("delivered", 200, "thank you", 1)
    assert row["delivered_at"] is not None


def test_only_what_it_asked_for_is_sent(
    house: House, open_settings: Settings, receiver: Receiver, deliverer: Deliverer
) -> None:
    hook(house, receiver.url, open_settings, Kind.PUBLISHED, Kind.UNKNOWN)
    for kind in Kind:
        house.note(kind)
    tell_all(open_settings)
    while deliverer.deliver_next():
        pass
    assert sorted(json.loads(one.body)["type"] for one in receiver.got) == ["post.published", "post.unknown"]


def test_it_is_tried_until_it_is_taken_and_always_with_the_same_id(
    house: House, open_settings: Settings, receiver: Receiver, deliverer: Deliverer
) -> None:
    hook(house, receiver.url, open_settings)
    house.note()
    tell_all(open_settings)
    receiver.planned = [
        Answer(500, b"\x00oops" + b"x" * 5000),
        Answer(302, headers={"location": f"{receiver.origin}/elsewhere"}),
        Answer(429, headers={"retry-after": "7200"}),
    ]
    for status in (500, 302, 429):
        assert deliverer.deliver_next()
        (row,) = rows("webhook_deliveries")
        assert (row["state"], row["status"]) == ("waiting", status)
        assert row["not_before"] > datetime.now(UTC) + timedelta(seconds=2)
        assert not deliverer.deliver_next()
        if status == 500:
            assert row["answer"] == "oops" + "x" * 995
        if status == 429:
            assert row["not_before"] > datetime.now(UTC) + timedelta(seconds=7000)
        pass_time()
    assert deliverer.deliver_next()
    assert rows("webhook_deliveries")[0]["state"] == "delivered"
    assert len(receiver.got) == 4
    assert {one.path for one in receiver.got} == {"/hook"}
    assert len(set(receiver.ids)) == 1
    assert len({one.body for one in receiver.got}) == 1


def test_one_that_never_takes_it_is_given_up_and_can_be_asked_again(
    house: House, open_settings: Settings, receiver: Receiver, deliverer: Deliverer
) -> None:
    hook(house, receiver.url, open_settings)
    house.note()
    tell_all(open_settings)
    receiver.usual = Answer(503)
    while deliverer.deliver_next():
        pass_time()
    (row,) = rows("webhook_deliveries")
    assert (row["state"], row["attempts"], row["status"]) == ("failed", queue.MOST_ATTEMPTS, 503)
    receiver.usual = Answer(204, b"")
    with working(house.member(), settings=open_settings) as work:
        deliveries.replay(work, row["id"])
    assert deliverer.deliver_next()
    assert rows("webhook_deliveries")[0]["state"] == "delivered"
    assert len(set(receiver.ids)) == 1
    assert len(receiver.got) == queue.MOST_ATTEMPTS + 1


def test_a_delivered_message_can_be_sent_again_signed_anew(
    house: House,
    open_settings: Settings,
    receiver: Receiver,
    deliverer: Deliverer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    info, secret = hook(house, receiver.url, open_settings)
    house.note()
    tell_all(open_settings)
    deliverer.deliver_next()
    with working(house.member(), settings=open_settings) as work:
        (known,) = deliveries.listed(work, info.id).items
        assert (known.state, known.kind, known.post_id) == (DeliveryState.DELIVERED, Kind.FAILED, house.post)
        deliveries.replay(work, known.id)
    monkeypatch.setattr(delivering, "utc_now", lambda: datetime.now(UTC) + timedelta(minutes=1))
    deliverer.deliver_next()
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    for got in (first, second):
        stamp = got.headers["webhook-timestamp"]
        right = independent(secret, got.headers["webhook-id"], stamp, got.body.encode())
        assert right == got.headers["webhook-signature"]


def test_no_answer_in_time_is_said_and_lets_others_go_first(
    house: House,
    open_settings: Settings,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivering, "TIMEOUT_S", 0.3)
    impatient = Deliverer(open_settings, threading.Event())
    receiver.usual = Answer(delay_s=1.0)
    slow, _ = hook(house, receiver.url, open_settings)
    house.note()
    house.note()
    tell_all(open_settings)
    assert impatient.deliver_next()
    assert not impatient.deliver_next(), "the second message waits until the receiver had a rest"
    tried = [row for row in rows("webhook_deliveries") if row["attempts"]]
    assert [(row["state"], row["status"]) for row in tried] == [("waiting", None)]
    assert "No answer within" in tried[0]["answer"]
    dead, _ = hook(house, "http://127.0.0.1:9/hook", open_settings)
    house.note()
    tell_all(open_settings)
    execute(
        "UPDATE webhook_deliveries SET not_before = now() + interval '1 h' WHERE webhook_id = :id", id=slow.id
    )
    assert impatient.deliver_next()
    (row,) = [row for row in rows("webhook_deliveries") if row["webhook_id"] == dead.id]
    assert "could not be reached" in row["answer"]


def test_nothing_goes_to_our_own_network(
    house: House, open_settings: Settings, settings: Settings, receiver: Receiver
) -> None:
    hook(house, receiver.url, open_settings)
    house.note()
    tell_all(settings)
    strict = Deliverer(settings, threading.Event())  # the origin is no longer allowed
    assert strict.deliver_next()
    execute("UPDATE webhooks SET url = replace(url, 'http:', 'https:')")
    pass_time()
    assert strict.deliver_next()
    assert receiver.got == []
    assert (
        rows("webhook_deliveries")[0]["answer"] == "Nothing was sent: the host is not on the public internet."
    )


def test_a_receiver_that_is_gone_for_good_is_not_told_any_more(
    house: House, open_settings: Settings, receiver: Receiver, deliverer: Deliverer
) -> None:
    hook(house, receiver.url, open_settings)
    house.note()
    house.note()
    tell_all(open_settings)
    receiver.usual = Answer(410)
    assert deliverer.deliver_next()
    assert not deliverer.deliver_next()
    assert rows("webhooks")[0]["enabled"] is False
    assert {row["state"] for row in rows("webhook_deliveries")} == {"failed"}
    house.note()
    tell_all(open_settings)
    assert len(rows("webhook_deliveries")) == 2


def test_turned_off_it_is_told_nothing_and_what_waits_is_given_up(
    house: House, open_settings: Settings, receiver: Receiver, deliverer: Deliverer
) -> None:
    info, _ = hook(house, receiver.url, open_settings)
    house.note()
    tell_all(open_settings)
    with working(house.member(), settings=open_settings) as work:
        webhooks.change(work, info.id, enabled=False)
    assert not deliverer.deliver_next()
    (row,) = rows("webhook_deliveries")
    assert (row["state"], row["answer"]) == ("failed", webhooks.DISABLED)
    with (
        working(house.member(), settings=open_settings) as work,
        pytest.raises(ConflictError, match="Enable"),
    ):
        deliveries.replay(work, row["id"])
    with working(house.member(), settings=open_settings) as work:
        webhooks.change(work, info.id, enabled=True)
        deliveries.replay(work, row["id"])
    assert deliverer.deliver_next()
    assert len(receiver.got) == 1


def test_killed_while_it_sends_the_message_comes_again_with_the_same_id(
    house: House, open_settings: Settings, receiver: Receiver, deliverer: Deliverer
) -> None:
    hook(house, receiver.url, open_settings)
    house.note()
    tell_all(open_settings)
    receiver.planned = [Answer(delay_s=5.0)]
    child = os.fork()
    if child == 0:
        database._engine.cache_clear()  # the parent's connections are not ours
        try:
            Deliverer(open_settings, threading.Event()).deliver_next()
        finally:
            os._exit(0)
    deadline = time.monotonic() + 10
    while not receiver.got:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    (row,) = rows("webhook_deliveries")
    assert row["state"] == "sending"
    assert not deliverer.deliver_next(), "the dead one's lease still holds"
    with (
        working(house.member(), settings=open_settings) as work,
        pytest.raises(ConflictError, match="being sent"),
    ):
        deliveries.replay(work, row["id"])
    pass_time(queue.LEASE)
    assert deliverer.deliver_next()
    assert rows("webhook_deliveries")[0]["state"] == "delivered"
    assert len(receiver.got) == 2
    assert len(set(receiver.ids)) == 1


def test_who_lost_the_lease_writes_nothing_down(
    house: House, open_settings: Settings, receiver: Receiver
) -> None:
    hook(house, receiver.url, open_settings)
    house.note()
    tell_all(open_settings)
    with database.worker_session() as session:
        old = queue.take(session)
    pass_time(queue.LEASE)
    with database.worker_session() as session:
        new = queue.take(session)
    assert old is not None
    assert new is not None
    with database.worker_session() as session:
        queue.settle(session, new, Outcome(DeliveryState.DELIVERED, 200))
        queue.settle(session, old, Outcome(DeliveryState.FAILED, 500))
    assert (rows("webhook_deliveries")[0]["state"], old.message_id) == ("delivered", new.message_id)


def test_deliverers_at_once_take_each_message_once_and_leave_room(
    house: House, open_settings: Settings, receiver: Receiver
) -> None:
    hook(house, receiver.url, open_settings)
    hook(house, f"{receiver.origin}/other", open_settings)
    for _ in range(4):
        house.note()
    tell_all(open_settings)
    taken: list[Claim] = []
    with database.worker_session() as first, database.worker_session() as second:
        for session in (first, second):
            claim = queue.take(session)
            assert claim is not None
            taken.append(claim)
    while True:
        with database.worker_session() as session:
            claim = queue.take(session)
        if claim is None:
            break
        taken.append(claim)
    assert len({claim.id for claim in taken}) == len(taken) == 2 * queue.AT_ONCE
    assert {
        sum(claim.webhook_id == one for claim in taken) for one in {claim.webhook_id for claim in taken}
    } == {queue.AT_ONCE}


CLAIM = Claim(uuid4(), UUID(int=1), "{}", 1, "https://example.com", "sealed")


@given(st.integers(min_value=1, max_value=200))
def test_the_waits_grow_up_to_a_day(attempts: int) -> None:
    wait = queue.retry_delay(attempts)
    assert timedelta(seconds=3) < wait <= queue.RETRY_CAP
    if attempts >= 9:
        assert wait >= timedelta(hours=18)
    outcome = queue.again(
        replace(CLAIM, attempt=attempts), Outcome(DeliveryState.WAITING), timedelta(days=30)
    )
    assert outcome.wait <= queue.RETRY_CAP
    assert (outcome.state is DeliveryState.FAILED) == (attempts >= queue.MOST_ATTEMPTS)


def test_the_waits_grow_at_first_too() -> None:
    waits = [queue.retry_delay(attempts) for attempts in range(1, 8)]
    assert waits == sorted(waits)
    assert waits[-1] > 1000 * waits[0] / 2


def test_nothing_of_it_shows_a_secret(house: House, open_settings: Settings, receiver: Receiver) -> None:
    _, secret = hook(house, receiver.url, open_settings)
    house.note()
    tell_all(open_settings)
    with database.worker_session() as session:
        claim = queue.take(session)
    assert claim is not None
    stored = rows("webhooks")[0]["sealed_secret"]
    assert secret.removeprefix("whsec_") not in repr(rows("webhooks"))
    assert stored not in repr(claim)
    assert secret not in repr(rows("audit_events"))
