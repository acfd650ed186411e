"""Pinterest: consent, the account a token belongs to, and tokens that are replaced at every refresh.

Sources: Pinterest's OpenAPI 5.23 and developers.pinterest.com "Authentication" (2025-12); no PKCE.
An access token is good for 30 days, a refresh token for 60 from when it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import Ambiguous, NeedsPerson, NeedsReconnect, TemporarilyRejected
from platforms.http import Api, Reply, is_done
from platforms.pinterest.capabilities import CAPABILITIES
from platforms.pinterest.errors import LABEL

KEY = "pinterest"
TOKEN = "v5/oauth/token"  # noqa: S105 - a path
ME = "v5/user_account"
CONSENT_ENDS = "consent_ends_at"
# A dead code or refresh token has no number of its own: HTTP 400 and words like these.
DEAD_THINGS = ("refresh token", "authorization code", "authorization grant")
DEAD_WORDS = ("invalid", "expired", "revoked")


class PinterestConnector:
    """Connects Pinterest accounts; `client_id` and `client_secret` are the app's."""

    fields: tuple[Field, ...] = ()

    def __init__(self, api: Api, dialog_url: str, client_id: str, client_secret: str) -> None:
        self._api, self._dialog_url = api, dialog_url.rstrip("/")
        self._client_id, self._secret = client_id, client_secret

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """Send the person to Pinterest's consent page. Raises NeedsPerson while there is no app."""
        scopes = frozenset[str]().union(*CAPABILITIES.scopes.values())
        parameters = {
            "client_id": self._basic()[0],
            "redirect_uri": callback,
            "response_type": "code",
            "scope": ",".join(sorted(scopes)),
            "state": state,
        }
        return Consent(oauth.consent_url(f"{self._dialog_url}/oauth/", parameters))

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:  # noqa: ARG002
        """Tokens for the code. Raises NeedsPerson when the person said no."""
        form = {
            "grant_type": "authorization_code",
            "code": oauth.code_of(LABEL, answer),
            "redirect_uri": callback,
            # Apps older than September 2025 get a refresh token that can't be replaced without this.
            "continuous_refresh": "true",
        }
        return _credentials(self._redeem(form), None)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one account of ``GET /v5/user_account``."""
        user = self._api.read(ME, token=credentials.access_token).document or {}
        handle = str(user.get("username") or "")
        external_id = str(user.get("id") or "")
        if not external_id:
            raise TemporarilyRejected(f"{LABEL} did not say whose token this is")
        name = str(user.get("business_name") or handle or external_id)
        return [RemoteAccount(KEY, external_id, name, credentials, handle)]

    def refresh(self, credentials: Credentials) -> Credentials:
        """``grant_type=refresh_token``: store what comes back before anything else, the old one may be dead.

        Raises:
            NeedsReconnect: there is no refresh token, or Pinterest says that it is dead.
            NeedsPerson: Pinterest does not know the app.
            TemporarilyRejected: no usable answer.
        """
        if not credentials.refresh_token:
            raise NeedsReconnect(f"{LABEL} gave no refresh token for this account; connect it again")
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
        return _credentials(self._redeem(form), credentials)

    def standing(self, account: Account) -> Standing:
        """Whether the token still opens the account; `ends_at` is the end of its refresh token."""
        self._api.read(ME, token=account.credentials.access_token)
        ends = account.credentials.extra.get(CONSENT_ENDS)
        return Standing(account.credentials.scopes, datetime.fromisoformat(ends) if ends else None)

    def revoke(self, account: Account) -> None:
        """``POST /v5/oauth/token/revoke``; answered with an empty body."""
        credentials = account.credentials
        token, hint = credentials.refresh_token, "refresh_token"
        if not token:
            token, hint = credentials.access_token, "access_token"
        form = {"token": token, "token_type_hint": hint}
        try:
            self._api.write(f"{TOKEN}/revoke", form=form, basic=self._basic(), accepts=is_done)
        except Ambiguous as error:  # giving it back twice changes nothing
            raise TemporarilyRejected(error.message, code=error.code, status=error.status) from None

    def _redeem(self, form: Mapping[str, str]) -> Reply:
        try:
            return oauth.redeem(self._api, TOKEN, form, basic=self._basic())
        except NeedsPerson as error:
            words = error.message.lower()
            named = any(thing in words for thing in DEAD_THINGS)
            if error.status == 400 and named and any(word in words for word in DEAD_WORDS):
                raise NeedsReconnect(
                    f"{LABEL} ended this connection; connect the account again",
                    code=error.code,
                    status=error.status,
                ) from None
            raise

    def _basic(self) -> tuple[str, str]:
        if not self._client_id or not self._secret.strip():
            raise NeedsPerson(
                "AllIN has no Pinterest app yet: set ALLIN_PINTEREST_CLIENT_ID and "
                "ALLIN_PINTEREST_CLIENT_SECRET"
            )
        return self._client_id, self._secret


def _credentials(reply: Reply, previous: Credentials | None) -> Credentials:
    """The tokens of an answer, with the end of the refresh token, after which only a person can go on."""
    found = oauth.credentials(reply, LABEL, previous)
    ends = (reply.document or {}).get("refresh_token_expires_at")
    if not isinstance(ends, int | float):
        return found
    moment = datetime.fromtimestamp(ends, UTC).isoformat()
    return replace(found, extra={**found.extra, CONSENT_ENDS: moment})
