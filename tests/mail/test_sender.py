"""Sending: each outcome leaves its row as it should be, and nothing goes out twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from mail import queue, upkeep
from mail.letter import Letter
from mail.message import Look
from mail.models import State
from mail.outcomes import HandOver, LeaseLost
from mail.queue import Outcome
from mail.sender import Sender
from mail.transports import transport
from tests.mail.outbox import LINK, enqueue, organization, pass_time, row, states, wait_until
from tests.mail.wire import wire
from tests.sandbox.server import Running


def test_a_mail_is_sent_once_and_its_text_is_gone(
    by_smtp: Settings, sender: Sender, sandbox: Running
) -> None:
    sent = enqueue(by_smtp, to="reader@example.com")
    assert sender.send_next()
    assert not sender.send_next()
    (mail,) = sandbox.mail("reader@example.com")
    assert LINK in mail["text"]
    assert mail["headers"]["message-id"] == f"<{sent}@localhost>"
    found = row(by_smtp, sent)
    assert (found["state"], found["sealed"], found["attempts"], found["problem"]) == ("sent", None, 1, None)
    assert abs(found["sent_at"] - utc_now()) < timedelta(minutes=1)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_later_means_later_and_not_for_ever(
    by_smtp: Settings, sender: Sender, sandbox: Running, step: str
) -> None:
    sandbox.fault(network="mail", endpoint=step, kind="4xx", times=1)
    waiting = enqueue(by_smtp)
    assert sender.send_next()
    found = row(by_smtp, waiting)
    assert (found["state"], found["handed_over_at"]) == ("queued", None)
    assert "45" in found["problem"]
    assert timedelta(seconds=10) < found["not_before"] - utc_now() <= timedelta(seconds=30)
    assert not sender.send_next()
    pass_time(by_smtp, timedelta(seconds=31))
    assert sender.send_next()
    assert row(by_smtp, waiting)["state"] == "sent"
    assert len(sandbox.mail()) == 1


def test_waits_grow_to_an_hour_and_the_last_try_is_the_last() -> None:
    waits = [queue.retry_delay(attempts) for attempts in range(1, 40)]
    assert all(timedelta(seconds=15) <= wait <= timedelta(hours=1) for wait in waits)
    assert waits[20] >= timedelta(minutes=30)
    all_of_them = sum(
        (queue.retry_delay(attempts) for attempts in range(1, queue.MOST_ATTEMPTS)), timedelta()
    )
    assert timedelta(hours=16) < all_of_them < timedelta(hours=30)


def test_after_the_last_try_it_has_failed(by_smtp: Settings, sender: Sender, sandbox: Running) -> None:
    sandbox.fault(network="mail", kind="4xx")
    tired = enqueue(by_smtp)
    with worker_session(by_smtp) as session:
        session.execute(text("UPDATE emails SET attempts = :n"), {"n": queue.MOST_ATTEMPTS - 1})
    assert sender.send_next()
    found = row(by_smtp, tired)
    assert (found["state"], found["sealed"]) == ("failed", None)
    assert found["problem"].startswith("given up after 36 tries: the mail server")


def test_what_kills_its_sender_each_time_is_given_up_too(by_smtp: Settings, sender: Sender) -> None:
    deadly = enqueue(by_smtp)
    with worker_session(by_smtp) as session:
        session.execute(text("UPDATE emails SET attempts = :n"), {"n": queue.MOST_ATTEMPTS})
    assert sender.send_next()
    assert row(by_smtp, deadly)["state"] == "failed"


def test_a_refusal_is_final(by_smtp: Settings, sender: Sender, sandbox: Running) -> None:
    sandbox.fault(network="mail", endpoint="RCPT", kind="5xx", times=1)
    refused = enqueue(by_smtp)
    assert sender.send_next()
    pass_time(by_smtp, timedelta(days=1))
    assert not sender.send_next()
    found = row(by_smtp, refused)
    assert (found["state"], found["sealed"], found["sent_at"]) == ("failed", None, None)
    assert "550 5.1.1 There is no such mailbox" in found["problem"]


@pytest.mark.parametrize(("kind", "arrived"), [("accept_then_drop", 1), ("drop_before_accept", 0)])
def test_without_an_answer_it_is_unknown_and_never_sent_again(
    by_smtp: Settings, sender: Sender, sandbox: Running, kind: str, arrived: int
) -> None:
    sandbox.fault(network="mail", kind=kind, times=1)
    lost = enqueue(by_smtp)
    assert sender.send_next()
    for _ in range(3):
        pass_time(by_smtp, timedelta(hours=1))
        upkeep.look_after(transport(by_smtp), by_smtp)
        assert not sender.send_next()
    found = row(by_smtp, lost)
    assert found["state"] == "unknown"
    assert "it is not sent again" in found["problem"]
    assert len(sandbox.mail()) == arrived


def test_the_mark_is_committed_when_the_dot_comes(settings: Settings) -> None:
    with wire() as server:
        here = settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{server.port}")})
        marked = enqueue(here)
        assert row(here, marked)["handed_over_at"] is None
        seen: list[object] = []
        server.at_the_dot = lambda: seen.append(row(here, marked)["handed_over_at"])
        assert Sender(transport(here), here, threading.Event()).send_next()
    assert len(seen) == 1
    assert seen[0] is not None


def test_a_sender_that_died_before_the_mark_is_followed_by_another(
    by_smtp: Settings, sender: Sender, sandbox: Running
) -> None:
    left = enqueue(by_smtp)
    with worker_session(by_smtp) as session:
        dead = queue.take(session)
    assert dead is not None
    assert not sender.send_next()  # its lease is still good
    pass_time(by_smtp, queue.LEASE)
    assert sender.send_next()
    assert row(by_smtp, left)["state"] == "sent"
    assert len(sandbox.mail()) == 1
    with pytest.raises(LeaseLost), worker_session(by_smtp) as session:
        queue.hand_over(session, dead)  # it was only asleep: it may not go on
    with worker_session(by_smtp) as session:
        assert not queue.settle(session, dead, Outcome(State.FAILED, "late"))


def test_a_sender_that_died_after_the_mark_leaves_it_unknown(by_smtp: Settings, sender: Sender) -> None:
    left = enqueue(by_smtp)
    with worker_session(by_smtp) as session:
        dead = queue.take(session)
        assert dead is not None
        queue.hand_over(session, dead)
    service = transport(by_smtp)
    pass_time(by_smtp, queue.LEASE)
    upkeep.look_after(service, by_smtp)
    assert row(by_smtp, left)["state"] == "sending"  # it may be waiting for the answer
    pass_time(by_smtp, queue.ANSWER_LEASE)
    upkeep.look_after(service, by_smtp)
    assert not sender.send_next()
    assert row(by_smtp, left)["state"] == "unknown"
    with worker_session(by_smtp) as session:
        assert queue.settle(session, dead, Outcome(State.SENT))  # it was only asleep, and knows better
    assert row(by_smtp, left)["state"] == "sent"


def test_a_lease_that_ran_out_gets_no_mark(by_smtp: Settings) -> None:
    enqueue(by_smtp)
    with worker_session(by_smtp) as session:
        slow = queue.take(session)
    assert slow is not None
    pass_time(by_smtp, queue.LEASE)
    with pytest.raises(LeaseLost), worker_session(by_smtp) as session:
        queue.hand_over(session, slow)


class _Odd:
    """A transport with a fault of its own."""

    can_look = False

    def __init__(self, *, after: bool) -> None:
        self._after = after

    def send(self, letter: Letter, hand_over: HandOver) -> None:
        if self._after:
            hand_over()
        raise ZeroDivisionError(letter.content.text)

    def find(self, letter: Letter) -> bool | None:
        del letter
        return None


@pytest.mark.parametrize(("after", "state"), [(False, "queued"), (True, "unknown")])
def test_our_own_fault_holds_up_nothing_and_says_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture, after: bool, state: str
) -> None:
    odd = enqueue(settings)
    assert Sender(_Odd(after=after), settings, threading.Event()).send_next()
    found = row(settings, odd)
    assert found["state"] == state
    assert "s3cret" not in found["problem"] + caplog.text


def test_a_key_that_is_missing_may_come_back(by_smtp: Settings, sender: Sender, sandbox: Running) -> None:
    keys = by_smtp.home / "keys"
    locked = enqueue(by_smtp)
    kept = keys.read_text()
    keys.unlink()
    assert sender.send_next()
    assert row(by_smtp, locked)["state"] == "queued"
    assert "key" in row(by_smtp, locked)["problem"]
    keys.write_text(kept)
    pass_time(by_smtp, timedelta(minutes=1))
    assert sender.send_next()
    assert len(sandbox.mail()) == 1


def test_old_rows_go_and_texts_before_them(by_smtp: Settings, sender: Sender, sandbox: Running) -> None:
    sandbox.fault(network="mail", kind="accept_then_drop", times=1)
    unknown = enqueue(by_smtp)
    sender.send_next()
    sent = enqueue(by_smtp)
    sender.send_next()
    pass_time(by_smtp, timedelta(days=2))
    upkeep.forget(by_smtp)
    assert states(by_smtp) == {unknown: "unknown", sent: "sent"}
    assert row(by_smtp, unknown)["sealed"] is None
    waiting = enqueue(by_smtp)
    pass_time(by_smtp, timedelta(days=89))
    upkeep.forget(by_smtp)
    assert states(by_smtp) == {waiting: "queued"}


def test_of_a_deleted_organization_nothing_is_sent(
    by_smtp: Settings, sender: Sender, sandbox: Running
) -> None:
    kept, deleted = organization(by_smtp), organization(by_smtp)
    looks = [Look("Acme", "#123456", found) for found in (kept, deleted)]
    first, second = (enqueue(by_smtp, look=look) for look in looks)
    with worker_session(by_smtp) as session:
        statement = text("UPDATE organizations SET deleted_at = now() WHERE id = :id")
        session.execute(statement, {"id": deleted})
    assert sender.send_next()
    assert sender.send_next()
    assert states(by_smtp) == {first: "sent", second: "failed"}
    assert row(by_smtp, second)["sealed"] is None
    assert len(sandbox.mail()) == 1


# The running sender.


@contextmanager
def senders(settings: Settings, count: int) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=Sender(transport(settings), settings, stop).run) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


def test_many_senders_send_each_mail_once(by_smtp: Settings, sandbox: Running) -> None:
    expected = {f"<{enqueue(by_smtp)}@localhost>": 1 for _ in range(40)}
    with senders(by_smtp, 4):
        wait_until(lambda: set(states(by_smtp).values()) == {"sent"})
    assert Counter(mail["headers"]["message-id"] for mail in sandbox.mail()) == expected


def test_it_wakes_at_once(by_smtp: Settings, sandbox: Running) -> None:
    with senders(by_smtp, 1):
        enqueue(by_smtp)
        wait_until(lambda: len(sandbox.mail()) == 1)
        for number in range(3):
            began = utc_now()
            enqueue(by_smtp, to=f"reader{number}@example.com")
            wait_until(lambda n=number: sandbox.mail(f"reader{n}@example.com"))  # type: ignore[misc]
            assert utc_now() - began < timedelta(seconds=3)  # it polls every 5


def test_a_database_that_goes_away_is_waited_for(
    by_smtp: Settings, server_url: str, database_url: str, sandbox: Running
) -> None:
    name = database_url.partition("?")[0].rpartition("/")[2]
    others = "FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    cut = f"SELECT count(pg_terminate_backend(pid)) {others}"
    with senders(by_smtp, 2), psycopg.connect(server_url, autocommit=True) as administrator:
        enqueue(by_smtp, to="before@example.com")
        wait_until(lambda: sandbox.mail("before@example.com"))
        pids = administrator.execute(f"SELECT array_agg(pid) {others}", [name]).fetchone()
        assert administrator.execute(cut, [name]).fetchone() != (0,)
        gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
        wait_until(lambda: administrator.execute(gone, pids).fetchone() == (0,))
        enqueue(by_smtp, to="after@example.com")
        wait_until(lambda: sandbox.mail("after@example.com"))


def test_an_answer_is_written_down_however_long_that_takes(
    by_smtp: Settings, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    settle = queue.settle

    def unlucky(*arguments: object) -> bool:
        tries.append(1)
        if len(tries) == 1:
            raise psycopg.OperationalError("the server closed the connection")
        return settle(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "settle", unlucky)
    sent = enqueue(by_smtp)
    assert Sender(transport(by_smtp), by_smtp, threading.Event()).send_next()
    assert row(by_smtp, sent)["state"] == "sent"
    assert len(tries) == 2
    assert len(sandbox.mail()) == 1


def test_a_mark_that_could_not_be_set_is_no_mail_sent(
    by_smtp: Settings, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlucky(*_arguments: object) -> None:
        raise psycopg.OperationalError("the server closed the connection")

    with monkeypatch.context() as away:
        away.setattr(queue, "hand_over", unlucky)
        waiting = enqueue(by_smtp)
        assert Sender(transport(by_smtp), by_smtp, threading.Event()).send_next()
    assert sandbox.mail() == []
    assert row(by_smtp, waiting)["state"] == "queued"
