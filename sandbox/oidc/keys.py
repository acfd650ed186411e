"""The keys that ID tokens are signed with: one for each issuer, kept in the store."""

from __future__ import annotations

import json

from joserfc.jwk import ECKey, RSAKey, import_key

from sandbox.store import Store


def signing_key(store: Store, realm: str) -> RSAKey | ECKey:
    """The issuer's present key, made when it is first asked for: RSA, and of a realm elliptic (P-256)."""
    row = store.row("SELECT value FROM meta WHERE key = ?", _name(realm))
    kept = str(row["value"]) if row else store.remember(_name(realm), _serialized(new_key(realm)))
    key = import_key(json.loads(kept))
    assert isinstance(key, RSAKey | ECKey)  # noqa: S101 - written below
    return key


def new_key(realm: str) -> RSAKey | ECKey:
    """A key as this issuer uses them; its id is its thumbprint."""
    if realm:
        return ECKey.generate_key("P-256", auto_kid=True)
    return RSAKey.generate_key(2048, auto_kid=True)


def rotate(store: Store, realm: str) -> None:
    """From now on sign with a new key, and publish that one alone."""
    store.replace(_name(realm), _serialized(new_key(realm)))


def algorithm(realm: str) -> str:
    """The signature algorithm of the issuer's keys."""
    return "ES256" if realm else "RS256"


def _name(realm: str) -> str:
    return f"oidc_key {realm}".strip()


def _serialized(key: RSAKey | ECKey) -> str:
    return json.dumps(key.as_dict(private=True))
