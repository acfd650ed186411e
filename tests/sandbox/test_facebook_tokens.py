"""Facebook's tokens: what is refused, and how tokens are come by."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.server import Running, running

APP = {"client_id": "sandbox-facebook", "client_secret": "sandbox-facebook-secret"}
CALLBACK = "http://127.0.0.1:8501/callback"


def refused(answer: Any, code: int, subcode: int | None = None) -> bool:
    error = answer.json()["error"]
    return answer.status_code == 400 and (error["code"], error.get("error_subcode")) == (code, subcode)


def test_calls_without_a_working_token_are_refused(sandbox: Running) -> None:
    path = f"/facebook/v26.0/{sandbox.page_id}/published_posts"
    assert refused(sandbox.get(path), 104)
    assert refused(sandbox.get("/facebook/v26.0/me/accounts"), 2500)
    assert refused(sandbox.get(path, access_token="made up"), 190)
    assert refused(sandbox.client.post(f"/facebook/{sandbox.page_id}/feed", data={"message": "x"}), 104)
    assert refused(sandbox.client.delete(f"/facebook/{sandbox.page_id}_1"), 104)


def test_a_page_token_reaches_its_own_page_only(sandbox: Running) -> None:
    other = sandbox.brands[1]["facebook"]["page_id"]
    assert refused(sandbox.graph(f"{other}/published_posts"), 100, 33)
    foreign = sandbox.get(
        f"/facebook/{other}/published_posts", access_token=sandbox.page_token_of(1), fields="id", limit=1
    ).json()["data"][0]["id"]
    assert refused(sandbox.graph(foreign), 100, 33)
    assert refused(sandbox.client.delete(f"/facebook/{foreign}?access_token={sandbox.page_token}"), 100, 33)


def test_publishing_needs_the_page_token(sandbox: Running) -> None:
    user_token = sandbox.brands[0]["facebook"]["user_token"]
    assert refused(sandbox.publish("hello", access_token=user_token), 190, 2069032)


def test_a_token_in_the_authorization_header_works(sandbox: Running) -> None:
    headers = {"Authorization": f"Bearer {sandbox.page_token}"}
    assert sandbox.client.get(f"/facebook/{sandbox.page_id}", headers=headers).status_code == 200


def test_the_dialog_gives_a_code_the_code_a_token_and_the_token_pages(sandbox: Running) -> None:
    query = {
        "client_id": APP["client_id"],
        "redirect_uri": CALLBACK,
        "state": "s p",
        "scope": "pages_show_list",
        "account": "*",
    }
    answer = sandbox.get("/facebook/v26.0/dialog/oauth", **query)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (answer.status_code, back["state"]) == (302, ["s p"])
    exchange = {**APP, "redirect_uri": CALLBACK, "code": back["code"][0]}
    wrong = sandbox.get(
        "/facebook/v26.0/oauth/access_token", **{**exchange, "redirect_uri": "http://elsewhere"}
    )
    assert refused(wrong, 100, 36008)
    short = sandbox.get("/facebook/v26.0/oauth/access_token", **exchange).json()
    assert short["expires_in"] <= 7200
    assert refused(sandbox.get("/facebook/v26.0/oauth/access_token", **exchange), 100, 36009)
    long = sandbox.get(
        "/facebook/v26.0/oauth/access_token",
        **APP,
        grant_type="fb_exchange_token",
        fb_exchange_token=short["access_token"],
    ).json()
    assert long["expires_in"] == pytest.approx(60 * 86_400, rel=0.01)
    pages = sandbox.get("/facebook/v26.0/me/accounts", access_token=long["access_token"], limit=2).json()
    assert [page["name"] for page in pages["data"]] == ["Harbor & Pine Coffee", "Lumenwerk"]
    rest = sandbox.client.get(pages["paging"]["next"]).json()
    assert [page["tasks"] for page in rest["data"]] == [["ANALYZE", "CREATE_CONTENT", "MODERATE", "MANAGE"]]


def test_refusing_consent_comes_back_as_access_denied(sandbox: Running) -> None:
    query = {"client_id": APP["client_id"], "redirect_uri": CALLBACK, "state": "s", "deny": 1}
    location = sandbox.get("/facebook/v26.0/dialog/oauth", **query).headers["location"]
    assert parse_qs(urlsplit(location).query)["error"] == ["access_denied"]


def test_tokens_expire_but_pages_of_long_lived_users_do_not(tmp_path: Path) -> None:
    with running(tmp_path, days=5) as sandbox:
        user_token = sandbox.brands[0]["facebook"]["user_token"]
        app_token = f"{APP['client_id']}|{APP['client_secret']}"
        page = sandbox.get(
            "/facebook/debug_token", input_token=sandbox.page_token, access_token=app_token
        ).json()
        assert (page["data"]["expires_at"], page["data"]["profile_id"]) == (0, sandbox.page_id)
        sandbox.advance(61 * 86_400)
        assert refused(sandbox.get("/facebook/me/accounts", access_token=user_token), 190, 463)
        assert sandbox.graph(sandbox.page_id).status_code == 200
        user = sandbox.get("/facebook/debug_token", input_token=user_token, access_token=app_token).json()
        assert user["data"]["is_valid"] is False
        expired = {"grant_type": "fb_exchange_token", "fb_exchange_token": user_token}
        assert refused(sandbox.get("/facebook/oauth/access_token", **APP, **expired), 190, 463)


def test_an_hour_used_up_is_code_32(tmp_path: Path) -> None:
    with running(tmp_path, days=5, facebook_hourly_calls=3) as sandbox:
        answers = [sandbox.graph(sandbox.page_id) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 400]
        assert answers[3].json()["error"]["code"] == 32
        sandbox.advance(3600)
        assert sandbox.graph(sandbox.page_id).status_code == 200
