"""YouTube: consent at Google, the channel a token belongs to, and tokens from a lasting refresh token.

Source: developers.google.com, "OAuth 2.0 for web server applications". Google names a refresh token at the
first consent only, unless the person is asked again (``prompt=consent``); it dies after six months without
use, and after seven days while the project's consent screen is in testing.
"""

from __future__ import annotations

from collections.abc import Mapping

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, Rejected
from platforms.http import Api, is_done
from platforms.youtube.capabilities import CAPABILITIES
from platforms.youtube.errors import LABEL

KEY = "youtube"
VERIFIER = "verifier"
CHANNELS = "youtube/v3/channels"


class YouTubeConnector:
    """Connects YouTube channels; `client_id` and `client_secret` are the Google project's."""

    fields: tuple[Field, ...] = ()

    def __init__(self, api: Api, tokens: Api, dialog_url: str, client_id: str, client_secret: str) -> None:
        self._api, self._tokens, self._dialog_url = api, tokens, dialog_url.rstrip("/")
        self._id, self._secret = client_id, client_secret

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """Send the person to Google's consent page."""
        verifier = oauth.verifier()
        scopes = frozenset[str]().union(*CAPABILITIES.scopes.values())
        parameters = {
            "client_id": self._id,
            "redirect_uri": callback,
            "response_type": "code",
            "scope": " ".join(sorted(scopes)),
            "state": state,
            "access_type": "offline",
            "prompt": "consent",
            "include_granted_scopes": "true",
            "code_challenge": oauth.challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = oauth.consent_url(f"{self._dialog_url}/o/oauth2/v2/auth", parameters)
        return Consent(url, {VERIFIER: verifier})

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:
        """Tokens for the code. Raises NeedsPerson when the person said no."""
        form = {
            **self._client(),
            "code": oauth.code_of(LABEL, answer),
            "code_verifier": consent.kept[VERIFIER],
            "grant_type": "authorization_code",
            "redirect_uri": callback,
        }
        return oauth.credentials(oauth.redeem(self._tokens, "token", form), LABEL)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The channels of the Google account that was chosen: one, or none.

        Raises:
            NeedsPerson: the Google account has no channel.
        """
        params = {"part": "snippet", "mine": "true"}
        document = self._api.read(CHANNELS, params, token=credentials.access_token).document or {}
        items = document.get("items") or []
        if not items:
            raise NeedsPerson("This Google account has no YouTube channel; make one first, or choose another")
        return [_remote(item, credentials) for item in items]

    def refresh(self, credentials: Credentials) -> Credentials:
        """``grant_type=refresh_token``; the refresh token stays the same.

        Raises:
            NeedsReconnect: there is no refresh token, or Google says that it is dead.
            NeedsPerson: Google does not know the app.
            TemporarilyRejected: no usable answer.
        """
        if not credentials.refresh_token:
            raise NeedsReconnect(f"{LABEL} gave no refresh token for this channel; connect it again")
        form = {
            **self._client(),
            "grant_type": "refresh_token",
            "refresh_token": credentials.refresh_token,
        }
        return oauth.credentials(oauth.redeem(self._tokens, "token", form), LABEL, credentials)

    def standing(self, account: Account) -> Standing:
        """Whether the token still opens the channel. Google does not say until when.

        Raises:
            NeedsPerson: the channel is gone, or the token opens another one.
        """
        params = {"part": "id", "mine": "true"}
        reply = self._api.read(CHANNELS, params, token=account.credentials.access_token)
        items = (reply.document or {}).get("items") or []
        if account.external_id not in {str(item.get("id")) for item in items}:
            raise NeedsPerson(f"{LABEL} no longer shows this channel to who connected it")
        return Standing(account.credentials.scopes)

    def revoke(self, account: Account) -> None:
        """Give the consent back with all its tokens; without effect when it is over already."""
        token = account.credentials.refresh_token or account.credentials.access_token
        try:
            self._tokens.upload("revoke", form={"token": token}, accepts=is_done)
        except Rejected as error:
            if error.code != "invalid_token":
                raise

    def _client(self) -> dict[str, str]:
        if not self._id or not self._secret.strip():
            raise NeedsPerson(
                "AllIN has no Google project yet: set ALLIN_YOUTUBE_CLIENT_ID and ALLIN_YOUTUBE_CLIENT_SECRET"
            )
        return {"client_id": self._id, "client_secret": self._secret}


def _remote(item: Mapping[str, object], credentials: Credentials) -> RemoteAccount:
    snippet = item.get("snippet")
    said = snippet if isinstance(snippet, dict) else {}
    external_id = str(item["id"])
    handle = str(said.get("customUrl") or "").removeprefix("@")
    return RemoteAccount(KEY, external_id, str(said.get("title") or external_id), credentials, handle)
