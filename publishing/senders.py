"""Where the publisher gets usable accounts and connectors from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from foundation.settings import Settings
from platforms import accounts, registry
from platforms.contract import Account, Publisher
from platforms.errors import NetworkError


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
        return registry.network(network, self.settings).publish

    def label(self, network: str) -> str:
        """The network's name for people."""
        return registry.network(network, self.settings).label
