"""Threads: connect profiles. A token lives 60 days and is renewed by itself, once it is a day old.

Source: developers.facebook.com, Threads API "Get Access Tokens", "Long-Lived Tokens", "Debug Token".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, Rejected, TemporarilyRejected
from platforms.http import Api
from platforms.meta.errors import DEAD_CODES
from platforms.meta.tokens import due, renew
from platforms.threads.capabilities import BASIC, SCOPES
from platforms.threads.errors import LABEL

KEY = "threads"


class ThreadsConnector:
    """Connects Threads profiles by OAuth; Threads takes no PKCE.

    `api` is the versioned host, `plain` the same without a version, for tokens.
    """

    fields: tuple[Field, ...] = ()

    def __init__(self, api: Api, plain: Api, dialog_url: str, client_id: str, client_secret: str) -> None:
        self._api, self._plain, self._dialog_url = api, plain, dialog_url
        self._client_id, self._secret = client_id, client_secret

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """The consent page."""
        parameters = {
            "client_id": self._client_id,
            "redirect_uri": callback,
            "response_type": "code",
            "scope": ",".join(SCOPES),
            "state": state,
        }
        return Consent(oauth.consent_url(f"{self._dialog_url.rstrip('/')}/oauth/authorize", parameters))

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:  # noqa: ARG002
        """``POST /oauth/access_token`` for an hour, then ``GET /access_token`` for 60 days.

        Raises:
            NeedsPerson: the person said no, or did not let AllIN see the profile.
            NeedsReconnect: the code is dead.
        """
        form = {
            "client_id": self._client_id,
            "client_secret": self._secret,
            "grant_type": "authorization_code",
            "redirect_uri": callback,
            "code": oauth.code_of(LABEL, answer).removesuffix("#_"),
        }
        reply = oauth.redeem(self._plain, "oauth/access_token", form, dead=DEAD_CODES)
        short = oauth.credentials(reply, LABEL).access_token
        parameters = {"grant_type": "th_exchange_token", "client_secret": self._secret, "access_token": short}
        long = due(self._plain.read("access_token", parameters, token=short), LABEL)
        scopes = _scopes(self._inspect(long.access_token))
        if scopes is not None and BASIC not in scopes:
            words = f"{LABEL} was not given the permission to see the profile; start again"
            raise NeedsPerson(words, code="denied")
        return replace(long, scopes=scopes)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one profile of ``GET /me``."""
        fields = {"fields": "id,username,name"}
        document = self._api.read("me", fields, token=credentials.access_token).document or {}
        if not document.get("id"):
            raise TemporarilyRejected(f"{LABEL} did not say whose token this is")
        handle = str(document.get("username") or "")
        name = str(document.get("name") or handle or document["id"])
        return [RemoteAccount(KEY, str(document["id"]), name, credentials, handle=handle)]

    def refresh(self, credentials: Credentials) -> Credentials:
        """The access for 60 more days; see `platforms.meta.tokens.renew`."""
        return renew(self._plain, LABEL, "th_refresh_token", credentials)

    def standing(self, account: Account) -> Standing:
        """``GET /debug_token`` about the token, or where Threads does not answer that, ``GET /me``."""
        token = account.credentials.access_token
        data = self._inspect(token)
        if data.get("is_valid") is False:
            raise NeedsReconnect(f"{LABEL} no longer accepts the account's token; connect it again")
        if not data:
            self._api.read("me", {"fields": "id"}, token=token)
        return Standing(_scopes(data))

    def revoke(self, account: Account) -> None:
        """Threads has no call that ends an access."""

    def _inspect(self, token: str) -> Mapping[str, Any]:
        """What is known of a token; empty where Threads does not tell."""
        parameters = {"input_token": token}
        reply = self._plain.read("debug_token", parameters, token=token, tolerated=_is_refusal)
        data = (reply.document or {}).get("data")
        return data if isinstance(data, dict) else {}


def _scopes(data: Mapping[str, Any]) -> frozenset[str] | None:
    scopes = data.get("scopes")
    return frozenset(map(str, scopes)) if isinstance(scopes, list) else None


def _is_refusal(error: NetworkError) -> bool:
    return isinstance(error, Rejected | NeedsPerson)
