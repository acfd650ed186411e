"""The stand-in OpenID provider, asked as a client would, with the tokens checked by what it publishes."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet

from tests.sandbox.server import Running, running

# RFC 7636, appendix B.
VERIFIER, CHALLENGE = (
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
)
CALLBACK = "http://127.0.0.1:8501/sso/callback"
QUERY = {
    "response_type": "code",
    "client_id": "allin",
    "redirect_uri": CALLBACK,
    "scope": "openid email profile",
    "state": "s t&te",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
TYPED = {"email": "Ada@example.com", "name": "A Name"}
CLIENT = ("allin", "sandbox-oidc-secret")
REALMS = ["/oidc", "/oidc/lindenhof"]


def discovery(sandbox: Running, path: str = "/oidc") -> dict[str, Any]:
    answer = sandbox.get(f"{path}/.well-known/openid-configuration")
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def authorize(
    sandbox: Running, path: str = "/oidc", *, typed: Any = TYPED, **changes: str
) -> httpx2.Response:
    query = {name: value for name, value in {**QUERY, **changes}.items() if value}
    return sandbox.client.post(f"{path}/authorize", params=query, data=typed)


def answered(response: httpx2.Response) -> dict[str, str]:
    """What the browser takes back to the client."""
    assert response.status_code == 303, response.text
    assert response.headers["location"].startswith(CALLBACK)
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


def redeem(sandbox: Running, code: str, path: str = "/oidc", **changes: Any) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    auth = changes.pop("auth", CLIENT)
    return sandbox.client.post(f"{path}/token", data={**form, **changes}, auth=auth)


def signed_in(sandbox: Running, path: str = "/oidc", **changes: str) -> dict[str, Any]:
    answer = redeem(sandbox, answered(authorize(sandbox, path, **changes))["code"], path)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def checked(sandbox: Running, tokens: dict[str, Any], path: str = "/oidc") -> dict[str, Any]:
    """The ID token's claims, after a check with the published keys."""
    keys = KeySet.import_key_set(sandbox.get(f"{path}/jwks").json())
    return jwt.decode(tokens["id_token"], keys, ["RS256", "ES256"]).claims


def arm(sandbox: Running, mischief: str | None, **more: Any) -> None:
    sandbox.client.post("/_sandbox/oidc", json={"next": mischief, **more}).raise_for_status()


@pytest.mark.parametrize("path", REALMS)
def test_each_issuer_describes_itself(sandbox: Running, path: str) -> None:
    found = discovery(sandbox, path)
    issuer = f"{str(sandbox.client.base_url).rstrip('/')}{path}"
    assert found["issuer"] == issuer
    for endpoint in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert found[endpoint].startswith(f"{issuer}/")
    keys = sandbox.get(f"{path}/jwks").json()["keys"]
    assert [(key["use"], key["alg"]) for key in keys] == [
        ("sig", found["id_token_signing_alg_values_supported"][0])
    ]
    assert not {"d", "p", "q"} & set(keys[0])


def test_issuers_have_keys_of_their_own(sandbox: Running) -> None:
    paths = [*REALMS, "/oidc/other"]
    assert len({sandbox.get(f"{path}/jwks").json()["keys"][0]["kid"] for path in paths}) == 3
    tokens = signed_in(sandbox, "/oidc/lindenhof")
    with pytest.raises(InvalidKeyIdError):
        checked(sandbox, tokens, "/oidc/other")
    assert sandbox.get("/oidc/Not_a_realm/jwks").status_code == 404


@pytest.mark.parametrize("path", REALMS)
def test_who_types_an_address_is_signed_in(sandbox: Running, path: str) -> None:
    answer = answered(authorize(sandbox, path))
    assert (answer["state"], answer["iss"]) == ("s t&te", discovery(sandbox, path)["issuer"])
    reply = redeem(sandbox, answer["code"], path)
    tokens = reply.json()
    assert (tokens["token_type"], reply.headers["cache-control"]) == ("Bearer", "no-store")
    claims = checked(sandbox, tokens, path)
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (answer["iss"], "allin", "n")
    assert (claims["email"], claims["email_verified"], claims["name"]) == ("Ada@example.com", True, "A Name")
    assert abs(claims["iat"] - time.time()) < 5 < claims["exp"] - claims["iat"]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    info = sandbox.client.get(f"{path}/userinfo", headers=bearer).json()
    assert info == {name: claims[name] for name in ("sub", "email", "email_verified", "name")}


def test_a_person_is_the_same_every_time_and_another_at_each_issuer(sandbox: Running) -> None:
    subjects = [checked(sandbox, signed_in(sandbox, path), path)["sub"] for path in (*REALMS, "/oidc")]
    assert subjects[0] == subjects[2] != subjects[1]


def test_what_was_not_asked_for_is_not_told(sandbox: Running) -> None:
    claims = checked(sandbox, signed_in(sandbox, scope="openid", nonce=""))
    assert not {"email", "email_verified", "name", "nonce"} & set(claims)


def test_the_page_shows_a_form_and_what_it_was_given_does_no_harm(sandbox: Running) -> None:
    page = sandbox.get("/oidc/authorize", **QUERY, login_hint='"><script>alert(1)</script>')
    assert page.status_code == 200
    assert 'name="email"' in page.text
    assert "<script" not in page.text
    again = authorize(sandbox, typed={"email": "no address"})
    assert (again.status_code, "no address" in again.text) == (400, True)


def test_one_can_cancel(sandbox: Running) -> None:
    answer = answered(authorize(sandbox, typed={"cancel": "1"}))
    assert (answer["error"], answer["state"]) == ("access_denied", "s t&te")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_request_with_a_fault_is_sent_back(sandbox: Running, change: dict[str, str], error: str) -> None:
    assert answered(authorize(sandbox, **change))["error"] == error


@pytest.mark.parametrize(
    "change", [{"client_id": "other"}, {"redirect_uri": "javascript:alert(1)"}, {"redirect_uri": "/relative"}]
)
def test_nobody_is_sent_to_an_unknown_place(sandbox: Running, change: dict[str, str]) -> None:
    assert authorize(sandbox, **change).status_code == 400


@pytest.mark.parametrize("how", ["basic", "post"])
def test_the_client_shows_its_secret_in_either_way_and_a_code_works_once(sandbox: Running, how: str) -> None:
    code = answered(authorize(sandbox))["code"]
    form = {} if how == "basic" else {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
    wrong: dict[str, Any] = (
        {"auth": ("allin", "guess")} if how == "basic" else {**form, "client_secret": "guess"}
    )
    right: dict[str, Any] = {**form, "auth": CLIENT if how == "basic" else None}
    refused = redeem(sandbox, code, **({"auth": None} | wrong))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert redeem(sandbox, code, **right).status_code == 200
    replayed = redeem(sandbox, code, **right)
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "wrong"},
        {"code_verifier": ""},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": f"{CALLBACK}/elsewhere"},
        {"code": "made up"},
        {"path": "/oidc/other"},
        {"grant_type": "password"},
    ],
)
def test_a_code_is_bound_to_what_it_was_asked_with(sandbox: Running, change: dict[str, str]) -> None:
    code = answered(authorize(sandbox))["code"]
    assert redeem(sandbox, **{"code": code, **change}).status_code == 400
    assert redeem(sandbox, code).status_code == 200


def test_a_code_is_good_for_a_minute(fresh: Running) -> None:
    code = answered(authorize(fresh))["code"]
    fresh.advance(61)
    assert redeem(fresh, code).json()["error"] == "invalid_grant"


def test_an_access_token_opens_its_own_issuers_userinfo_alone(sandbox: Running) -> None:
    tokens = signed_in(sandbox)
    for path, token in (
        ("/oidc/other", tokens["access_token"]),
        ("/oidc", tokens["id_token"]),
        ("/oidc", "forged"),
    ):
        answer = sandbox.client.get(f"{path}/userinfo", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
    assert sandbox.get("/oidc/userinfo").status_code == 401


@pytest.mark.parametrize("path", REALMS)
@pytest.mark.parametrize(
    ("mischief", "claim", "expected"),
    [
        ("wrong_nonce", "nonce", "of another sign-in"),
        ("wrong_audience", "aud", "another-client"),
        ("wrong_party", "azp", "another-client"),
        ("unverified_email", "email_verified", False),
        ("no_email", "email", None),
        ("thin_token", "email", None),
    ],
)
def test_claims_can_be_wrong_once(
    sandbox: Running, path: str, mischief: str, claim: str, expected: Any
) -> None:
    arm(sandbox, mischief)
    assert checked(sandbox, signed_in(sandbox, path), path).get(claim) == expected
    assert checked(sandbox, signed_in(sandbox, path), path).get(claim) != expected


@pytest.mark.parametrize("path", REALMS)
def test_times_and_issuer_can_be_wrong(sandbox: Running, path: str) -> None:
    arm(sandbox, "expired")
    assert checked(sandbox, signed_in(sandbox, path), path)["exp"] < time.time() - 60
    arm(sandbox, "from_the_future")
    assert checked(sandbox, signed_in(sandbox, path), path)["iat"] > time.time() + 60
    arm(sandbox, "wrong_issuer")
    assert checked(sandbox, signed_in(sandbox, path), path)["iss"] != discovery(sandbox, path)["issuer"]


@pytest.mark.parametrize("path", REALMS)
@pytest.mark.parametrize(
    ("mischief", "algorithm", "problem"),
    [
        ("unsigned", "none", UnsupportedAlgorithmError),
        ("hs256", "HS256", UnsupportedAlgorithmError),
        ("other_key", None, BadSignatureError),
        ("unknown_key", None, InvalidKeyIdError),
    ],
)
def test_signatures_can_be_wrong(
    sandbox: Running, path: str, mischief: str, algorithm: str | None, problem: type[Exception]
) -> None:
    arm(sandbox, mischief)
    tokens = signed_in(sandbox, path)
    header = tokens["id_token"].partition(".")[0]
    found = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["alg"]
    assert found == (algorithm or discovery(sandbox, path)["id_token_signing_alg_values_supported"][0])
    with pytest.raises(problem):
        checked(sandbox, tokens, path)


def test_userinfo_can_be_of_somebody_else(sandbox: Running) -> None:
    arm(sandbox, "other_userinfo")
    tokens = signed_in(sandbox)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    info = sandbox.client.get("/oidc/userinfo", headers=bearer).json()
    assert info["sub"] != checked(sandbox, tokens)["sub"]


def test_mischief_counts_sign_ins_and_can_be_called_off(sandbox: Running) -> None:
    arm(sandbox, "token_error", times=2)
    for expected in (400, 400, 200):
        assert redeem(sandbox, answered(authorize(sandbox))["code"]).status_code == expected
    arm(sandbox, "token_error")
    arm(sandbox, None)
    assert signed_in(sandbox)
    assert sandbox.client.post("/_sandbox/oidc", json={"next": "anything"}).status_code == 422


def test_keys_rotate_and_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, days=1) as first:
        tokens = signed_in(first)
        arm(first, "rotate_keys")
        with pytest.raises(InvalidKeyIdError):
            checked(first, tokens)
        tokens = signed_in(first)
    with running(tmp_path, days=1) as second:
        assert checked(second, tokens)["email"] == TYPED["email"]
