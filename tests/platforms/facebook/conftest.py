"""A sandbox of its own, whose clock these tests move, and a page on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from foundation.settings import Settings
from platforms.contract import Account, Entity, Network, Published
from platforms.facebook import network as facebook
from platforms.facebook.connect import FacebookConnector
from platforms.message import Message
from tests.platforms.facebook import case
from tests.sandbox.server import Running, running

PROCESSED_S = 11.0  # a video of the sandbox is public, and its post known


@dataclass
class Page:
    """One page, connected, on a sandbox that keeps its files under `home`."""

    server: Running
    network: Network
    account: Account
    home: Path
    since: str = ""

    @property
    def access(self) -> dict[str, Any]:
        """What connects the page, fresh."""
        found: dict[str, Any] = self.server.get("/_sandbox/world").json()["brands"][0]["facebook"]
        return found

    @property
    def connector(self) -> FacebookConnector:
        """Facebook's own connector."""
        assert isinstance(self.network.connect, FacebookConnector)
        return self.network.connect

    def at(self, **changes: Any) -> Page:
        """The same page with other settings."""
        return replace(self, network=build(self.server, **changes))

    def prepared(self, message: Message, kept: dict[str, Any] | None = None) -> dict[str, Any]:
        """All ids after `prepare`, merged as the caller does: each set replaces the one before."""
        steps = [dict(kept or {}), *self.network.publish.prepare(self.account, message, kept or {})]
        return steps[-1]

    def publish(self, message: Message) -> Published:
        """Prepare and submit."""
        assert self.network.publish.check(message) == []
        return self.network.publish.submit(self.account, message, self.prepared(message))

    def taken(self) -> list[dict[str, Any]]:
        """What the sandbox accepted since this test began."""
        return [post for post in self.server.accepted() if post["accepted_at"] >= self.since]

    def fault(self, endpoint: str, kind: str, **more: Any) -> None:
        """Arm a fault, once unless told otherwise."""
        self.server.fault(network="facebook", endpoint=endpoint, kind=kind, **{"times": 1, **more})

    def hits(self) -> int:
        """How often the armed faults struck."""
        return sum(fault["hits"] for fault in self.server.get("/_sandbox/faults").json()["faults"])

    def clear(self) -> None:
        """Disarm all faults, and count what is accepted from now on."""
        self.server.client.delete("/_sandbox/faults").raise_for_status()
        self.since = self.server.get("/_sandbox/clock").json()["now"]

    def role(self, *tasks: str) -> None:
        """Give the person's role on the page these tasks."""
        form = {"page_id": self.account.external_id, "tasks": " ".join(tasks)}
        self.server.client.post("/facebook/_role", data=form).raise_for_status()

    def documents(self, entity: Entity, cursor: str | None = None) -> list[dict[str, Any]]:
        """The bodies of an entity's answers."""
        answers = self.network.collect.collect(self.account, entity, None, datetime.now(UTC), cursor)
        return [json.loads(answer.body) for answer in answers]


def build(server: Running, **changes: str) -> Network:
    """Facebook at the sandbox."""
    access = server.brands[0]["facebook"]
    return facebook.build(Settings(**{**case.settings(url(server), access), **changes}))


def url(server: Running) -> str:
    """Where the sandbox listens."""
    return str(server.client.base_url).rstrip("/")


def connected(server: Running, home: Path) -> Page:
    """The first brand's page."""
    network = build(server)
    [remote] = network.connect.accounts(case.credentials(server.brands[0]["facebook"]))
    account = Account("a", "o", "facebook", remote.external_id, remote.name, remote.credentials)
    return Page(server, network, account, home)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page on a sandbox for these tests alone."""
    home = tmp_path_factory.mktemp("facebook")
    with running(home, days=60) as server:
        yield connected(server, home)


@pytest.fixture
def page(shared: Page) -> Iterator[Page]:
    """A page without faults, on the shared sandbox."""
    shared.clear()
    yield shared
    shared.clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are tried once."""
    monkeypatch.setattr("platforms.http.READ_ATTEMPTS", 1)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Page]:
    """A page on a sandbox of this test alone."""
    with running(tmp_path / "sandbox", days=20) as server:
        found = connected(server, tmp_path / "sandbox")
        found.clear()
        yield found
