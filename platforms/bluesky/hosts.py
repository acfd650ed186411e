"""Which host an account's calls go to."""

from __future__ import annotations

from platforms import servers
from platforms.bluesky.errors import LABEL, classify
from platforms.contract import Account
from platforms.http import Api


class Hosts:
    """Bluesky's own host at `own_url`, and those that people name."""

    def __init__(self, own_url: str) -> None:
        self._own = Api(LABEL, own_url, classify)

    def api(self, host: str) -> Api:
        """The host of a base URL; '' is Bluesky's own."""
        return servers.guarded(LABEL, host, classify) if host else self._own

    def of(self, account: Account) -> Api:
        """The account's host."""
        return self.api(account.server)
