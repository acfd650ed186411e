"""Mailgun: what its answers mean, and what is done when there is none."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from foundation.database import utc_now
from foundation.settings import Settings
from mail import mailgun, queue, upkeep
from mail.letter import Letter, sender_address
from mail.mailgun import MailgunAccount, MailgunTransport
from mail.outcomes import Refused
from mail.rendering import Rendered
from mail.sender import Sender
from mail.transports import Transport, transport
from sandbox.mailbox.mailgun import API_KEY
from tests.mail.outbox import LINK, enqueue, pass_time, row
from tests.sandbox.server import Running

MESSAGES = "POST /v3/{domain}/messages"


@pytest.fixture
def by_mailgun(settings: Settings, sandbox: Running) -> Settings:
    """Settings that send through the sandbox's Mailgun."""
    url = f"{str(sandbox.client.base_url).rstrip('/')}/mailgun"
    return settings.model_copy(
        update={
            "mailgun_domain": "mg.example.com",
            "mailgun_api_key": SecretStr(API_KEY),
            "mailgun_api_url": url,
            "mail_from": "AllIN <allin@mg.example.com>",
        }
    )


@pytest.fixture
def service(by_mailgun: Settings) -> Transport:
    return transport(by_mailgun)


def send_one(settings: Settings, service: Transport) -> UUID:
    sent = enqueue(settings)
    assert Sender(service, settings, threading.Event()).send_next()
    return sent


def test_it_is_queued_there_with_our_message_id_and_no_tracking(
    by_mailgun: Settings, service: Transport, sandbox: Running
) -> None:
    sent = send_one(by_mailgun, service)
    assert row(by_mailgun, sent)["state"] == "sent"
    (mail,) = sandbox.mail()
    assert mail["headers"]["message-id"] == f"<{sent}@mg.example.com>"
    assert LINK in mail["text"]
    assert LINK in mail["html"]
    assert mail["headers"]["x-mailgun-track"] == "no"  # it would lead the links through its servers


def test_too_many_requests_wait_as_long_as_asked(
    by_mailgun: Settings, service: Transport, sandbox: Running
) -> None:
    sandbox.fault(network="mailgun", endpoint=MESSAGES, kind="429", times=1)
    found = row(by_mailgun, send_one(by_mailgun, service))
    assert (found["state"], found["handed_over_at"]) == ("queued", None)
    assert timedelta(seconds=85) < found["not_before"] - utc_now() <= timedelta(seconds=90)


def test_a_refusal_is_final(service: Transport) -> None:
    content = Rendered("Hello", "Hi", "<p>Hi</p>")
    letter = Letter(uuid4(), sender_address("allin@mg.example.com"), "nobody", content, utc_now())
    with pytest.raises(Refused, match="Mailgun said 400 to parameter is not a valid address"):
        service.send(letter, lambda: None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mailgun_api_key": SecretStr("wr0ng-key")}, "Mailgun said 401"),
        ({"mailgun_api_url": "http://127.0.0.1:1"}, "could not be reached"),
    ],
)
def test_what_was_not_accepted_waits(
    by_mailgun: Settings, sandbox: Running, changes: dict[str, object], said: str
) -> None:
    changed = by_mailgun.model_copy(update=changes)
    found = row(changed, send_one(changed, transport(changed)))
    assert (found["state"], found["handed_over_at"]) == ("queued", None)
    assert said in found["problem"]
    assert "wr0ng-key" not in found["problem"]
    assert sandbox.mail() == []


@pytest.mark.parametrize("kind", ["accept_then_drop", "accept_then_5xx", "malformed", "truncated"])
def test_an_answer_that_did_not_come_is_looked_up(
    by_mailgun: Settings, service: Transport, sandbox: Running, kind: str
) -> None:
    sandbox.fault(network="mailgun", endpoint=MESSAGES, kind=kind, times=1)
    sent = send_one(by_mailgun, service)
    assert row(by_mailgun, sent)["state"] == "unknown"
    upkeep.look_after(service, by_mailgun)
    assert row(by_mailgun, sent)["state"] == "unknown"  # it is too early to look
    pass_time(by_mailgun, queue.FIRST_LOOK)
    upkeep.look_after(service, by_mailgun)
    found = row(by_mailgun, sent)
    assert (found["state"], found["sealed"], found["problem"]) == ("sent", None, None)
    assert len(sandbox.mail()) == 1


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx"])
def test_what_is_not_found_stays_unknown_and_is_never_sent_again(
    by_mailgun: Settings, service: Transport, sandbox: Running, kind: str
) -> None:
    sandbox.fault(network="mailgun", endpoint=MESSAGES, kind=kind, times=1)
    sent = send_one(by_mailgun, service)
    for _ in range(4):
        pass_time(by_mailgun, timedelta(minutes=20))
        upkeep.look_after(service, by_mailgun)
        assert not Sender(service, by_mailgun, threading.Event()).send_next()
    assert row(by_mailgun, sent)["state"] == "unknown"
    assert sandbox.mail() == []


def test_what_a_dead_sender_posted_is_looked_up_too(
    by_mailgun: Settings, service: Transport, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(queue, "settle", die)
        sent = enqueue(by_mailgun)
        with pytest.raises(Killed):
            Sender(service, by_mailgun, threading.Event()).send_next()
    assert row(by_mailgun, sent)["state"] == "sending"
    pass_time(by_mailgun, queue.ANSWER_LEASE)
    upkeep.look_after(service, by_mailgun)
    assert row(by_mailgun, sent)["state"] == "sent"
    assert len(sandbox.mail()) == 1


def test_a_look_that_fails_is_made_again(by_mailgun: Settings, service: Transport, sandbox: Running) -> None:
    sandbox.fault(network="mailgun", endpoint=MESSAGES, kind="accept_then_drop", times=1)
    sandbox.fault(network="mailgun", endpoint="GET /v3/{domain}/events", kind="5xx", times=1)
    sent = send_one(by_mailgun, service)
    pass_time(by_mailgun, queue.FIRST_LOOK)
    upkeep.look_after(service, by_mailgun)
    assert row(by_mailgun, sent)["state"] == "unknown"
    pass_time(by_mailgun, timedelta(minutes=1))
    upkeep.look_after(service, by_mailgun)
    assert row(by_mailgun, sent)["state"] == "sent"


@pytest.mark.parametrize(
    ("value", "wait_s"),
    [
        ("7", 7),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("9" * 30, 6 * 3600),
        ("Wed, 01 Jan 2025 00:00:00 GMT", 0),
    ],
)
def test_retry_after(value: str, wait_s: int | None) -> None:
    assert mailgun._retry_after(value) == (None if wait_s is None else timedelta(seconds=wait_s))


def test_retry_after_as_a_date() -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    wait = mailgun._retry_after(later.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert wait is not None
    assert timedelta(minutes=4) < wait <= timedelta(minutes=5)


def test_the_key_is_not_in_its_repr() -> None:
    assert API_KEY not in repr(MailgunAccount("https://api.mailgun.net", "mg.example.com", API_KEY))
    account = MailgunAccount("https://api.mailgun.net", "mg.example.com", API_KEY)
    assert str(MailgunTransport(account)) == "Mailgun mg.example.com"
