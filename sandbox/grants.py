"""OAuth tokens of the stand-in networks: access and refresh tokens in families, rotated and revoked.

A family is everything that came of one consent. What differs between the networks is in `Lives`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData

from sandbox.services import Services

CODE_S = 600


class Refused(Exception):
    """The token endpoint refuses; the words are OAuth's `error`."""


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a network's tokens live, in seconds (None: for ever), and what a refresh does to them.

    With `rotates` a refresh token is replaced by its use, and its replay kills the family when `kills`;
    within `grace_s` of its first use a replay is still answered.
    """

    access_s: float | None
    refresh_s: float | None
    rotates: bool = False
    kills: bool = False
    grace_s: float = 0.0
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """Fresh tokens, committed."""

    access_token: str
    refresh_token: str | None
    scope: str
    subject: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token that works stands for; `subject` is whom it belongs to."""

    token: str
    subject: str
    scopes: frozenset[str]
    family: str
    issued_at: float
    expires_at: float | None


def client_of(network: str) -> tuple[str, str]:
    """The client id and secret of the one app that is registered on a stand-in network."""
    return f"sandbox-{network}", f"sandbox-{network}-secret"


def code_for(
    sandbox: Services,
    network: str,
    subject: str,
    scope: str,
    redirect_uri: str,
    challenge: str | None = None,
    life_s: float = CODE_S,
) -> str:
    """A code for a consent; `challenge` is PKCE's, S256."""
    code = secrets.token_urlsafe(32)
    sandbox.store.run(
        "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?, 'S256', ?, 0)",
        *(code, network, client_of(network)[0], redirect_uri, subject, scope, challenge),
        sandbox.clock.now().timestamp() + life_s,
    )
    return code


def redeem(
    sandbox: Services, network: str, code: str, redirect_uri: str, lives: Lives, verifier: str = ""
) -> Issued:
    """Tokens for a code, once. Raises Refused."""
    row = sandbox.store.row("SELECT * FROM codes WHERE code = ? AND network = ?", code, network)
    if row is None or row["redirect_uri"] != redirect_uri:
        raise Refused("invalid_grant")
    if row["expires_at"] <= sandbox.clock.now().timestamp():
        raise Refused("invalid_grant")
    if row["challenge"] and not hmac.compare_digest(_s256(verifier), str(row["challenge"])):
        raise Refused("invalid_grant")
    if not sandbox.store.run("UPDATE codes SET used = 1 WHERE code = ? AND NOT used", code):
        raise Refused("invalid_grant")
    return issue(sandbox, network, str(row["subject"]), str(row["scope"]), lives)


def issue(
    sandbox: Services,
    network: str,
    subject: str,
    scope: str,
    lives: Lives,
    *,
    family: str | None = None,
    with_refresh: bool = True,
) -> Issued:
    """New tokens of a new or an existing family, committed on return."""
    now = sandbox.clock.now().timestamp()
    family = family or secrets.token_hex(12)
    access = lives.prefix + secrets.token_urlsafe(48)
    refresh = secrets.token_urlsafe(48) if with_refresh and lives.refresh_s is not None else None
    pairs = [(access, "access", lives.access_s)]
    pairs += [(refresh, "refresh", lives.refresh_s)] if refresh else []
    for token, kind, life_s in pairs:
        sandbox.store.run(
            "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)",
            *(token, network, kind, family, subject, client_of(network)[0], scope, now),
            None if life_s is None else now + life_s,
        )
    return Issued(access, refresh, scope, subject)


def refresh(sandbox: Services, network: str, token: str, lives: Lives) -> Issued:
    """New tokens for a refresh token. Raises Refused; a replay can kill the family."""
    row = sandbox.store.row(
        "SELECT * FROM tokens WHERE token = ? AND network = ? AND kind = 'refresh'", token, network
    )
    now = sandbox.clock.now().timestamp()
    if row is None or row["revoked"] or (row["expires_at"] or now + 1) <= now:
        raise Refused("invalid_grant")
    if lives.rotates:
        used_at = row["used_at"]
        if used_at is not None and now - used_at > lives.grace_s:
            if lives.kills:
                revoke_family(sandbox, str(row["family"]))
            raise Refused("invalid_grant")
        sandbox.store.run("UPDATE tokens SET used_at = ? WHERE token = ? AND used_at IS NULL", now, token)
    return issue(
        sandbox,
        network,
        str(row["subject"]),
        str(row["scope"]),
        lives,
        family=str(row["family"]),
        with_refresh=lives.rotates,
    )


def check(sandbox: Services, network: str, token: str) -> Grant | None:
    """What an access token stands for, or None when it does not work."""
    row = sandbox.store.row(
        "SELECT * FROM tokens WHERE token = ? AND network = ? AND kind = 'access' AND NOT revoked",
        *(token, network),
    )
    now = sandbox.clock.now().timestamp()
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
        return None
    scopes = frozenset(str(row["scope"]).replace(",", " ").split())
    return Grant(token, row["subject"], scopes, row["family"], row["issued_at"], row["expires_at"])


def revoke(sandbox: Services, token: str) -> bool:
    """Stop a token and all of its consent; whether there was one."""
    row = sandbox.store.row("SELECT family FROM tokens WHERE token = ?", token)
    if row is not None:
        revoke_family(sandbox, str(row["family"]))
    return row is not None


def revoke_family(sandbox: Services, family: str) -> None:
    """Stop every token that came of one consent."""
    sandbox.store.run("UPDATE tokens SET revoked = 1 WHERE family = ?", family)


def bearer(request: Request) -> str:
    """The bearer token of a call, or ''."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_client(request: Request, form: FormData, network: str) -> bool:
    """Whether the call names the app and its secret, by HTTP Basic or in the form."""
    client_id, secret = client_of(network)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return hmac.compare_digest(
                base64.b64decode(given, validate=True), f"{client_id}:{secret}".encode()
            )
        except (ValueError, binascii.Error):
            return False
    named = form.get("client_id") or form.get("client_key")
    return named == client_id and form.get("client_secret") == secret


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
