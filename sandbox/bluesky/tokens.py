"""Sessions: access and refresh tokens that look like a host's JWTs, and app passwords.

A token's claims are there to be read; its last part is what is known in the store.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox import grants
from sandbox.grants import Grant, Issued, Lives, Refused
from sandbox.model import Account
from sandbox.services import Services

NETWORK = "bluesky"
LIVES = Lives(access_s=7_200, refresh_s=90 * 86_400, rotates=True, grace_s=7_200)
APP_PASSWORD = "demo-demo-demo-demo"  # noqa: S105 - the sandbox's, of every account
SERVICE = "did:web:sandbox.example"


@dataclass(frozen=True, slots=True)
class Session:
    """Fresh tokens of an account."""

    access: str
    refresh: str


def handle_of(account: Account) -> str:
    """The account's handle."""
    return f"{account.username.replace('_', '-')}.bsky.example"


def open_session(sandbox: Services, account: Account) -> Session:
    """A new session, committed."""
    return _worn(sandbox, grants.issue(sandbox, NETWORK, account.id, "com.atproto.appPass", LIVES))


def renew(sandbox: Services, token: str) -> tuple[str, Session]:
    """Whose session it is, and new tokens. Raises Refused."""
    issued = grants.refresh(sandbox, NETWORK, bare(token), LIVES)
    return issued.subject, _worn(sandbox, issued)


def check(sandbox: Services, token: str) -> Grant | None:
    """What an access token stands for, or None."""
    return grants.check(sandbox, NETWORK, bare(token))


def is_over(sandbox: Services, token: str) -> bool:
    """Whether a token was once good: it has expired, or was taken back."""
    return sandbox.store.row("SELECT 1 FROM tokens WHERE token = ?", bare(token)) is not None


def end(sandbox: Services, token: str) -> None:
    """End a session by its refresh token; access tokens live on. Raises Refused."""
    changed = sandbox.store.run(
        "UPDATE tokens SET revoked = 1 WHERE kind = 'refresh' AND NOT revoked AND family = "
        "(SELECT family FROM tokens WHERE token = ? AND kind = 'refresh')",
        bare(token),
    )
    if not changed:
        raise Refused("ExpiredToken")


def service_token(account: str, aud: str, method: str, expires_s: float) -> str:
    """A token for another service, which reads whose it is and for what."""
    claims = {"iss": account, "aud": aud, "lxm": method, "exp": int(expires_s)}
    return ".".join((_part({"alg": "ES256K", "typ": "JWT"}), _part(claims), secrets.token_urlsafe(64)))


def claims(token: str) -> dict[str, Any]:
    """The claims of a token; empty where there are none."""
    try:
        part = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def bare(token: str) -> str:
    """What the store knows a token by."""
    return token.rpartition(".")[2]


def _worn(sandbox: Services, issued: Issued) -> Session:
    now = int(sandbox.clock.now().timestamp())

    def jwt(token: str, scope: str, life_s: float | None) -> str:
        told = {
            "scope": scope,
            "sub": issued.subject,
            "aud": SERVICE,
            "iat": now,
            "exp": now + int(life_s or 0),
        }
        return ".".join((_part({"alg": "ES256K", "typ": "at+jwt"}), _part(told), token))

    return Session(
        jwt(issued.access_token, issued.scope, LIVES.access_s),
        jwt(issued.refresh_token or "", "com.atproto.refresh", LIVES.refresh_s),
    )


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
