"""X: consent, the account a token belongs to, and new tokens from its single-use refresh token.

Source: docs.x.com "OAuth 2.0 Authorization Code Flow with PKCE". A code is good for 30 s, an access token
for 7,200 s; a refresh token works once, and using it again ends everything that came of its consent.
"""

from __future__ import annotations

from collections.abc import Mapping

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.x.capabilities import CAPABILITIES, LONG, LONG_WRITERS
from platforms.x.errors import LABEL

KEY = "x"
TOKEN = "2/oauth2/token"  # noqa: S105 - a path
ME = "2/users/me"
# X answers a dead code or refresh token with invalid_request and these words too.
DEAD_WORDS = ("token was invalid", "authorization code was invalid")


class XConnector:
    """Connects X accounts by OAuth 2.0; `client_id` and `client_secret` are the app's.

    Without a secret the app is a public client, which names itself in the form only.
    """

    fields: tuple[Field, ...] = ()

    def __init__(self, api: Api, dialog_url: str, client_id: str, client_secret: str) -> None:
        self._api, self._dialog_url = api, dialog_url.rstrip("/")
        self._client_id, self._client_secret = client_id, client_secret.strip()

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """The consent page, with PKCE. Raises NeedsPerson while there is no app."""
        if not self._client_id:
            raise NeedsPerson(
                "AllIN has no X app yet: set ALLIN_X_CLIENT_ID, and ALLIN_X_CLIENT_SECRET if it has one"
            )
        verifier = oauth.verifier()
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": callback,
            "scope": " ".join(sorted(frozenset[str]().union(*CAPABILITIES.scopes.values()))),
            "state": state,
            "code_challenge": oauth.challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = oauth.consent_url(f"{self._dialog_url}/i/oauth2/authorize", parameters)
        return Consent(url, {"verifier": verifier})

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:
        """Tokens for the code, within its 30 s.

        Raises:
            NeedsPerson: the person said no, or the app's client id and secret are wrong.
            NeedsReconnect: the code is dead.
        """
        form = {
            "grant_type": "authorization_code",
            "code": oauth.code_of(LABEL, answer),
            "redirect_uri": callback,
            "code_verifier": consent.kept["verifier"],
        }
        return oauth.credentials(self._redeem(form), LABEL)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one account of ``GET /2/users/me``."""
        document = self._api.read(ME, token=credentials.access_token).document or {}
        user = document.get("data") or {}
        if not user.get("id"):
            raise TemporarilyRejected(f"{LABEL} did not say whose token this is")
        external_id, handle = str(user["id"]), str(user.get("username") or "")
        name = str(user.get("name") or handle or external_id)
        return [RemoteAccount(KEY, external_id, name, credentials, handle)]

    def refresh(self, credentials: Credentials) -> Credentials:
        """New tokens for a refresh token, which is used up by it: store the new one before anything else.

        Raises:
            NeedsReconnect: there is no refresh token, or X says that it is dead.
            NeedsPerson: X does not know the app's client id or secret.
            TemporarilyRejected: no usable answer; whether the token was used up shows at the next try.
        """
        if not credentials.refresh_token:
            raise NeedsReconnect(f"{LABEL} gave no refresh token for this account; connect it again")
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
        return oauth.credentials(self._redeem(form), LABEL, credentials)

    def standing(self, account: Account) -> Standing:
        """Whether the token still opens the account, and whether it writes long posts (X Premium).

        X says neither its scopes nor when a consent ends.
        """
        params = {"user.fields": "subscription_type"}
        document = self._api.read(ME, params, token=account.credentials.access_token).document or {}
        is_long = (document.get("data") or {}).get("subscription_type") in LONG_WRITERS
        return Standing(account.credentials.scopes, options={LONG.key: True} if is_long else {})

    def revoke(self, account: Account) -> None:
        """Give back the refresh token, and with it all that came of its consent."""
        credentials = account.credentials
        token, hint = credentials.refresh_token, "refresh_token"
        if not token:
            token, hint = credentials.access_token, "access_token"
        form = {"token": token, "token_type_hint": hint, **self._named()}
        try:
            oauth.redeem(self._api, "2/oauth2/revoke", form, basic=self._basic())
        except NeedsReconnect:
            return  # it had ended already

    def _redeem(self, form: Mapping[str, str]) -> Reply:
        try:
            return oauth.redeem(self._api, TOKEN, {**form, **self._named()}, basic=self._basic())
        except NeedsPerson as error:
            if any(words in error.message for words in DEAD_WORDS):
                raise NeedsReconnect(
                    f"{LABEL} ended this connection; connect the account again",
                    code=error.code,
                    status=error.status,
                ) from None
            raise

    def _named(self) -> dict[str, str]:
        return {"client_id": self._client_id}

    def _basic(self) -> tuple[str, str] | None:
        return (self._client_id, self._client_secret) if self._client_secret else None
