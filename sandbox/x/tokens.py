"""X's tokens: access for two hours, refresh tokens that work once; replaying one kills its whole family."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.services import Services

CLIENT_ID, CLIENT_SECRET = "c2FuZGJveC1jbGllbnQ6MTpjaQ", "sandbox-client-secret"
ACCESS_S = 7_200
REFRESH_S = 182 * 86_400
SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
SCOPE = " ".join(SCOPES)


class Refused(Exception):
    """The token endpoint refuses."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token that works."""

    account: str
    scopes: frozenset[str]


def issue(services: Services, account: str, scope: str = SCOPE, family: str | None = None) -> dict[str, Any]:
    """A new pair of tokens, committed on return; without offline.access no refresh token."""
    now = services.clock.now().timestamp()
    family = family or secrets.token_hex(16)
    access, refresh = secrets.token_urlsafe(64), secrets.token_urlsafe(64)
    rows = [(access, "access", now + ACCESS_S)]
    answer = {"token_type": "bearer", "expires_in": ACCESS_S, "access_token": access, "scope": scope}
    if "offline.access" in scope.split():
        rows.append((refresh, "refresh", now + REFRESH_S))
        answer["refresh_token"] = refresh
    with services.store.transaction() as db:
        db.executemany(
            "INSERT INTO x_tokens VALUES (?,?,?,?,?,?,?,0,0)",
            [(token, kind, family, account, CLIENT_ID, scope, expires) for token, kind, expires in rows],
        )
    return answer


def check(services: Services, token: str) -> Grant | None:
    """What an access token grants, or None when it does not work."""
    row = services.store.row(
        "SELECT * FROM x_tokens WHERE token = ? AND kind = 'access' AND NOT revoked", token
    )
    if row is None or row["expires_at"] <= services.clock.now().timestamp():
        return None
    return Grant(str(row["account"]), frozenset(str(row["scope"]).split()))


def refresh(services: Services, token: str) -> dict[str, Any]:
    """Use up a refresh token for a new pair. Raises Refused; a replayed token also revokes its family."""
    row = services.store.row("SELECT * FROM x_tokens WHERE token = ? AND kind = 'refresh'", token)
    if row is None or row["revoked"] or row["expires_at"] <= services.clock.now().timestamp():
        raise Refused("Value passed for the token was invalid.")
    if not services.store.run("UPDATE x_tokens SET used = 1 WHERE token = ? AND NOT used", token):
        services.store.run("UPDATE x_tokens SET revoked = 1 WHERE family = ?", row["family"])
        raise Refused("Value passed for the token was invalid.")
    return issue(services, str(row["account"]), str(row["scope"]), str(row["family"]))


def revoke(services: Services, token: str) -> None:
    """Stop a token working; a refresh token takes its family with it."""
    row = services.store.row("SELECT kind, family FROM x_tokens WHERE token = ?", token)
    if row is not None and row["kind"] == "refresh":
        services.store.run("UPDATE x_tokens SET revoked = 1 WHERE family = ?", row["family"])
    services.store.run("UPDATE x_tokens SET revoked = 1 WHERE token = ?", token)
