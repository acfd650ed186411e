"""A network in memory: it accepts posts, and fails in the ways it is told to."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from foundation.database import utc_now
from platforms.capabilities import Capabilities
from platforms.contract import Account, Credentials, Finding, Found, Published
from platforms.errors import Ambiguous, NetworkError
from platforms.message import Message, ReplyTo

CAPABILITIES = Capabilities((), {}, (), "characters", False, "", threads=True)


@dataclass(frozen=True)
class Accepted:
    account_id: str
    text: str
    at: datetime
    external_id: str
    reply_to: ReplyTo | None = None


@dataclass
class MemoryNetwork:
    """`faults[step]` holds what the next calls of a step do: raise it, in order; None is no fault."""

    accepted: list[Accepted] = field(default_factory=list)
    faults: defaultdict[str, deque[Exception | None]] = field(default_factory=lambda: defaultdict(deque))
    calls: list[str] = field(default_factory=list)
    submit_takes_s: float = 0.0
    prepare_takes_s: float = 0.0
    confirm_takes_s: float = 0.0
    find_takes_s: float = 0.0
    drop_answers: int = 0  # so many submits are accepted and then not answered
    findings: deque[Finding] = field(default_factory=deque)  # instead of really looking
    permalinks: bool = True
    settled: bool = True  # whether what is accepted is public at once
    prepared_with: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, message: Message) -> list[str]:
        return ["the text is longer than 280 characters"] if len(message.text) > 280 else []

    def length(self, message: Message) -> int:
        return len(message.text)

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        del account, message
        self.prepared_with.append(dict(prepared))
        time.sleep(self.prepare_takes_s)
        self._fault("prepare")
        yield {**prepared, "container": "c1"}
        self._fault("process")

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        assert prepared["container"] == "c1"
        at = utc_now()
        self._fault("submit")
        with self.lock:
            external_id = f"{account.id}_{len(self.accepted)}"
            self.accepted.append(Accepted(account.id, message.text, at, external_id, message.reply_to))
            dropped = self.drop_answers > 0
            self.drop_answers -= dropped
        time.sleep(self.submit_takes_s)
        if dropped:
            raise Ambiguous("no answer")
        return self._published(external_id, at)

    def confirm(self, account: Account, external_id: str) -> Published:
        del account
        self._fault("confirm")
        time.sleep(self.confirm_takes_s)
        at = next(post.at for post in self.accepted if post.external_id == external_id)
        return Published(external_id, f"https://example.test/{external_id}", at, self.settled)

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        del prepared
        self._fault("find")
        time.sleep(self.find_takes_s)
        if self.findings:
            return Found(self.findings.popleft())
        for post in self.accepted:
            same = (post.account_id, post.text) == (account.id, message.text)
            if same and abs(post.at - sent_at) < timedelta(minutes=5):
                return Found(Finding.FOUND, self._published(post.external_id, post.at))
        return Found(Finding.ABSENT)

    def texts(self) -> list[str]:
        return [post.text for post in self.accepted]

    def _published(self, external_id: str, at: datetime) -> Published:
        if not self.permalinks:
            return Published(external_id, None, None, self.settled)
        return Published(external_id, f"https://example.test/{external_id}", at, self.settled)

    def _fault(self, step: str) -> None:
        with self.lock:
            self.calls.append(step)
            fault = self.faults[step].popleft() if self.faults[step] else None
        if fault is not None:
            raise fault


@dataclass
class MemorySenders:
    """Senders over networks in memory."""

    networks: Mapping[str, MemoryNetwork]
    account_fault: Exception | None = None
    reported: list[NetworkError] = field(default_factory=list)

    def account(self, account_id: UUID) -> Account:
        if self.account_fault is not None:
            raise self.account_fault
        return Account(str(account_id), "organization", "network", "external", "name", Credentials("token"))

    def report(self, account: Account, error: NetworkError) -> None:
        assert account.credentials.access_token == "token"
        self.reported.append(error)

    def publisher(self, network: str) -> MemoryNetwork:
        return self.networks[network]

    def label(self, network: str) -> str:
        return network.capitalize()

    def capabilities(self, network: str) -> Capabilities:
        del network
        return CAPABILITIES
