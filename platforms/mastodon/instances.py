"""The servers that accounts are on, and the names of accounts there."""

from __future__ import annotations

from platforms import servers
from platforms.contract import Account
from platforms.http import Api
from platforms.mastodon.errors import LABEL, classify


class Instances:
    """The server of each account, or `instead` the one that stands in for all of them."""

    def __init__(self, instead: str) -> None:
        self._instead = Api(LABEL, instead, classify) if instead else None

    def api(self, server: str) -> Api:
        """The API of a server's base URL."""
        return self._instead or servers.guarded(LABEL, server, classify)

    def of(self, account: Account) -> Api:
        """The API of the account's server."""
        return self.api(account.server)


def id_of(account: Account) -> str:
    """The account's id on its server; ours names the server too, as servers number accounts by themselves."""
    return account.external_id.partition("@")[0]
