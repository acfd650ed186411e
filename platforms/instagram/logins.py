"""Instagram's two logins: its own on graph.instagram.com, and Facebook's on graph.facebook.com.

Sources: developers.facebook.com, "Business Login for Instagram", "Access Token", "Refresh Access Token";
"Instagram API with Facebook Login".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from platforms import oauth
from platforms.contract import Account, Credentials, RemoteAccount, Standing
from platforms.errors import NeedsReconnect, NetworkError, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.instagram.capabilities import BASIC, FACEBOOK_SCOPES, SCOPES
from platforms.instagram.connect import KEY, LOGIN, require
from platforms.instagram.errors import LABEL
from platforms.meta.errors import DEAD_CODES
from platforms.meta.login import FacebookLogin, require_version
from platforms.meta.tokens import due, renew

# Facebook's names of the permissions, as the capabilities call them.
SAME = {
    "instagram_basic": BASIC,
    "instagram_content_publish": "instagram_business_content_publish",
    "instagram_manage_insights": "instagram_business_manage_insights",
    "instagram_manage_comments": "instagram_business_manage_comments",
}


class InstagramLogin:
    """Instagram's own login. A token lives 60 days and is renewed by itself, once it is a day old.

    `api` is the versioned host, `plain` the same without a version, for tokens; `exchange` takes codes.
    """

    def __init__(
        self, api: Api, plain: Api, exchange: Api, dialog_url: str, client_id: str, client_secret: str
    ) -> None:
        self._api, self._plain, self._exchange = api, plain, exchange
        self._dialog_url, self._client_id, self._secret = dialog_url, client_id, client_secret

    def address(self, callback: str, state: str) -> str:
        """The consent page."""
        parameters = {
            "client_id": self._client_id,
            "redirect_uri": callback,
            "response_type": "code",
            "scope": ",".join(SCOPES),
            "state": state,
        }
        return oauth.consent_url(f"{self._dialog_url.rstrip('/')}/oauth/authorize", parameters)

    def redeem(self, code: str, callback: str) -> Credentials:
        """``POST /oauth/access_token`` for an hour, then ``GET /access_token`` for 60 days."""
        form = {
            "client_id": self._client_id,
            "client_secret": self._secret,
            "grant_type": "authorization_code",
            "redirect_uri": callback,
            "code": code,
        }
        reply = oauth.redeem(self._exchange, "oauth/access_token", form, dead=DEAD_CODES)
        short, scopes = _short(reply)
        require(scopes, BASIC)
        parameters = {"grant_type": "ig_exchange_token", "client_secret": self._secret, "access_token": short}
        return replace(due(self._plain.read("access_token", parameters, token=short), LABEL), scopes=scopes)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one account of ``GET /me``; `user_id` is the professional account's id."""
        fields = {"fields": "user_id,username,name,account_type"}
        document = self._api.read("me", fields, token=credentials.access_token).document or {}
        if not document.get("user_id"):
            raise TemporarilyRejected(f"{LABEL} did not say whose token this is")
        return [_remote(document, str(document["user_id"]), credentials, server="")]

    def refresh(self, credentials: Credentials) -> Credentials:
        """The access for 60 more days; see `platforms.meta.tokens.renew`."""
        return renew(self._plain, LABEL, "ig_refresh_token", credentials)

    def standing(self, account: Account) -> Standing:
        """``GET /me``: Instagram does not tell the permissions of a token."""
        reply = self._api.read("me", {"fields": "user_id"}, token=account.credentials.access_token)
        require_version(self._api, reply)
        return Standing()


class PageLogin:
    """Facebook's login: a person's long-lived token, and from it their Pages' tokens, without an end."""

    def __init__(self, login: FacebookLogin) -> None:
        self._login = login

    def address(self, callback: str, state: str) -> str:
        """The consent page."""
        return self._login.address(FACEBOOK_SCOPES, callback, state)

    def redeem(self, code: str, callback: str) -> Credentials:
        """The code for 60 days."""
        found = self._login.redeem(code, callback)
        scopes = _same(found.scopes or frozenset())
        require(scopes, BASIC)
        return replace(found, scopes=scopes, extra={LOGIN: "facebook"})

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The Instagram accounts of the Pages of ``GET /me/accounts``, each with its Page's token."""
        found: dict[str, RemoteAccount] = {}
        linked = "instagram_business_account{id,username,name}"
        for page in self._login.pages(credentials.access_token, linked):
            account = page.get("instagram_business_account") or {}
            if account.get("id"):
                own = replace(credentials, access_token=str(page["access_token"]), expires_at=None)
                named = {"name": page.get("name"), **account}
                found[str(account["id"])] = _remote(named, str(account["id"]), own, server="facebook")
        return list(found.values())

    def refresh(self, credentials: Credentials) -> Credentials:  # noqa: ARG002 - the contract's signature
        """Meta has no refresh tokens: always raises NeedsReconnect."""
        raise NeedsReconnect(f"{LABEL} can't renew this access without the person; connect the account again")

    def standing(self, account: Account) -> Standing:
        """``GET /debug_token`` about the Page's token: its permissions, and the end of data access."""
        state = self._login.inspect(account.credentials.access_token)
        return state.standing(_same(state.scopes))


def _same(scopes: frozenset[str]) -> frozenset[str]:
    """Permissions of Facebook's login by the names that the capabilities have for them."""
    return frozenset(SAME.get(scope, scope) for scope in scopes)


def _short(reply: Reply) -> tuple[str, frozenset[str] | None]:
    """Token and permissions of a code exchange: flat, or within `data` as newer documents have it."""
    document: Mapping[str, Any] = reply.document or {}
    inner = document.get("data")
    if isinstance(inner, list) and inner and isinstance(inner[0], dict):
        document = inner[0]
    token, granted = document.get("access_token"), document.get("permissions")
    if not isinstance(token, str) or not token:
        raise _no_token(reply)
    if isinstance(granted, list):
        granted = ",".join(map(str, granted))
    return token, oauth.scopes_of(granted) if isinstance(granted, str) else None


def _no_token(reply: Reply) -> NetworkError:
    return TemporarilyRejected(f"{LABEL} answered without a token", status=reply.status)


def _remote(
    document: Mapping[str, Any], external_id: str, credentials: Credentials, *, server: str
) -> RemoteAccount:
    handle = str(document.get("username") or "")
    name = str(document.get("name") or handle or external_id)
    return RemoteAccount(KEY, external_id, name, credentials, handle=handle, server=server)
