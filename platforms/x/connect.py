"""X: the account a token belongs to, and new tokens from its single-use refresh token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from platforms.contract import Credentials, RemoteAccount
from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import Api, Reply

KEY = "x"
DEAD_REFRESH_TOKEN = "invalid_grant"  # noqa: S105 - RFC 6749 section 5.2
# X has also answered a dead refresh token with invalid_request and these words.
DEAD_WORDS = "token was invalid"


class XConnector:
    """Connects X accounts by OAuth 2.0; `client_id` and `client_secret` are the app's."""

    def __init__(self, api: Api, client_id: str, client_secret: str) -> None:
        self._api, self._client = api, (client_id, client_secret)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one account of ``GET /2/users/me``."""
        document = self._api.read("2/users/me", token=credentials.access_token).document or {}
        user = document.get("data") or {}
        if not user.get("id"):
            raise TemporarilyRejected("X did not say whose token this is")
        return [RemoteAccount(KEY, str(user["id"]), str(user.get("name") or user["id"]), credentials)]

    def refresh(self, credentials: Credentials) -> Credentials:
        """``POST /2/oauth2/token`` with ``grant_type=refresh_token``.

        The refresh token is single use: store the returned one before using anything of it. X lets
        a token out of 7,200 s. Not repeated, because a second use would end the whole family.

        Raises:
            NeedsReconnect: there is no refresh token, or X says that it is dead.
            NeedsPerson: X does not know the app's client id or secret.
            TemporarilyRejected: no usable answer; whether the token was used up shows at the next try.
        """
        if not credentials.refresh_token:
            raise NeedsReconnect("X gave no refresh token for this account; connect it again")
        form = {
            "grant_type": "refresh_token",
            "refresh_token": credentials.refresh_token,
            "client_id": self._client[0],
        }
        basic = self._client if self._client[1] else None  # a public client names itself in the form only
        try:
            reply = self._api.write("2/oauth2/token", form=form, basic=basic)
        except Ambiguous as error:
            raise TemporarilyRejected(error.message, code=error.code, status=error.status) from None
        except TokenRefused as error:
            raise NeedsPerson(
                "X does not accept the app's client id and secret; check ALLIN_X_CLIENT_ID",
                status=error.status,
            ) from None
        except Rejected as error:
            if error.code == DEAD_REFRESH_TOKEN or DEAD_WORDS in error.message:
                raise NeedsReconnect(
                    "X ended this connection; connect the account again", code=error.code, status=error.status
                ) from None
            raise NeedsPerson(error.message, code=error.code, status=error.status) from None
        return _credentials(reply, credentials.refresh_token)


def _credentials(reply: Reply, previous: str) -> Credentials:
    """RFC 6749 section 5.1; an answer without a refresh token leaves the one there was."""
    document: dict[str, Any] = reply.document or {}
    access_token, life_s = document.get("access_token"), document.get("expires_in")
    if not isinstance(access_token, str) or not access_token:
        raise TemporarilyRejected("X answered without a token", status=reply.status)
    # Counted from when it was asked for: never later than it really ends.
    expires_at = reply.requested_at + timedelta(seconds=life_s) if isinstance(life_s, int) else None
    return Credentials(access_token, document.get("refresh_token") or previous, expires_at)
