"""Registering, signing in and out, all by the API."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from foundation.database import worker_session
from foundation.settings import Settings, get_settings
from tests.app.api.world import bearer, token_of
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person

EMAIL = "owner@example.com"
NEW = "new@example.com"
OTHER = "quiet river under stones"


def sign_in(client: TestClient, password: str = PASSWORD, email: str = EMAIL) -> Any:
    return client.post("auth/sign-in", json={"email": email, "password": password})


def me(client: TestClient, token: str) -> int:
    return client.get("me", headers=bearer(token)).status_code


def mailed_token(address: str) -> str:
    return token_in(letters_to(address)[-1])


def ok(answer: Any, status: int = 204) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_registering(client: TestClient) -> None:
    new = {"email": NEW, "name": "A person", "password": OTHER, "organization": "Südwind Studio"}
    ok(client.post("auth/register", json=new))
    assert sign_in(client, OTHER, NEW).status_code == 401  # the address is not proven yet
    link = {"token": mailed_token(NEW), "password": OTHER}
    assert client.post("auth/confirm", json={**link, "password": "another"}).status_code == 401
    ok(client.post("auth/confirm", json=link))
    assert client.post("auth/confirm", json=link).status_code == 410
    tokens = ok(sign_in(client, OTHER, NEW), 200)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    profile = client.get("me", headers=bearer(tokens["access_token"])).json()
    assert (profile["name"], profile["organization"]["role"]) == ("A person", "OWNER")


def test_whether_an_address_has_an_account_is_not_told(client: TestClient) -> None:
    add_person()
    known, unknown = sign_in(client, "wrong wrong"), sign_in(client, "wrong wrong", NEW)
    assert (known.status_code, known.json()) == (401, unknown.json())
    for address in (EMAIL, NEW):
        registration = {"email": address, "name": "X", "password": OTHER}
        assert client.post("auth/register", json=registration).status_code == 204
        assert client.post("auth/forgot-password", json={"email": address}).status_code == 204


def test_closed_registration(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIN_REGISTRATION", "closed")
    get_settings.cache_clear()
    new = {"email": NEW, "name": "A person", "password": OTHER}
    assert client.post("auth/register", json=new).status_code == 403


def test_tokens_are_exchanged_once(client: TestClient) -> None:
    add_person()
    first = ok(sign_in(client), 200)
    second = ok(client.post("auth/refresh", json={"refresh_token": first["refresh_token"]}), 200)
    assert me(client, second["access_token"]) == 200
    replayed = client.post("auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert replayed.status_code == 401
    assert [me(client, tokens["access_token"]) for tokens in (first, second)] == [401, 401]
    assert client.post("auth/refresh", json={"refresh_token": second["refresh_token"]}).status_code == 401


def test_signing_out(client: TestClient) -> None:
    add_person()
    here, there, third = (token_of(EMAIL) for _ in range(3))
    ok(client.post("auth/sign-out", headers=bearer(here)))
    assert [me(client, token) for token in (here, there, third)] == [401, 200, 200]
    sessions = client.get("me/sessions", headers=bearer(there)).json()["items"]
    assert [one["current"] for one in sessions].count(True) == 1
    other = next(one["id"] for one in sessions if not one["current"])
    ok(client.delete(f"me/sessions/{other}", headers=bearer(there)))
    assert me(client, third) == 401
    fourth = token_of(EMAIL)
    ok(client.post("auth/sign-out-everywhere", json={"keep_this": True}, headers=bearer(there)))
    assert [me(client, token) for token in (fourth, there)] == [401, 200]
    ok(client.post("auth/sign-out-everywhere", json={}, headers=bearer(there)))
    assert me(client, there) == 401


def test_a_forgotten_password(client: TestClient) -> None:
    add_person()
    token = token_of(EMAIL)
    ok(client.post("auth/forgot-password", json={"email": EMAIL}))
    link = {"token": mailed_token(EMAIL), "password": OTHER}
    assert client.post("auth/reset-password", json={**link, "password": "1234567890"}).status_code == 422
    ok(client.post("auth/reset-password", json=link))
    assert client.post("auth/reset-password", json=link).status_code == 410
    assert me(client, token) == 401
    assert [sign_in(client, password).status_code for password in (PASSWORD, OTHER)] == [401, 200]


def test_links_that_have_expired(client: TestClient) -> None:
    add_person()
    ok(client.post("auth/forgot-password", json={"email": EMAIL}))
    with worker_session() as session:
        session.execute(text("UPDATE one_time_tokens SET expires_at = now()"))
    link = {"token": mailed_token(EMAIL), "password": OTHER}
    answer = client.post("auth/reset-password", json=link)
    assert (answer.status_code, answer.json()["type"]) == (410, "/api/docs#problem-link-gone")


def test_changing_oneself(client: TestClient) -> None:
    add_person()
    mine, other = bearer(token_of(EMAIL)), token_of(EMAIL)
    assert ok(client.patch("me", json={"name": "Another"}, headers=mine), 200)["name"] == "Another"
    wrong = {"old": "wrong wrong", "password": OTHER}
    refused = client.put("me/password", json=wrong, headers=mine)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/old")
    ok(client.put("me/password", json={"old": PASSWORD, "password": OTHER}, headers=mine))
    assert me(client, other) == 401
    ok(client.post("me/address", json={"email": NEW, "password": OTHER}, headers=mine))
    ok(client.post("auth/confirm-address", json={"token": mailed_token(NEW), "password": OTHER}))
    assert client.get("me", headers=mine).json()["email"] == NEW


def test_a_second_factor(client: TestClient, settings: Settings) -> None:
    add_person()
    mine = bearer(token_of(EMAIL))
    assert ok(client.get("me/second-factor", headers=mine), 200) == {"since": None, "recovery_codes_left": 0}
    begun = ok(client.post("me/second-factor", headers=mine), 200)
    assert begun["qr_svg"].startswith("<svg")
    assert client.post("me/second-factor/confirm", json={"code": "000000"}, headers=mine).status_code == 422
    totp = pyotp.TOTP(begun["secret"])
    codes = ok(client.post("me/second-factor/confirm", json={"code": totp.now()}, headers=mine), 200)
    first, second, third = codes["recovery_codes"][:3]

    challenge = ok(sign_in(client), 200)
    assert (challenge["needs_second_factor"], "access_token" in challenge) == (True, False)
    met = {"challenge": challenge["challenge"], "code": first}
    assert client.post("auth/second-factor", json={**met, "code": "000000"}).status_code == 401
    tokens = ok(client.post("auth/second-factor", json=met), 200)
    assert me(client, tokens["access_token"]) == 200
    assert client.post("auth/second-factor", json=met).status_code == 401
    again = ok(sign_in(client), 200)["challenge"]
    assert client.post("auth/second-factor", json={"challenge": again, "code": first}).status_code == 401

    given = {"password": PASSWORD, "code": second}
    fresh = ok(client.post("me/second-factor/recovery-codes", json=given, headers=mine), 200)[
        "recovery_codes"
    ]
    remove = {"password": PASSWORD, "code": third}
    assert client.post("me/second-factor/remove", json=remove, headers=mine).status_code == 422
    ok(client.post("me/second-factor/remove", json={**remove, "code": fresh[0]}, headers=mine))
    assert "access_token" in ok(sign_in(client), 200)
    assert settings.home.exists()
