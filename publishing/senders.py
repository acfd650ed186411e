"""Where the publisher gets usable accounts and connectors from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from foundation.settings import Settings
from platforms import accounts, registry
from platforms.capabilities import Capabilities
from platforms.contract import Account, Found, Network, Offering, Published, Publisher
from platforms.errors import NetworkError
from platforms.limits import on_behalf_of
from platforms.message import Message


class Senders(Protocol):
    """The door to the networks."""

    def account(self, account_id: UUID) -> Account:
        """The account with a token that is good for a while. May raise a NetworkError."""

    def report(self, account: Account, error: NetworkError) -> None:
        """Take note of what a network said about an account's token."""

    def publisher(self, network: str) -> Publisher:
        """The connector that publishes on a network."""

    def label(self, network: str) -> str:
        """The network's name for people."""

    def capabilities(self, network: str) -> Capabilities:
        """What the network can do."""


@dataclass(frozen=True)
class CountedPublisher:
    """A network's publisher whose calls are counted against the limits of the network."""

    network: Network
    settings: Settings

    def check(self, message: Message) -> list[str]:
        """What the network would refuse; asks nobody."""
        return self.network.publish.check(self._fitting(message))

    def length(self, message: Message) -> int:
        """How much of the limit the text uses."""
        return self.network.publish.length(self._fitting(message))

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """See `platforms.contract.Publisher`."""
        with self._counted(account):
            yield from self.network.publish.prepare(account, self._fitting(message), prepared)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """See `platforms.contract.Publisher`."""
        with self._counted(account):
            return self.network.publish.submit(account, self._fitting(message), prepared)

    def confirm(self, account: Account, external_id: str) -> Published:
        """See `platforms.contract.Publisher`."""
        with self._counted(account):
            return self.network.publish.confirm(account, external_id)

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """See `platforms.contract.Publisher`."""
        with self._counted(account):
            return self.network.publish.find(account, self._fitting(message), sent_at, prepared)

    def choices(self, account: Account, option_key: str) -> dict[str, str]:
        """See `platforms.contract.Offering`; empty where the network tells none."""
        publisher = self.network.publish
        if not isinstance(publisher, Offering):
            return {}
        with self._counted(account):
            return publisher.choices(account, option_key)

    def _fitting(self, message: Message) -> Message:
        return self.network.capabilities.fitting(message)

    def _counted(self, account: Account) -> AbstractContextManager[None]:
        return on_behalf_of(account, self.network.label, self.network.capabilities, self.settings)


@dataclass(frozen=True)
class ConnectedSenders:
    """The installation's own accounts and connectors."""

    settings: Settings

    def account(self, account_id: UUID) -> Account:
        """The account, its token refreshed ahead of its end. May raise a NetworkError."""
        return accounts.usable(account_id, self.settings)

    def report(self, account: Account, error: NetworkError) -> None:
        """A dead token marks the account; a refused one is renewed before the next use."""
        accounts.report(account, error, self.settings)

    def publisher(self, network: str) -> Publisher:
        """The connector that publishes on a network."""
        return CountedPublisher(registry.network(network, self.settings), self.settings)

    def label(self, network: str) -> str:
        """The network's name for people."""
        return registry.network(network, self.settings).label

    def capabilities(self, network: str) -> Capabilities:
        """What the network can do."""
        return registry.network(network, self.settings).capabilities
