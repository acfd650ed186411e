"""ID tokens: whatever a provider sends, it is who it says or an error that people can be told of."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from identity.oidc import tokens
from identity.oidc.discovery import Known, Metadata
from identity.oidc.provider import Provider, ProviderError
from identity.oidc.tokens import redeem
from tests.foundation.web import Answer, Server, serving
from tests.identity.oidc.test_discovery import JSON, publish

KEYS: dict[str, Any] = {
    "RS256": RSAKey.generate_key(2048, auto_kid=True),
    "ES256": ECKey.generate_key("P-256", auto_kid=True),
    "EdDSA": OKPKey.generate_key("Ed25519", auto_kid=True),
}
KEYS["PS256"] = KEYS["RS256"]
ISSUER = "https://login.example.com"
PROVIDER = Provider(None, None, "Test ID", ISSUER, "allin", "secret")
METADATA = Metadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/jwks",
    id_token_signing_alg_values_supported=["RS256", "PS256", "ES256", "EdDSA", "HS256"],
)
PUBLISHED = KeySet([KEYS[name] for name in ("RS256", "ES256", "EdDSA")])
ABOUT = Known(METADATA, PUBLISHED)


@pytest.fixture(autouse=True)
def no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again, the provider publishes the same."""
    monkeypatch.setattr(tokens, "known", lambda *_, **__: ABOUT)


def good(**changes: Any) -> dict[str, Any]:
    """Claims that hold, but for the changes; a timedelta is counted from now."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "sub": "s",
        "aud": "allin",
        "iat": now,
        "exp": now + 300,
        "nonce": "n",
        **changes,
    }
    moments = {
        name: now + int(value.total_seconds())
        for name, value in claims.items()
        if isinstance(value, timedelta)
    }
    return {name: value for name, value in (claims | moments).items() if value is not None}


def signed(claims: dict[str, Any], algorithm: str = "RS256", **header: Any) -> str:
    key = KEYS[algorithm]
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, claims, key, [algorithm])


def checked(token: object, nonce: str = "n") -> dict[str, Any]:
    return tokens._checked(PROVIDER, ABOUT, token, nonce)


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.filterwarnings("ignore:EdDSA")
def test_signatures_of_each_kind_are_taken(algorithm: str) -> None:
    assert checked(signed(good(), algorithm))["sub"] == "s"


@pytest.mark.parametrize(
    "change",
    [
        *({"iss": None}, {"iss": ISSUER + "/"}, {"iss": [ISSUER]}, {"iss": ""}),
        *({"aud": None}, {"aud": "other"}, {"aud": []}, {"aud": ["allin", "other"]}, {"aud": {"allin": 1}}),
        *({"aud": ["allin", "other"], "azp": "other"}, {"azp": "other"}),
        *({"exp": None}, {"exp": "never"}, {"exp": timedelta(seconds=-61)}, {"exp": True}),
        *({"iat": None}, {"iat": timedelta(seconds=120)}, {"iat": "now"}, {"nbf": timedelta(seconds=120)}),
        *(
            {"nonce": None},
            {"nonce": "other"},
            {"nonce": ["n"]},
            {"sub": None},
            {"sub": 7},
            {"sub": ""},
            {"sub": "a\0b"},
            {"sub": "x" * 256},
        ),
    ],
)
def test_each_claim_is_checked(change: dict[str, Any]) -> None:
    with pytest.raises(ProviderError):
        tokens._person(checked(signed(good(**change))))


def test_the_keys_are_asked_for_again_once_and_only_for_one_that_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    def published(_: Provider, *, fresh: bool) -> Known:
        asked.append(fresh)
        return ABOUT

    monkeypatch.setattr(tokens, "known", published)
    assert checked(signed(good()))
    assert asked == []
    for token in (signed(good(), kid="new"), signed(good(nonce="x")), signed(good())[:-8] + "AAAAAAAA"):
        with pytest.raises(ProviderError):
            checked(token)
    assert asked == [True]


def test_clocks_may_differ_by_a_minute_and_audiences_may_be_a_list() -> None:
    now = int(time.time())
    assert checked(signed(good(exp=now - 50, iat=now + 50)))
    assert checked(signed(good(aud=["allin"])))
    assert checked(signed(good(aud=["allin", "other"], azp="allin")))


def test_a_header_may_say_more_than_is_known_of() -> None:
    assert checked(signed(good()))
    token = jwt.encode(
        {"alg": "ES256", "kid": KEYS["ES256"].kid, "x5t": "abc"}, good(), KEYS["ES256"], ["ES256"]
    )
    assert checked(token)


def forgeries() -> dict[str, Callable[[], Any]]:
    rsa = KEYS["RS256"]
    pem = OctKey.import_key({"kty": "oct", "k": rsa.as_dict(private=False)["n"]})
    secret = OctKey.import_key({"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"})
    whole = signed(good())
    head, body, signature = whole.split(".")
    return {
        "public key as shared secret": lambda: jwt.encode(
            {"alg": "HS256", "kid": rsa.kid}, good(), pem, ["HS256"]
        ),
        "client's secret": lambda: jwt.encode({"alg": "HS256"}, good(), secret, ["HS256"]),
        "no signature": lambda: f"{head}.{body}.",
        "changed claims": lambda: f"{head}.{signed(good(sub='admin')).split('.')[1]}.{signature}",
        "another key's id": lambda: signed(good(), kid=KEYS["ES256"].kid),
        "no key's id": lambda: jwt.encode({"alg": "RS256"}, good(), rsa, ["RS256"]),
        "an own key in the header": lambda: jwt.encode(
            {"alg": "RS256", "kid": "own", "jwk": _own().as_dict(private=False)}, good(), _own(), ["RS256"]
        ),
        "encrypted": lambda: f"{whole}.{whole}",
        "not a token": lambda: "x",
        "empty": lambda: "",
        "nothing": lambda: None,
        "a list": lambda: [whole],
        "huge": lambda: "x" * 300_000,
        "not ASCII": lambda: whole.replace(".", "。"),
    }


_OWN: list[RSAKey] = []


def _own() -> RSAKey:
    if not _OWN:
        _OWN.append(RSAKey.generate_key(2048))
    return _OWN[0]


@pytest.mark.parametrize("name", forgeries())
def test_no_forgery_passes(name: str) -> None:
    with pytest.raises(ProviderError):
        checked(forgeries()[name]())


def test_a_shared_secret_is_not_even_taken_when_the_provider_names_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An empty list of algorithms would mean to the library: any that it recommends."""
    only = METADATA.model_copy(update={"id_token_signing_alg_values_supported": ["HS256"]})
    shared = OctKey.generate_key(256, auto_kid=True)
    about = Known(only, KeySet([shared]))
    monkeypatch.setattr(tokens, "known", lambda *_, **__: about)
    token = jwt.encode({"alg": "HS256", "kid": shared.kid}, good(), shared, ["HS256"])
    with pytest.raises(ProviderError):
        tokens._checked(PROVIDER, about, token, "n")


CLAIMS = (
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "nonce",
    "azp",
    "amr",
    "auth_time",
    "at_hash",
    "email",
    "name",
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(CLAIMS), JSON, min_size=1))
def test_no_claims_can_hurt(odd: dict[str, Any]) -> None:
    claims = {**good(email="a@b.example", email_verified=True), **odd}
    try:
        found = tokens._person(tokens._checked(PROVIDER, ABOUT, signed(claims, "ES256"), "n"))
    except ProviderError:
        return
    assert (claims["iss"], claims["nonce"], found.sub) == (ISSUER, "n", claims["sub"])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as found:
        publish(found)
        metadata = METADATA.model_copy(
            update={"token_endpoint": f"{found.url}/token", "userinfo_endpoint": f"{found.url}/userinfo"}
        )
        about = Known(metadata, PUBLISHED)
        monkeypatch.setattr(tokens, "known", lambda *_, **__: about)
        yield found


def exchange(server: Server) -> tokens.Claims:
    provider = Provider(None, None, "Test ID", ISSUER, "allin", "s3cret", frozenset({server.url}))
    return redeem(
        provider, "the-code", verifier="v" * 43, nonce="n", redirect_uri="http://localhost/sso/callback"
    )


@pytest.mark.parametrize(
    "answer",
    [
        *(Answer(500), Answer(302, {"Location": "https://elsewhere.example"}), Answer(chunks=[b"<html>"])),
        *(
            Answer(chunks=[b"[]"]),
            Answer(chunks=[b"{}"]),
            Answer(chunks=[b"[" * 50_000]),
            Answer(chunks=[b"\xff"]),
        ),
        Answer(400, chunks=[b'{"error": "invalid_grant"}']),
        Answer(400, chunks=[b'{"error": {"deep": ["x"]}}']),
        Answer(chunks=[b'{"id_token": 1, "expires_in": Infinity}']),
        Answer(chunks=[b'{"id_token": "x", "expires_in": "soon"}']),
        Answer(chunks=[b"x" * 600_000]),
    ],
)
def test_whatever_the_token_endpoint_says_is_an_error_people_can_be_told_of(
    server: Server, answer: Answer
) -> None:
    server.answers["/token"] = answer
    with pytest.raises(ProviderError) as refused:
        exchange(server)
    assert "the-code" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("userinfo", "email"),
    [
        ({"sub": "s", "email": "a@b.example", "email_verified": True}, "a@b.example"),
        ({"sub": "s", "email": "a@b.example", "email_verified": "true"}, None),
        ({"sub": "s", "email": "a@b.example"}, None),
        ({"sub": "s"}, None),
    ],
)
def test_userinfo_counts_where_the_token_is_silent(
    server: Server, userinfo: dict[str, Any], email: str | None
) -> None:
    body = json.dumps({"id_token": signed(good()), "access_token": "opaque", "token_type": "Bearer"})
    server.answers["/token"] = Answer(chunks=[body.encode()])
    server.answers["/userinfo"] = Answer(chunks=[json.dumps(userinfo).encode()])
    assert exchange(server).email == email
    assert server.requests[-1]["authorization"] == "Bearer opaque"


YES: list[Any] = [True, 1, "1", "true"]
NO: list[Any] = [False, 0, "0", "false", "", [], {}, [True], 2]
TENANT = "https://login.microsoftonline.com/6e1f6b0e-0000-4000-8000-000000000000/v2.0"


@pytest.mark.parametrize(
    ("issuer", "claims", "verified"),
    [
        *((TENANT, {"xms_edov": yes}, True) for yes in YES),
        *((TENANT, {"xms_edov": no}, False) for no in NO),
        (TENANT, {}, False),
        (TENANT, {"xms_edov": True, "email_verified": False}, False),
        (ISSUER, {"xms_edov": True}, False),
        ("https://login.microsoftonline.com.evil.example/v2.0", {"xms_edov": True}, False),
    ],
)
def test_entra_says_in_its_own_way_that_an_address_is_verified(
    issuer: str, claims: dict[str, Any], verified: bool
) -> None:
    person = tokens._person({"sub": "s", "email": "a@b.example", **claims})
    assert tokens._has_verified(replace(PROVIDER, issuer=issuer), person) is verified


@pytest.mark.parametrize(
    "userinfo", [b'{"sub": "other", "email": "a@b.example", "email_verified": true}', b"{}", b"x"]
)
def test_userinfo_of_somebody_else_is_refused(server: Server, userinfo: bytes) -> None:
    body = json.dumps({"id_token": signed(good()), "access_token": "opaque", "token_type": "Bearer"})
    server.answers["/token"] = Answer(chunks=[body.encode()])
    server.answers["/userinfo"] = Answer(chunks=[userinfo])
    with pytest.raises(ProviderError):
        exchange(server)
