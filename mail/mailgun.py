"""Sending through Mailgun's HTTP API (documentation.mailgun.com: messages, events).

Mailgun knows no idempotency, but it keeps our Message-ID: a request without an answer is looked up in the
log of events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from mail.letter import Letter
from mail.outcomes import HandOver, NotAccepted, Refused, Unanswered, reason

TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
LONGEST_WAIT = timedelta(hours=6)
LOOK_BACK = timedelta(days=2)  # Mailgun keeps its events for at least 3 days

# Raised before the first byte of a request is written.
_NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
# Key, plan or domain are not in order, or too much was asked (420, 429): the e-mail itself is sound.
_NOT_NOW = frozenset({401, 402, 403, 404, 420, 429})


@dataclass(frozen=True)
class MailgunAccount:
    """A sending domain and the key for it."""

    api_url: str
    domain: str
    api_key: str = field(repr=False)


class MailgunTransport:
    """Sends by POST and looks by GET. Thread-safe."""

    can_look = True

    def __init__(self, account: MailgunAccount, *, timeout: httpx2.Timeout = TIMEOUT) -> None:
        self._account = account
        url = httpx2.URL(account.api_url)
        self._client = httpx2.Client(
            base_url=f"{account.api_url.rstrip('/')}/v3/{account.domain}",
            auth=httpx2.BasicAuth("api", account.api_key),
            timeout=timeout,
            # On a kept connection a reset before the request could not be told from one after it.
            limits=httpx2.Limits(max_keepalive_connections=0),
            trust_env=url.host not in ("127.0.0.1", "localhost", "::1"),
        )

    def __str__(self) -> str:
        return f"Mailgun {self._account.domain}"

    def send(self, letter: Letter, hand_over: HandOver) -> None:
        """Send; returns when Mailgun has queued it.

        Raises:
            NotAccepted, Refused, Unanswered: as they say. Also whatever `hand_over` raises; then nothing
                was sent.
        """
        form = {
            "from": str(letter.sender),
            "to": letter.to,
            "subject": letter.content.subject,
            "text": letter.content.text,
            "html": letter.content.html,
            "h:Message-Id": letter.message_id,
            "h:Auto-Submitted": "auto-generated",
            "o:tracking": "no",  # it would lead our links through Mailgun's servers
        }
        hand_over()
        try:
            answer = self._client.post("/messages", data=form)
        except _NOTHING_SENT as error:
            raise NotAccepted(f"Mailgun could not be reached ({type(error).__name__})") from None
        except httpx2.RequestError as error:
            raise Unanswered(
                f"Mailgun was given the e-mail and gave no answer ({type(error).__name__})"
            ) from None
        self._judge(answer)

    def find(self, letter: Letter) -> bool | None:
        """Whether Mailgun has the e-mail; None where it did not say.

        Raises:
            Refused: it had it, and rejected it.
        """
        wanted = letter.message_id.strip("<>")
        begin = datetime.now(UTC) - LOOK_BACK
        query = {"message-id": wanted, "begin": f"{begin.timestamp():.0f}", "ascending": "yes"}
        try:
            answer = self._client.get("/events", params=query)
        except httpx2.RequestError:
            return None
        items = _document(answer).get("items")
        if answer.status_code != 200 or not isinstance(items, list):
            return None
        events = [item.get("event") for item in items if _message_id(item) == wanted]
        if events and all(event == "rejected" for event in events):
            raise Refused("Mailgun took the e-mail and then rejected it")
        return bool(events)

    def _judge(self, answer: httpx2.Response) -> None:
        status, said = answer.status_code, _document(answer)
        if status == 200 and said.get("id"):
            return
        words = reason(str(said.get("message") or ""), self._account.api_key)
        refusal = f"Mailgun said {status} {words}".strip()
        if status in _NOT_NOW or 300 <= status < 400:
            raise NotAccepted(refusal, wait=_retry_after(answer.headers.get("retry-after", "")))
        if 400 <= status < 500 and status != 408:
            raise Refused(refusal)
        raise Unanswered(f"{refusal}, which does not tell whether it accepted the e-mail")


def _document(answer: httpx2.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _message_id(item: Any) -> str:
    try:
        return str(item["message"]["headers"]["message-id"]).strip("<>")
    except (KeyError, TypeError):
        return ""


def _retry_after(value: str) -> timedelta | None:
    """The wait that ``Retry-After`` asks for (RFC 9110 10.2.3: seconds, or an HTTP date), at most 6 hours."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=min(int(value), 10**6)), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment - datetime.now(UTC), timedelta()), LONGEST_WAIT)
