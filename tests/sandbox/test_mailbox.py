"""The mailbox: mail by real SMTP and as to Mailgun, the page, the control interface, the faults."""

from __future__ import annotations

import smtplib
import time
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.app import create_app
from sandbox.mailbox.mailgun import API_KEY
from sandbox.services import open_services
from sandbox.settings import Settings
from tests.sandbox.server import Running, running

TO = "reader@example.com"


def message(to: str = TO, subject: str = "Grüße", text: str = "Héllo\n.dot\n") -> EmailMessage:
    made = EmailMessage(SMTP)
    made["From"], made["To"], made["Subject"] = "AllIN <allin@localhost>", to, subject
    made["Message-ID"] = "<one@localhost>"
    made.set_content(text)
    made.add_alternative('<p>Hello <a href="https://app.example.com/">there</a></p>', subtype="html")
    return made


def send(sandbox: Running, sent: EmailMessage, *to: str) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, "localhost", timeout=10) as smtp:
        smtp.send_message(sent, to_addrs=to or None)


def test_mail_by_smtp_is_kept_in_its_parts(fresh: Running) -> None:
    send(fresh, message())
    (found,) = fresh.mail()
    assert (found["to"], found["subject"], found["text"]) == (TO, "Grüße", "Héllo\n.dot\n")
    assert "Hello <a" in found["html"]
    assert found["headers"]["message-id"] == "<one@localhost>"
    assert found["from"] == "AllIN <allin@localhost>"


def test_each_recipient_has_their_own_and_the_newest_is_first(fresh: Running) -> None:
    send(fresh, message(), "one@example.com", "Two@example.com")
    send(fresh, message(subject="later"), "one@example.com")
    assert [mail["subject"] for mail in fresh.mail("ONE@example.com")] == ["later", "Grüße"]
    assert len(fresh.mail("two@example.com")) == 1
    assert fresh.client.delete("/_sandbox/mail").json() == {"deleted": 3}
    assert fresh.mail() == []


def test_mail_survives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, days=60) as before:
        send(before, message())
    with running(tmp_path, days=60) as after:
        assert [mail["to"] for mail in after.mail()] == [TO]


def test_the_list_and_the_message_show_what_came_in_and_run_none_of_it(fresh: Running) -> None:
    assert "No mail yet" in fresh.get("/mailbox").text
    hostile = message(subject="<script>alert(1)</script>")
    send(fresh, hostile)
    listed = fresh.get("/mailbox").text
    assert "<script>" not in listed
    assert "&lt;script&gt;alert(1)" in listed
    shown = fresh.get(f"/mailbox/{fresh.mail()[0]['id']}").text
    assert "<script>" not in shown
    frame = shown.partition("<iframe")[2].partition(">")[0]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    assert '<base target="_blank"><p>Hello <a href="https://app.example.com/">' in unescape(frame)
    assert fresh.get("/mailbox/999").status_code == 404


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/1", "/_sandbox/mail"])
async def test_strangers_are_refused(tmp_path: Path, path: str) -> None:
    services = open_services(Settings(home=tmp_path, days=60))
    transport = httpx2.ASGITransport(create_app(services), client=("203.0.113.9", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        assert (await client.get(path)).status_code == 403
    services.store.close()


@pytest.mark.parametrize(
    ("step", "kind", "code"),
    [
        ("RCPT", "4xx", 450),
        ("RCPT", "5xx", 550),
        ("", "4xx", 451),
        ("DATA", "5xx", 554),
    ],
)
def test_refusals(fresh: Running, step: str, kind: str, code: int) -> None:
    fresh.fault(network="mail", endpoint=step, kind=kind, times=1)
    with pytest.raises(smtplib.SMTPException, match=rf"\b{code}\b"):
        send(fresh, message())
    assert fresh.mail() == []
    send(fresh, message())
    assert len(fresh.mail()) == 1


@pytest.mark.parametrize(("kind", "kept"), [("accept_then_drop", 1), ("drop_before_accept", 0)])
def test_a_dropped_connection_gives_no_answer(fresh: Running, kind: str, kept: int) -> None:
    fresh.fault(network="mail", kind=kind, times=1, account=TO)
    send(fresh, message(), "another@example.com")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(fresh, message())
    assert len(fresh.mail(TO)) == kept


def test_a_delay_delays(fresh: Running) -> None:
    fresh.fault(network="mail", kind="delay", delay_s=0.3, times=1)
    began = time.monotonic()
    send(fresh, message())
    assert time.monotonic() - began >= 0.3
    assert len(fresh.mail()) == 1


def test_a_fault_that_cannot_happen_is_refused(fresh: Running) -> None:
    for spec in ({"network": "mail", "kind": "malformed"}, {"network": "x", "kind": "4xx"}):
        assert fresh.client.post("/_sandbox/faults", json=spec).status_code == 422


def mailgun(sandbox: Running, key: str = API_KEY, **changes: Any) -> httpx2.Response:
    form = {"from": "AllIN <allin@mg.example.com>", "to": TO, "subject": "Hello", "text": "Hi", **changes}
    return sandbox.client.post("/mailgun/v3/mg.example.com/messages", data=form, auth=("api", key))


def events(sandbox: Running, **params: str) -> list[dict[str, Any]]:
    path = "/mailgun/v3/mg.example.com/events"
    answer = sandbox.client.get(path, params=params, auth=("api", API_KEY))
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_mailgun_queues_and_remembers(fresh: Running) -> None:
    answer = mailgun(fresh, **{"h:Message-Id": "<mine@mg.example.com>", "html": "<p>Hi</p>"})
    assert answer.json() == {"id": "<mine@mg.example.com>", "message": "Queued. Thank you."}
    mailgun(fresh, to="other@example.com")
    assert [mail["html"] for mail in fresh.mail(TO)] == ["<p>Hi</p>"]
    found = events(fresh, **{"message-id": "mine@mg.example.com", "begin": "0", "ascending": "yes"})
    assert [event["event"] for event in found] == ["accepted", "delivered"]
    assert {event["recipient"] for event in found} == {TO}
    assert events(fresh, **{"message-id": "another@mg.example.com"}) == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"key": "wrong"}, 401),
        ({"to": ""}, 400),
        ({"to": "nobody"}, 400),
        ({"text": ""}, 400),
    ],
)
def test_mailgun_refuses_what_is_not_in_order(fresh: Running, changes: dict[str, str], status: int) -> None:
    assert mailgun(fresh, **changes).status_code == status
    assert fresh.mail() == []


def test_mailgun_has_the_faults_of_the_other_networks(fresh: Running) -> None:
    where = {"network": "mailgun", "endpoint": "POST /v3/{domain}/messages", "times": 1}
    fresh.fault(kind="429", account="mg.example.com", **where)
    assert mailgun(fresh).headers["retry-after"] == "90"
    fresh.fault(kind="accept_then_drop", **where)
    with pytest.raises(httpx2.TransportError):
        mailgun(fresh)
    assert len(fresh.mail()) == 1
