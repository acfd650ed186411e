"""X's tokens: rotation, the death of a replayed family, PKCE."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.sandbox.server import Running

VERIFIER = "a-verifier-of-at-least-forty-three-characters-1234"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "http://127.0.0.1:8501/callback"


def token(sandbox: Running, **form: str) -> httpx2.Response:
    auth = (sandbox.x["client_id"], sandbox.x["client_secret"])
    return sandbox.client.post("/x/2/oauth2/token", data=form, auth=auth)


def refresh(sandbox: Running, value: str) -> httpx2.Response:
    return token(sandbox, grant_type="refresh_token", refresh_token=value)


def works(sandbox: Running, access_token: str) -> bool:
    headers = {"Authorization": f"Bearer {access_token}"}
    return sandbox.client.get("/x/2/users/me", headers=headers).status_code == 200


def authorize(sandbox: Running, **changes: str) -> httpx2.Response:
    query = {
        "response_type": "code",
        "client_id": sandbox.x["client_id"],
        "redirect_uri": CALLBACK,
        "scope": "tweet.read users.read offline.access",
        "state": "s",
        "account": sandbox.x["account_id"],
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return sandbox.get("/x/i/oauth2/authorize", **{**query, **changes})


def code(sandbox: Running, **changes: str) -> str:
    return parse_qs(urlsplit(authorize(sandbox, **changes).headers["location"]).query)["code"][0]


def test_a_refresh_token_works_once_and_its_replay_kills_the_family(fresh: Running) -> None:
    first = refresh(fresh, fresh.x["refresh_token"]).json()
    assert (first["expires_in"], first["token_type"]) == (7200, "bearer")
    second = refresh(fresh, first["refresh_token"]).json()
    assert works(fresh, second["access_token"])
    replay = refresh(fresh, first["refresh_token"])
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_request")
    assert not works(fresh, second["access_token"])
    assert refresh(fresh, second["refresh_token"]).status_code == 400
    assert works(fresh, fresh.get("/_sandbox/world").json()["brands"][0]["x"]["access_token"])


def test_each_asking_for_the_world_gives_a_family_of_its_own(fresh: Running) -> None:
    other = fresh.get("/_sandbox/world").json()["brands"][0]["x"]
    refresh(fresh, other["refresh_token"])
    assert refresh(fresh, other["refresh_token"]).status_code == 400
    assert works(fresh, fresh.x["access_token"])


def test_access_ends_after_two_hours(fresh: Running) -> None:
    fresh.advance(7190)
    assert works(fresh, fresh.x["access_token"])
    fresh.advance(11)
    assert not works(fresh, fresh.x["access_token"])
    assert works(fresh, refresh(fresh, fresh.x["refresh_token"]).json()["access_token"])


def test_a_code_becomes_tokens_once(fresh: Running) -> None:
    account = fresh.brands[2]["x"]["user_id"]
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    value = code(fresh, account=account)
    issued = token(fresh, code=value, **form).json()
    headers = {"Authorization": f"Bearer {issued['access_token']}"}
    assert fresh.client.get("/x/2/users/me", headers=headers).json()["data"]["id"] == account
    assert fresh.client.post("/x/2/tweets", json={"text": "x"}, headers=headers).status_code == 403
    assert token(fresh, code=value, **form).status_code == 400


@pytest.mark.parametrize(
    "change", [{"code_verifier": "wrong"}, {"redirect_uri": "http://elsewhere"}, {"code": "made up"}]
)
def test_codes_are_bound_to_verifier_and_address(fresh: Running, change: dict[str, str]) -> None:
    form: dict[str, Any] = {
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    assert token(fresh, **{**form, "code": code(fresh), **change}).status_code == 400


def test_a_code_is_good_for_thirty_seconds(fresh: Running) -> None:
    value = code(fresh)
    fresh.advance(31)
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    assert token(fresh, code=value, **form).status_code == 400


def test_pkce_and_a_known_client_are_required(fresh: Running) -> None:
    assert authorize(fresh, code_challenge="").status_code == 400
    assert authorize(fresh, client_id="other").status_code == 400
    form = {"grant_type": "refresh_token", "refresh_token": fresh.x["refresh_token"]}
    assert fresh.client.post("/x/2/oauth2/token", data=form).status_code == 401
    wrong = fresh.client.post("/x/2/oauth2/token", data=form, auth=(fresh.x["client_id"], "guess"))
    assert wrong.status_code == 401
    public = fresh.client.post("/x/2/oauth2/token", data={**form, "client_id": fresh.x["client_id"]})
    assert public.status_code == 200


def test_a_revoked_token_stops_working(fresh: Running) -> None:
    form = {"token": fresh.x["access_token"], "client_id": fresh.x["client_id"]}
    assert fresh.client.post("/x/2/oauth2/revoke", data=form).json() == {"revoked": True}
    assert not works(fresh, fresh.x["access_token"])
