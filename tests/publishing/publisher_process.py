"""A publisher as a process of its own, against a network on loopback HTTP; to be killed.

``python -m tests.publishing.publisher_process URL SECONDS``
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from foundation.database import utc_now
from platforms.capabilities import Capabilities
from platforms.contract import Account, Credentials, Finding, Found, Published
from platforms.errors import Ambiguous, NetworkError, TemporarilyRejected
from platforms.message import Message
from publishing.publisher import run_window
from tests.publishing.conftest import QUICK
from tests.publishing.network import CAPABILITIES

# Leases run out soon, so that the next process takes over soon; absence is sure after a second, which
# is longer than the stub keeps any request.
MORTAL = replace(
    QUICK,
    lease=timedelta(seconds=1),
    heartbeat=timedelta(seconds=0.25),
    absent_after=timedelta(seconds=1.5),
)


@dataclass(frozen=True)
class HttpPublisher:
    """Publishes by POST and looks by GET."""

    client: httpx2.Client

    def check(self, message: Message) -> list[str]:
        del message
        return []

    def length(self, message: Message) -> int:
        return len(message.text)

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        del account, message, prepared
        yield from ()

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        del account, prepared
        try:
            answer = self.client.post("/posts", json={"text": message.text})
        except httpx2.ConnectError:
            raise TemporarilyRejected("refused") from None
        except httpx2.HTTPError:
            raise Ambiguous("no answer") from None
        return Published(str(answer.json()["id"]), "https://example.test/", utc_now())

    def confirm(self, account: Account, external_id: str) -> Published:
        raise NotImplementedError

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        del account, sent_at, prepared
        for post in self.client.get("/posts").json():
            if post["text"] == message.text:
                return Found(Finding.FOUND, Published(str(post["id"]), "https://example.test/", None))
        return Found(Finding.ABSENT)


@dataclass(frozen=True)
class HttpSenders:
    """Senders of the one network."""

    client: httpx2.Client

    def account(self, account_id: UUID) -> Account:
        return Account(str(account_id), "o", "facebook", "e", "n", Credentials("token"))

    def report(self, account: Account, error: NetworkError) -> None:
        del account
        raise error  # the stub never says anything about tokens

    def publisher(self, network: str) -> HttpPublisher:
        del network
        return HttpPublisher(self.client)

    def label(self, network: str) -> str:
        return network

    def capabilities(self, network: str) -> Capabilities:
        del network
        return CAPABILITIES


def main(url: str, seconds: float) -> None:
    """Run one window."""
    with httpx2.Client(base_url=url, timeout=5, trust_env=False) as client:
        until = utc_now() + timedelta(seconds=seconds)
        run_window("process", until, senders=HttpSenders(client), policy=MORTAL)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
