"""Instagram's two logins: its own on graph.instagram.com, and Facebook's on graph.facebook.com.

Sources: developers.facebook.com, "Business Login for Instagram", "Access Token", "Refresh Access Token";
"Instagram API with Facebook Login", "Debug Token".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from platforms import oauth
from platforms.contract import Account, Credentials, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.instagram.capabilities import BASIC, FACEBOOK_SCOPES, SCOPES
from platforms.instagram.connect import KEY, LOGIN, require
from platforms.instagram.errors import LABEL
from platforms.meta.errors import DEAD_CODES
from platforms.meta.tokens import due, renew

PAGES_PER_REQUEST, MAX_REQUESTS = "100", 50
# Facebook's names of the permissions, as the capabilities call them.
SAME = {
    "instagram_basic": BASIC,
    "instagram_content_publish": "instagram_business_content_publish",
    "instagram_manage_insights": "instagram_business_manage_insights",
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


class FacebookLogin:
    """Facebook's login: a person's long-lived token, and from it their Pages' tokens, without an end."""

    def __init__(self, api: Api, dialog_url: str, client_id: str, client_secret: str) -> None:
        self._api, self._dialog_url = api, dialog_url
        self._client = {"client_id": client_id, "client_secret": client_secret}

    def address(self, callback: str, state: str) -> str:
        """The consent page."""
        parameters = {
            "client_id": self._client["client_id"],
            "redirect_uri": callback,
            "response_type": "code",
            "scope": ",".join(FACEBOOK_SCOPES),
            "state": state,
        }
        return oauth.consent_url(f"{self._dialog_url}/dialog/oauth", parameters)

    def redeem(self, code: str, callback: str) -> Credentials:
        """``/oauth/access_token`` twice: the code for an hour's token, and that one for 60 days."""
        form = {**self._client, "redirect_uri": callback, "code": code}
        short = oauth.credentials(self._exchanged(form), LABEL)
        form = {
            **self._client,
            "grant_type": "fb_exchange_token",
            "fb_exchange_token": short.access_token,
        }
        long = oauth.credentials(self._exchanged(form), LABEL)
        scopes, _ = self._inspect(long.access_token)
        require(scopes, BASIC)
        return replace(long, scopes=scopes, extra={LOGIN: "facebook"})

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The Instagram accounts of the Pages of ``GET /me/accounts``, each with its Page's token."""
        found: dict[str, RemoteAccount] = {}
        for page in self._pages(credentials):
            linked, token = page.get("instagram_business_account") or {}, page.get("access_token")
            if linked.get("id") and token:
                own = Credentials(token, scopes=credentials.scopes, extra={LOGIN: "facebook"})
                named = {"name": page.get("name"), **linked}
                found[str(linked["id"])] = _remote(named, str(linked["id"]), own, server="facebook")
        return list(found.values())

    def refresh(self, credentials: Credentials) -> Credentials:  # noqa: ARG002 - the contract's signature
        """Meta has no refresh tokens: always raises NeedsReconnect."""
        raise NeedsReconnect(f"{LABEL} can't renew this access without the person; connect the account again")

    def standing(self, account: Account) -> Standing:
        """``GET /debug_token`` about the Page's token: its permissions, and the end of data access."""
        scopes, ends_at = self._inspect(account.credentials.access_token)
        return Standing(scopes, ends_at)

    def _exchanged(self, form: Mapping[str, str]) -> Reply:
        return oauth.redeem(self._api, "oauth/access_token", form, dead=DEAD_CODES)

    def _pages(self, credentials: Credentials) -> Iterator[Mapping[str, Any]]:
        linked = "instagram_business_account{id,username,name}"
        params = {"fields": f"id,name,access_token,{linked}", "limit": PAGES_PER_REQUEST}
        for _ in range(MAX_REQUESTS):
            document = self._api.read("me/accounts", params, token=credentials.access_token).document or {}
            yield from document.get("data") or []
            paging = document.get("paging") or {}
            if not paging.get("next"):
                return
            params["after"] = paging["cursors"]["after"]
        raise TemporarilyRejected(f"{LABEL}'s list of Pages does not end")

    def _inspect(self, token: str) -> tuple[frozenset[str], datetime | None]:
        """A token's permissions and when its data access ends; asked as the app, where one is set up.

        Raises:
            NeedsReconnect: it is dead.
            NeedsPerson: the settings name a wrong app, or a version of the API that is gone.
        """
        asking = "|".join(self._client.values()) if all(self._client.values()) else token
        try:
            reply = self._api.read("debug_token", {"input_token": token}, token=asking)
        except NeedsReconnect as error:
            if asking == token:
                raise
            words = f"{LABEL} does not accept the app's client id and secret; check the settings"
            raise NeedsPerson(words, code=error.code, status=error.status) from None
        require_version(self._api, reply)
        data = (reply.document or {}).get("data") or {}
        if data.get("is_valid") is not True:
            raise NeedsReconnect(f"{LABEL} no longer accepts the account's token; connect it again")
        ends = data.get("data_access_expires_at")
        ends_at = datetime.fromtimestamp(ends, UTC) if isinstance(ends, int) and ends > 0 else None
        return frozenset(SAME.get(scope, scope) for scope in data.get("scopes") or ()), ends_at


def require_version(api: Api, reply: Reply) -> None:
    """Raises NeedsPerson when Meta answered with another version than was asked for: that one is gone."""
    asked, served = api.base_url.rpartition("/")[2], reply.headers.get("facebook-api-version")
    if served and served != asked:
        raise NeedsPerson(
            f"{LABEL} no longer has version {asked} of its API and answers with {served}; "
            "set ALLIN_FACEBOOK_API_VERSION to that or a newer one"
        )


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
