"""ID tokens (OpenID Connect Core, section 2), right or wrong on demand, and the access tokens beside them."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.util import json_b64encode

from sandbox.oidc.grants import Grant
from sandbox.oidc.keys import algorithm, new_key, signing_key
from sandbox.store import Store

CLIENT_ID, CLIENT_SECRET = "allin", "sandbox-oidc-secret"
LIFETIME_S = 300
_AT_USERINFO_ALONE = ("thin_token", "other_userinfo")


def subject(realm: str, email: str) -> str:
    """The id of a person at an issuer: always the same for an address."""
    return hashlib.sha256(f"{realm} {email.lower()}".encode()).hexdigest()[:32]


def person(grant: Grant) -> dict[str, Any]:
    """The claims about the person that the scope covers."""
    claims: dict[str, Any] = {}
    if "email" in grant.scope.split() and grant.mischief != "no_email":
        claims |= {"email": grant.email, "email_verified": grant.mischief != "unverified_email"}
    if "profile" in grant.scope.split() and grant.name:
        claims["name"] = grant.name
    return claims


def id_token(store: Store, issuer: str, grant: Grant) -> str:
    """The signed token. Its times are real ones, whatever the sandbox's clock says: others check them."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject(grant.realm, grant.email),
        "aud": grant.client_id,
        "iat": now,
        "exp": now + LIFETIME_S,
        **({} if grant.nonce is None else {"nonce": grant.nonce}),
        **({} if grant.mischief in _AT_USERINFO_ALONE else person(grant)),
        **_lies(grant.mischief, issuer, now),
    }
    return _signed(store, grant, claims)


def access_token(store: Store, issuer: str, grant: Grant) -> str:
    """A token for the userinfo endpoint that holds what that will say, so that nothing has to be kept."""
    other = "somebody-else" if grant.mischief == "other_userinfo" else subject(grant.realm, grant.email)
    claims = {"iss": issuer, "sub": other, "exp": int(time.time()) + LIFETIME_S, "userinfo": person(grant)}
    key = signing_key(store, grant.realm)
    header = {"alg": algorithm(grant.realm), "typ": "at+jwt"}
    return jwt.encode(header, claims, key, [algorithm(grant.realm)])


def userinfo(store: Store, issuer: str, realm: str, token: str) -> dict[str, Any] | None:
    """What an access token lets its bearer know, or None if it is not ours or has expired."""
    try:
        found = jwt.decode(token, signing_key(store, realm), [algorithm(realm)])
    except (JoseError, ValueError):
        return None
    claims = found.claims
    good = found.header.get("typ") == "at+jwt" and claims["iss"] == issuer and claims["exp"] > time.time()
    return {"sub": claims["sub"], **claims["userinfo"]} if good else None


def _lies(mischief: str, issuer: str, now: int) -> dict[str, Any]:
    lies: dict[str, dict[str, Any]] = {
        "wrong_nonce": {"nonce": "of another sign-in"},
        "wrong_audience": {"aud": "another-client"},
        "wrong_party": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        "wrong_issuer": {"iss": f"{issuer}/elsewhere"},
        "expired": {"iat": now - 2 * LIFETIME_S, "exp": now - LIFETIME_S},
        "from_the_future": {"iat": now + LIFETIME_S, "exp": now + 2 * LIFETIME_S},
    }
    return lies.get(mischief, {})


def _signed(store: Store, grant: Grant, claims: dict[str, Any]) -> str:
    key, name = signing_key(store, grant.realm), algorithm(grant.realm)
    if grant.mischief == "unsigned":
        return f"{json_b64encode({'alg': 'none'}).decode()}.{json_b64encode(claims).decode()}."
    if grant.mischief == "hs256":  # the standard allows it, but then whoever can check can also forge
        shared = OctKey.import_key(CLIENT_SECRET)
        return jwt.encode({"alg": "HS256", "kid": key.kid}, claims, shared, ["HS256"])
    if grant.mischief == "other_key":
        return jwt.encode({"alg": name, "kid": key.kid}, claims, new_key(grant.realm), [name])
    if grant.mischief == "unknown_key":
        other = new_key(grant.realm)
        return jwt.encode({"alg": name, "kid": other.kid}, claims, other, [name])
    return jwt.encode({"alg": name, "kid": key.kid}, claims, key, [name])
