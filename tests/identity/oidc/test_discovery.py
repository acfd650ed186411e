"""What a provider publishes: believed only where it fits, kept for a while, and never able to hurt."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, RSAKey

from identity.oidc import discovery
from identity.oidc.discovery import known
from identity.oidc.provider import Provider, ProviderError
from tests.foundation.web import Answer, Server, serving

CONFIGURATION = "/.well-known/openid-configuration"
RSA = RSAKey.generate_key(2048, auto_kid=True)


@pytest.fixture
def server() -> Iterator[Server]:
    discovery._kept.clear()
    with serving() as found:
        publish(found)
        yield found
    discovery._kept.clear()


def publish(server: Server, keys: Any = None, **changes: Any) -> None:
    """Put the documents up; a field that is None is left out."""
    document = {
        "issuer": server.url,
        "authorization_endpoint": f"{server.url}/authorize",
        "token_endpoint": f"{server.url}/token",
        "jwks_uri": f"{server.url}/jwks",
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
    } | changes
    kept = {name: value for name, value in document.items() if value is not None}
    server.answers[CONFIGURATION] = Answer(chunks=[json.dumps(kept).encode()])
    found = {"keys": [RSA.as_dict(private=False)]} if keys is None else keys
    server.answers["/jwks"] = Answer(chunks=[json.dumps(found).encode()])


def of(server: Server, issuer: str | None = None) -> Provider:
    return Provider(None, None, "Test ID", issuer or server.url, "allin", "secret", frozenset({server.url}))


def problem(server: Server, issuer: str | None = None) -> str:
    with pytest.raises(ProviderError) as found:
        known(of(server, issuer), fresh=True)
    return str(found.value)


def test_endpoints_and_keys_are_read(server: Server) -> None:
    found = known(of(server))
    assert found.metadata.token_endpoint == f"{server.url}/token"
    assert found.metadata.algorithms == ["RS256"]
    assert found.metadata.secret_method == "client_secret_basic"
    assert [key.kid for key in found.keys] == [RSA.kid]


def test_they_are_kept_for_ten_minutes_and_failures_for_seconds(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    for _ in range(3):
        known(of(server))
    assert len(server.requests) == 2
    now += 601
    server.answers[CONFIGURATION] = Answer(500)
    for _ in range(3):
        with pytest.raises(ProviderError):
            known(of(server))
    assert len(server.requests) == 3
    publish(server)
    now += 16
    assert known(of(server))
    assert len(server.requests) == 5


@pytest.mark.parametrize("difference", ["/", "/realm", "?x"])
def test_the_issuer_must_be_the_very_one(server: Server, difference: str) -> None:
    publish(server, issuer=f"{server.url}{difference}")
    assert "another issuer" in problem(server)


def test_a_slash_at_the_end_belongs_to_the_issuer(server: Server) -> None:
    assert "another issuer" in problem(server, f"{server.url}/")
    publish(server, issuer=f"{server.url}/")
    assert known(of(server, f"{server.url}/"), fresh=True)


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/x",
        "javascript:alert(1)",
        "/x",
        "",
        "https:///x",
        "https://u:p@example.com/",
        "https://[x",
    ],
)
def test_endpoints_are_https_addresses(server: Server, endpoint: str, address: str) -> None:
    publish(server, **{endpoint: address})
    assert "https" in problem(server)


@pytest.mark.parametrize("algorithms", [["HS256"], ["none"], ["HS256", "none", "RS1", "dir"], []])
def test_signatures_that_others_could_make_are_not_taken(server: Server, algorithms: list[str]) -> None:
    publish(server, id_token_signing_alg_values_supported=algorithms)
    assert "signs with none of" in problem(server)


def test_a_secret_is_shown_in_a_way_the_provider_takes(server: Server) -> None:
    publish(server, token_endpoint_auth_methods_supported=["private_key_jwt", "client_secret_post"])
    assert known(of(server), fresh=True).metadata.secret_method == "client_secret_post"
    publish(server, token_endpoint_auth_methods_supported=["private_key_jwt"])
    assert "secret" in problem(server)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(404), "HTTP 404"),
        (Answer(302, {"Location": "/jwks"}), "HTTP 302"),
        (Answer(chunks=[b"<html>"]), "not as OpenID Connect wants it"),
        (Answer(chunks=[b"[" * 100_000]), "not as OpenID Connect wants it"),
        (Answer(chunks=[b'{"issuer": 1}']), "not as OpenID Connect wants it"),
        (Answer(chunks=[b" " * 600_000]), "too large"),
    ],
)
def test_what_is_no_such_document_is_said_in_one_line(server: Server, answer: Answer, words: str) -> None:
    server.answers[CONFIGURATION] = answer
    assert words in problem(server)
    assert "\n" not in problem(server)


def test_a_provider_that_dawdles_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "TIMEOUT_S", 0.3)
    server.answers[CONFIGURATION] = Answer(chunks=[b" "] * 100, pause_s=0.05)
    assert "in time" in problem(server)


def test_a_provider_on_a_private_address_is_refused_without_saying_what_is_there(server: Server) -> None:
    outside = Provider(None, None, "Test ID", server.url, "allin", "secret")
    with pytest.raises(ProviderError, match="public internet"):
        known(outside)
    assert server.connections == 0
    known(of(server))  # what the installation may ask, an organization does not get to know
    with pytest.raises(ProviderError, match="public internet"):
        known(outside)


def test_endpoints_elsewhere_are_not_more_private_than_the_issuer(server: Server) -> None:
    with serving() as private:
        publish(server, jwks_uri=f"https://127.0.0.1:{private.port}/jwks")
        assert "public internet" in problem(server)
        assert private.connections == 0


def test_only_public_keys_for_signatures_count(server: Server) -> None:
    good = ECKey.generate_key("P-256", auto_kid=True)
    shared = OctKey.generate_key(256, auto_kid=True).as_dict(private=True)
    odd: list[Any] = [
        *({}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-999", "x": "a", "y": "b"}, {"kty": "AKP", "pub": "x"}),
        *(shared, {**RSA.as_dict(private=False), "use": "enc"}, {"kty": ["RSA"]}),
    ]
    publish(server, {"keys": [*odd, good.as_dict(private=False)]})
    assert [key.kid for key in known(of(server), fresh=True).keys] == [good.kid]
    publish(server, {"keys": odd})
    assert "no key" in problem(server)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
FIELDS = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y", "d", "key_ops", "x5c")
VALUES = JSON | st.sampled_from(
    ["RSA", "EC", "OKP", "P-256", "Ed25519", "X25519", "AQAB", "AA", "sig", "====", "é"]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_no_key_can_hurt(document: dict[str, Any]) -> None:
    key = discovery._imported(document)
    assert key is None or key.key_type in ("RSA", "EC", "OKP")


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_no_document_can_hurt(document: Any) -> None:
    text = json.dumps(document).encode(errors="surrogatepass")
    for model in (discovery.Metadata, discovery._Keys):
        with contextlib.suppress(ProviderError):
            assert isinstance(discovery.parsed(model, text, "problem"), model)
