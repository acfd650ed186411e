"""Authorization codes: single use, 60 seconds, bound to client, redirect address and PKCE challenge."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass

from sandbox.services import Services

CODE_S = 60


@dataclass(frozen=True, slots=True)
class Grant:
    """Who signed in where, and what was asked for. `scope` is what was asked for, by spaces."""

    realm: str
    client_id: str
    redirect_uri: str
    scope: str
    email: str
    name: str
    nonce: str | None
    challenge: str
    mischief: str = ""


class GrantError(Exception):
    """The code can't be redeemed; the message says why, as RFC 6749's error_description."""


def issue(sandbox: Services, grant: Grant) -> str:
    """A code for the grant; those that ran out are forgotten."""
    code, now = secrets.token_urlsafe(32), sandbox.clock.now().timestamp()
    sandbox.store.run("DELETE FROM codes WHERE network = 'oidc' AND expires_at <= ?", now)
    sandbox.store.run(
        "INSERT INTO codes VALUES (?, 'oidc', ?, ?, ?, ?, ?, 'S256', ?, 0)",
        *(code, grant.client_id, grant.redirect_uri, json.dumps(asdict(grant)), grant.scope),
        *(grant.challenge, now + CODE_S),
    )
    return code


def redeem(sandbox: Services, realm: str, code: str, redirect_uri: str, verifier: str) -> Grant:
    """Use a code up.

    Raises:
        GrantError: it is unknown, used, expired, or another's.
    """
    with sandbox.store.transaction() as db:
        row = db.execute("SELECT * FROM codes WHERE code = ? AND network = 'oidc'", (code,)).fetchone()
        if row is None:
            raise GrantError("the code is unknown or was used")
        grant = Grant(**json.loads(row["subject"]))
        if row["expires_at"] <= sandbox.clock.now().timestamp():
            raise GrantError("the code has expired")
        if grant.realm != realm or grant.redirect_uri != redirect_uri:
            raise GrantError("the code was issued for another issuer or redirect_uri")
        if _challenge(verifier) != grant.challenge:
            raise GrantError("the code_verifier does not fit the code_challenge")
        db.execute("DELETE FROM codes WHERE code = ?", (code,))
    return grant


def _challenge(verifier: str) -> str:
    """RFC 7636, S256: the SHA-256 of the verifier in unpadded base64url."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
