"""A sandbox whose clock these tests move, and accounts of X on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from foundation.settings import Settings
from platforms.contract import Account, Answer, Entity, Network, Published
from platforms.errors import NotReady
from platforms.message import Message
from platforms.x import network as x
from sandbox.x.credits import CREDITS
from tests.platforms.x import case
from tests.sandbox.server import Running, running

PROCESSED_S = 6.0  # a file is processed by then
GENEROUS = {"GET /2/users/me": 10_000, "POST /2/tweets": 10_000}


@dataclass
class Connected:
    """One account of X, connected, with a clean slate: no faults, and `taken` since `since`."""

    server: Running
    network: Network
    account: Account
    since: str

    def prepare(self, message: Message, kept: dict[str, Any] | None = None) -> dict[str, Any]:
        """All ids after `prepare`, waiting while X processes; merged as the caller does."""
        found = dict(kept or {})
        for _ in range(10):
            try:
                for ids in self.network.publish.prepare(self.account, message, dict(found)):
                    found = ids
            except NotReady:
                self.server.advance(PROCESSED_S)
            else:
                return found
        raise AssertionError("it never became ready")

    def publish(self, message: Message) -> Published:
        """Check, prepare and submit."""
        assert self.network.publish.check(message) == []
        return self.network.publish.submit(self.account, message, self.prepare(message))

    def taken(self) -> list[dict[str, Any]]:
        """What the sandbox accepted since this test began."""
        return [post for post in self.server.accepted() if post["accepted_at"] >= self.since]

    def fault(self, endpoint: str, kind: str, **more: Any) -> None:
        """Arm a fault, once unless told otherwise."""
        self.server.fault(network="x", endpoint=endpoint, kind=kind, **{"times": 1, **more})

    def hits(self) -> int:
        """How often the armed faults struck."""
        return sum(fault["hits"] for fault in self.server.get("/_sandbox/faults").json()["faults"])

    def now(self) -> datetime:
        """The sandbox's time (UTC)."""
        return datetime.fromisoformat(self.server.get("/_sandbox/clock").json()["now"]).astimezone(UTC)

    def collected(
        self, entity: Entity, since: datetime | None = None, cursor: str | None = None
    ) -> list[Answer]:
        """An entity's answers up to now."""
        return list(self.network.collect.collect(self.account, entity, since, self.now(), cursor))

    def at(self, url: str) -> Connected:
        """The same account, on an API elsewhere."""
        return replace(self, network=x.build(Settings(x_api_url=url, x_client_id="c")))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The sandbox."""
    with running(tmp_path_factory.mktemp("x"), days=60, x_limits=GENEROUS) as found:
        yield found


@pytest.fixture
def connect(server: Running) -> Iterator[Callable[[int], Connected]]:
    """Connects a brand's account with fresh tokens, on a sandbox without faults and with all the credit."""
    server.client.delete("/_sandbox/faults").raise_for_status()

    def make(brand: int) -> Connected:
        access = server.get("/_sandbox/world").json()["brands"][brand]["x"]
        url = str(server.client.base_url).rstrip("/")
        network = x.build(Settings(**case.settings(url, access)))
        [remote] = network.connect.accounts(case.credentials(access))
        account = Account("a", "o", "x", remote.external_id, remote.name, remote.credentials)
        return Connected(server, network, account, server.get("/_sandbox/clock").json()["now"])

    yield make
    CREDITS.left = None
    server.client.delete("/_sandbox/faults").raise_for_status()


@pytest.fixture
def brand(connect: Callable[[int], Connected]) -> Connected:
    """The first brand's account, which has no Premium."""
    return connect(0)


@pytest.fixture
def premium(connect: Callable[[int], Connected]) -> Connected:
    """The second brand's account, which has Premium."""
    return connect(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test puts its files."""
    return tmp_path


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are tried once."""
    monkeypatch.setattr("platforms.http.READ_ATTEMPTS", 1)
