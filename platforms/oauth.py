"""OAuth 2.0 as the networks share it: PKCE, the consent's address, codes and refresh tokens for tokens.

Sources: RFC 6749 sections 4.1, 5 and 6; RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from platforms.contract import Credentials
from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import Api, Reply

# Answers after which a refresh token or a code is dead for good.
DEAD = frozenset({"invalid_grant"})


def verifier() -> str:
    """A fresh PKCE code verifier (RFC 7636 4.1)."""
    return secrets.token_urlsafe(48)


def challenge(code_verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636 4.2)."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def consent_url(address: str, parameters: Mapping[str, str]) -> str:
    """The consent page's address with its parameters; those that are empty are left out.

    Raises:
        NeedsPerson: the installation has no app at the network, which would show an error in its own words.
    """
    if not (parameters.get("client_id") or parameters.get("client_key")):
        raise NeedsPerson(
            "AllIN has no app at this network yet: whoever runs AllIN registers one there, and sets "
            "ALLIN_<NETWORK>_CLIENT_ID and ALLIN_<NETWORK>_CLIENT_SECRET"
        )
    return f"{address}?{urlencode({name: value for name, value in parameters.items() if value})}"


def code_of(label: str, answer: Mapping[str, str]) -> str:
    """The code that came back to the callback.

    Raises:
        NeedsPerson: the person said no, or the network reports another error.
    """
    if answer.get("code"):
        return answer["code"]
    if answer.get("error") in ("access_denied", "user_cancelled_login", "user_cancelled_authorize"):
        raise NeedsPerson(f"{label} was not given the permission; nothing was connected", code="denied")
    raise NeedsPerson(f"{label} did not finish the connection; start again", code=answer.get("error"))


def redeem(
    api: Api,
    path: str,
    form: Mapping[str, str],
    *,
    basic: tuple[str, str] | None = None,
    dead: frozenset[str] = DEAD,
) -> Reply:
    """POST a code or a refresh token to a token endpoint, once: a second use may end a whole family.

    Raises:
        NeedsReconnect: the code or refresh token is dead (`dead` holds such error codes).
        NeedsPerson: the network does not know the app's client id or secret, or wants a person.
        TemporarilyRejected: no usable answer; whether the token was used up shows at the next try.
    """
    try:
        return api.write(path, form=form, basic=basic)
    except Ambiguous as error:
        raise TemporarilyRejected(error.message, code=error.code, status=error.status) from None
    except (TokenRefused, Rejected, NeedsPerson) as error:
        raise _final(api.label, error, dead) from None


def credentials(reply: Reply, label: str, previous: Credentials | None = None) -> Credentials:
    """The tokens of an answer (RFC 6749 5.1); what it leaves out stays as it was in `previous`.

    `expires_in` counts from when it was asked for: never later than the token really ends.

    Raises:
        TemporarilyRejected: there is no token in the answer.
    """
    document = reply.document or {}
    access_token, life_s = document.get("access_token"), document.get("expires_in")
    if not isinstance(access_token, str) or not access_token:
        raise TemporarilyRejected(f"{label} answered without a token", status=reply.status)
    scope = document.get("scope")
    return Credentials(
        access_token,
        document.get("refresh_token") or (previous.refresh_token if previous else None),
        reply.requested_at + timedelta(seconds=life_s) if isinstance(life_s, int | float) else None,
        scopes_of(scope) if isinstance(scope, str) else (previous.scopes if previous else None),
        previous.extra if previous else {},
    )


def scopes_of(text: str) -> frozenset[str]:
    """Scopes as networks list them: parted by spaces, by commas, or both."""
    return frozenset(text.replace(",", " ").split())


def _final(label: str, error: NetworkError, dead: frozenset[str]) -> NetworkError:
    if error.code in dead:
        words = f"{label} ended this connection; connect the account again"
        return NeedsReconnect(words, code=error.code, status=error.status)
    if isinstance(error, TokenRefused) or error.code in ("invalid_client", "unauthorized_client"):
        setting = f"ALLIN_{label.upper()}_CLIENT_ID"
        words = f"{label} does not accept the app's client id and secret; check {setting}"
        return NeedsPerson(words, code=error.code, status=error.status)
    return NeedsPerson(error.message, code=error.code, status=error.status)
