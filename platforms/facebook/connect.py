"""Facebook Pages: which pages a person's token reaches, and how a token fares."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from platforms.contract import Credentials, RemoteAccount
from platforms.errors import NeedsReconnect, TemporarilyRejected
from platforms.http import Api

KEY = "facebook"
PAGES_PER_REQUEST = "100"
MAX_REQUESTS = 50

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TokenState:
    """What ``debug_token`` says. Times are aware UTC; None is "never"."""

    valid: bool
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    scopes: tuple[str, ...]


class FacebookConnector:
    """Connects Facebook Pages with a person's long-lived token."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The pages of ``GET /me/accounts``, each with its own page token.

        From a long-lived user token these have no expiry. A page without a token (no task on it) is left out.
        """
        found: dict[str, RemoteAccount] = {}
        params = {"fields": "id,name,access_token,tasks", "limit": PAGES_PER_REQUEST}
        for _ in range(MAX_REQUESTS):
            document = self._api.read("me/accounts", params, token=credentials.access_token).document or {}
            for page in document.get("data", []):
                if not page.get("access_token"):
                    log.warning("page %s gives no token to this person and is left out", page.get("id"))
                    continue
                found[str(page["id"])] = _remote(page)
            paging = document.get("paging", {})
            if not paging.get("next"):
                return list(found.values())
            params["after"] = paging["cursors"]["after"]
        raise TemporarilyRejected("Facebook's list of pages does not end")

    def refresh(self, credentials: Credentials) -> Credentials:  # noqa: ARG002 - the contract's signature
        """Meta has no refresh tokens: always raises NeedsReconnect."""
        raise NeedsReconnect("Facebook tokens can't be renewed without the person; connect the page again")

    def inspect(self, credentials: Credentials) -> TokenState:
        """``GET /debug_token`` about the token itself."""
        token = credentials.access_token
        reply = self._api.read("debug_token", {"input_token": token}, token=token)
        data = (reply.document or {}).get("data", {})
        return TokenState(
            valid=data.get("is_valid") is True,
            expires_at=_moment(data.get("expires_at")),
            data_access_expires_at=_moment(data.get("data_access_expires_at")),
            scopes=tuple(data.get("scopes", ())),
        )


def _remote(page: dict[str, Any]) -> RemoteAccount:
    external_id = str(page["id"])
    credentials = Credentials(access_token=page["access_token"])
    return RemoteAccount(KEY, external_id, str(page.get("name") or external_id), credentials)


def _moment(seconds: Any) -> datetime | None:
    """Unix seconds as aware UTC; Meta writes 0 for "never"."""
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds > 0 else None
