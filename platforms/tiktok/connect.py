"""TikTok: consent, the account a token belongs to, and tokens that are replaced at every refresh.

Source: developers.tiktok.com, Login Kit "Manage user access tokens" (2026-11). PKCE is for mobile and
desktop apps only. Lives of tokens are what the answers say: they have changed before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, TemporarilyRejected
from platforms.http import Api, Reply, is_done
from platforms.tiktok.capabilities import CAPABILITIES
from platforms.tiktok.errors import LABEL

KEY = "tiktok"
TOKEN = "v2/oauth/token/"  # noqa: S105 - a path
USER = "v2/user/info/"
CONSENT_ENDS = "consent_ends_at"
PROFILE = "user.info.profile"


class TikTokConnector:
    """Connects TikTok accounts; `client_key` and `client_secret` are the app's."""

    fields: tuple[Field, ...] = ()

    def __init__(self, api: Api, dialog_url: str, client_key: str, client_secret: str) -> None:
        self._api, self._dialog_url = api, dialog_url.rstrip("/")
        self._key, self._secret = client_key, client_secret

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """Send the person to TikTok's consent page."""
        scopes = frozenset[str]().union(*CAPABILITIES.scopes.values())
        parameters = {
            "client_key": self._key,
            "scope": ",".join(sorted(scopes)),
            "response_type": "code",
            "redirect_uri": callback,
            "state": state,
        }
        return Consent(oauth.consent_url(f"{self._dialog_url}/v2/auth/authorize/", parameters))

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:  # noqa: ARG002
        """Tokens for the code. Raises NeedsPerson when the person said no."""
        form = {
            **self._client(),
            "code": oauth.code_of(LABEL, answer),
            "grant_type": "authorization_code",
            "redirect_uri": callback,
        }
        return _credentials(oauth.redeem(self._api, TOKEN, form), None)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one account of ``GET /v2/user/info/``."""
        named = credentials.scopes is not None and PROFILE in credentials.scopes
        fields = "open_id,display_name,username" if named else "open_id,display_name"
        reply = self._api.read(USER, {"fields": fields}, token=credentials.access_token)
        user = ((reply.document or {}).get("data") or {}).get("user") or {}
        if not user.get("open_id"):
            raise TemporarilyRejected(f"{LABEL} did not say whose token this is")
        external_id, handle = str(user["open_id"]), str(user.get("username") or "")
        name = str(user.get("display_name") or handle or external_id)
        return [RemoteAccount(KEY, external_id, name, credentials, handle)]

    def refresh(self, credentials: Credentials) -> Credentials:
        """``grant_type=refresh_token``: the old refresh token is dead as soon as TikTok has answered.

        Raises:
            NeedsReconnect: there is no refresh token, or TikTok says that it is dead.
            NeedsPerson: TikTok does not know the app.
            TemporarilyRejected: no usable answer.
        """
        if not credentials.refresh_token:
            raise NeedsReconnect(f"{LABEL} gave no refresh token for this account; connect it again")
        form = {
            **self._client(),
            "grant_type": "refresh_token",
            "refresh_token": credentials.refresh_token,
        }
        return _credentials(oauth.redeem(self._api, TOKEN, form), credentials)

    def standing(self, account: Account) -> Standing:
        """Whether the token still opens the account; `ends_at` is the end of its refresh token."""
        self._api.read(USER, {"fields": "open_id"}, token=account.credentials.access_token)
        ends = account.credentials.extra.get(CONSENT_ENDS)
        return Standing(account.credentials.scopes, datetime.fromisoformat(ends) if ends else None)

    def revoke(self, account: Account) -> None:
        """Give the token back. Answered with an empty body."""
        form = {**self._client(), "token": account.credentials.access_token}
        self._api.upload("v2/oauth/revoke/", form=form, accepts=is_done)

    def _client(self) -> dict[str, str]:
        if not self._key or not self._secret.strip():
            raise NeedsPerson(
                "AllIN has no TikTok app yet: set ALLIN_TIKTOK_CLIENT_ID and ALLIN_TIKTOK_CLIENT_SECRET"
            )
        return {"client_key": self._key, "client_secret": self._secret}


def _credentials(reply: Reply, previous: Credentials | None) -> Credentials:
    """The tokens of an answer, with the end of the refresh token, after which only a person can go on."""
    found = oauth.credentials(reply, LABEL, previous)
    life_s = (reply.document or {}).get("refresh_expires_in")
    if not isinstance(life_s, int | float):
        return found
    ends = (reply.requested_at + timedelta(seconds=life_s)).isoformat()
    return replace(found, extra={**found.extra, CONSENT_ENDS: ends})
