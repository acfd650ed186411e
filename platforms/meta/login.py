"""Facebook Login, by which Pages and the Instagram accounts of Pages are connected.

Source: developers.facebook.com, "Manually Build a Login Flow", "Long-Lived Access Tokens", "Debug Token".
Meta has no PKCE there and no refresh tokens.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from platforms import oauth
from platforms.contract import Credentials, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.meta.errors import DEAD_CODES, wrong_app
from platforms.meta.listing import after_of, has_next, posts_of
from platforms.redaction import for_people

PAGES_PER_REQUEST, MAX_REQUESTS = "100", 50

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TokenState:
    """What ``debug_token`` says of a token that holds. Times are aware UTC; None is "never"."""

    expires_at: datetime | None
    data_access_expires_at: datetime | None
    scopes: frozenset[str]

    def standing(self, scopes: frozenset[str]) -> Standing:
        """How an account with these of its scopes fares; data access ends 90 days after the last login."""
        ends = [moment for moment in (self.expires_at, self.data_access_expires_at) if moment]
        return Standing(scopes, min(ends, default=None))


class FacebookLogin:
    """The app `client_id` at the Graph API, and its consent page at `dialog_url`, both with their version."""

    def __init__(self, api: Api, dialog_url: str, client_id: str, client_secret: str) -> None:
        self._api, self._dialog_url = api, dialog_url
        self._client = {"client_id": client_id, "client_secret": client_secret}

    def address(self, scopes: Iterable[str], callback: str, state: str) -> str:
        """The consent page; what was declined before is asked again."""
        parameters = {
            "client_id": self._client["client_id"],
            "redirect_uri": callback,
            "state": state,
            "response_type": "code",
            "scope": ",".join(scopes),
            "auth_type": "rerequest",
        }
        return oauth.consent_url(f"{self._dialog_url}/dialog/oauth", parameters)

    def redeem(self, code: str, callback: str) -> Credentials:
        """The person's token for about 60 days, with the scopes they granted.

        Raises:
            NeedsReconnect: the code is dead.
            NeedsPerson: the app's id or secret is wrong.
        """
        short = self._exchanged({"redirect_uri": callback, "code": code}).access_token
        long = self._exchanged({"grant_type": "fb_exchange_token", "fb_exchange_token": short})
        return replace(long, scopes=self._inspected(long.access_token)[0].scopes)

    def pages(self, token: str, fields: str) -> Iterator[Mapping[str, Any]]:
        """The Pages of ``GET /me/accounts`` that give the person a token (a task on them).

        From a long-lived token theirs have no expiry.
        """
        params = {"fields": f"id,name,access_token,{fields}", "limit": PAGES_PER_REQUEST}
        for _ in range(MAX_REQUESTS):
            document = self._api.read("me/accounts", params, token=token).document or {}
            for page in posts_of(document):
                if page.get("access_token"):
                    yield page
                else:
                    log.warning("page %s gives no token to this person and is left out", page.get("id"))
            if not has_next(document):
                return
            after = after_of(document)
            if after is None:
                break
            params["after"] = after
        raise TemporarilyRejected(f"{self._api.label}'s list of Pages does not end")

    def inspect(self, token: str) -> TokenState:
        """What ``debug_token`` says of a token.

        Raises:
            NeedsReconnect: it is dead: signed out, password changed, role lost, expired.
            NeedsPerson: the settings name a wrong app, or a version of the API that is gone.
        """
        state, reply = self._inspected(token)
        require_version(self._api, reply)
        return state

    def _exchanged(self, form: Mapping[str, str]) -> Credentials:
        form = {**self._client, **form}
        reply = oauth.redeem(self._api, "oauth/access_token", form, dead=DEAD_CODES)
        return oauth.credentials(reply, self._api.label)

    def _inspected(self, token: str) -> tuple[TokenState, Reply]:
        """``GET /debug_token``, asked as the app, or where none is set up with the token itself."""
        label, asking = (
            self._api.label,
            "|".join(self._client.values()) if all(self._client.values()) else token,
        )
        try:
            reply = self._api.read("debug_token", {"input_token": token}, token=asking)
        except NeedsReconnect as error:
            if asking == token:
                raise
            # What is wrong with the token that is asked about stands in the answer: this is about the app's.
            raise wrong_app(label, error.code, error.status) from None
        data = (reply.document or {}).get("data") or {}
        if data.get("is_valid") is not True:
            words = for_people(str((data.get("error") or {}).get("message") or "connect the account again"))
            raise NeedsReconnect(f"{label} no longer accepts the account's token: {words}")
        ends = _moment(data.get("expires_at")), _moment(data.get("data_access_expires_at"))
        return TokenState(*ends, frozenset(map(str, data.get("scopes") or ()))), reply


def require_version(api: Api, reply: Reply) -> None:
    """Raises NeedsPerson when Meta answered with another version than was asked for: that one is gone."""
    asked, served = api.base_url.rpartition("/")[2], reply.headers.get("facebook-api-version")
    if served and served != asked:
        raise NeedsPerson(
            f"{api.label} no longer has version {asked} of its API and answers with {served}; "
            "set ALLIN_FACEBOOK_API_VERSION to that or a newer one"
        )


def _moment(seconds: Any) -> datetime | None:
    """Unix seconds as aware UTC; Meta writes 0 for "never"."""
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds > 0 else None
