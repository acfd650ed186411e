"""TikTok's stand-in by itself: tokens, limits, bodies, parts, states that follow the clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from sandbox.tiktok import limits
from tests.sandbox.server import Running, running

CLIENT = {"client_key": "sandbox-tiktok", "client_secret": "sandbox-tiktok-secret"}
BACK = "https://allin.example/back"
HEAD = b"\x00\x00\x00\x18ftypmp42"
INFO = {"privacy_level": "PUBLIC_TO_EVERYONE", "title": "A title"}


class TikTok:
    """Calls as one account, with fresh tokens."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.access: dict[str, Any] = server.get("/_sandbox/world").json()["brands"][0]["tiktok"]
        self.bearer = {"Authorization": f"Bearer {self.access['access_token']}"}

    def post(self, path: str, body: Any, **params: str) -> httpx2.Response:
        return self.server.client.post(f"/tiktok/v2/{path}", json=body, params=params, headers=self.bearer)

    def token(self, **form: str) -> dict[str, Any]:
        answer = self.server.client.post("/tiktok/v2/oauth/token/", data={**CLIENT, **form})
        assert answer.status_code == 200, "OAuth's errors come with 200"
        found: dict[str, Any] = answer.json()
        return found

    def begin(self, size: int, part: int | None = None, count: int = 1, **info: Any) -> httpx2.Response:
        source = {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": part or size,
            "total_chunk_count": count,
        }
        return self.post("post/publish/video/init/", {"post_info": {**INFO, **info}, "source_info": source})

    def put(self, url: str, content: bytes, first: int, size: int) -> int:
        headers = {
            "Content-Type": "video/mp4",
            "Content-Range": f"bytes {first}-{first + len(content) - 1}/{size}",
        }
        return self.server.client.put(url, content=content, headers=headers).status_code

    def status(self, publish_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.post("post/publish/status/fetch/", {"publish_id": publish_id}).json()[
            "data"
        ]
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("tiktok"), days=60) as found:
        yield found


@pytest.fixture
def tiktok(server: Running) -> TikTok:
    return TikTok(server)


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# ---------------------------------------------------------------- tokens
def test_from_consent_to_tokens(tiktok: TikTok) -> None:
    query = {
        "client_key": CLIENT["client_key"],
        "scope": "user.info.basic,video.list",
        "response_type": "code",
        "redirect_uri": BACK,
        "state": "s",
        "account": tiktok.access["account_id"],
    }
    sent = tiktok.server.client.get("/tiktok/v2/auth/authorize/", params=query)
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    form = {"code": code, "grant_type": "authorization_code", "redirect_uri": BACK}
    assert tiktok.token(**{**form, "redirect_uri": "https://elsewhere.example"})["error"] == "invalid_grant"
    told = tiktok.token(**form)
    assert (told["expires_in"], told["refresh_expires_in"]) == (7_200, 15_552_000)
    assert told["scope"] == "user.info.basic,video.list"
    assert tiktok.token(**form)["error"] == "invalid_grant", "a code works once"


def test_the_old_refresh_token_is_dead_and_the_new_ones_live(tiktok: TikTok) -> None:
    old = tiktok.access["refresh_token"]
    new = tiktok.token(grant_type="refresh_token", refresh_token=old)
    assert tiktok.token(grant_type="refresh_token", refresh_token=old)["error"] == "invalid_grant"
    assert "access_token" in tiktok.token(grant_type="refresh_token", refresh_token=new["refresh_token"])


def test_a_token_ends_after_two_hours(tmp_path: Path) -> None:
    with running(tmp_path, days=5) as fresh:
        tiktok = TikTok(fresh)
        assert tiktok.post("video/list/", {}, fields="id").status_code == 200
        fresh.advance(7_201)
        assert code_of(tiktok.post("video/list/", {}, fields="id")) == (401, "access_token_invalid")


def test_a_field_without_its_scope_refuses_the_whole_call(tiktok: TikTok) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": BACK}
    query = {
        **{"client_key": CLIENT["client_key"], "response_type": "code", "redirect_uri": BACK, "state": "s"},
        **{"scope": "user.info.basic", "account": tiktok.access["account_id"]},
    }
    sent = tiktok.server.client.get("/tiktok/v2/auth/authorize/", params=query)
    told = tiktok.token(**form, code=parse_qs(urlsplit(sent.headers["location"]).query)["code"][0])
    tiktok.bearer = {"Authorization": f"Bearer {told['access_token']}"}

    def asked(fields: str) -> httpx2.Response:
        return tiktok.server.client.get(
            "/tiktok/v2/user/info/", params={"fields": fields}, headers=tiktok.bearer
        )

    assert code_of(asked("open_id,display_name")) == (200, "ok")
    assert code_of(asked("open_id,follower_count")) == (401, "scope_not_authorized")
    assert code_of(asked("open_id,nonsense")) == (400, "invalid_params")


# ---------------------------------------------------------------- publishing
def test_parts_in_order_and_the_last_one_publishes(tiktok: TikTok) -> None:
    part, title = 5_000_000, f"A title {uuid.uuid4().hex}"
    size = 2 * part + 77
    begun = tiktok.begin(size, part, 2, title=title).json()["data"]
    url, publish_id = begun["upload_url"], begun["publish_id"]
    content = HEAD + b"x" * (size - len(HEAD))
    assert tiktok.put(url, content[part:], part, size) == 416
    assert tiktok.put(url, content[: part - 1], 0, size) == 400
    assert tiktok.put(url.replace("upload_token=", "upload_token=x"), content[:part], 0, size) == 404
    assert tiktok.put(url, content[:part], 0, size) == 206
    assert tiktok.status(publish_id) == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": part}
    assert not [post for post in tiktok.server.accepted() if title in post["text"]]
    assert tiktok.put(url, content[part:], part, size) == 201
    assert tiktok.put(url, content[part:], part, size) == 416
    assert len([post for post in tiktok.server.accepted() if title in post["text"]]) == 1
    assert tiktok.status(publish_id)["status"] == "PROCESSING_UPLOAD"
    tiktok.server.advance(4)
    assert tiktok.status(publish_id) == {"status": "PUBLISH_COMPLETE", "uploaded_bytes": size}
    tiktok.server.advance(5)
    (post_id,) = tiktok.status(publish_id)["publicaly_available_post_id"]
    shown = tiktok.post("video/query/", {"filters": {"video_ids": [str(post_id)]}}, fields="id,title")
    assert shown.json()["data"]["videos"] == [{"id": str(post_id), "title": title}]


@pytest.mark.parametrize(
    ("size", "part", "count"),
    [(4_000_000, 2_000_000, 2), (70 * 1024**2, 70 * 1024**2, 1), (20_000_000, 5_000_000, 3)],
)
def test_parts_that_tiktok_does_not_take(tiktok: TikTok, size: int, part: int, count: int) -> None:
    assert code_of(tiktok.begin(size, part, count)) == (400, "invalid_params")


@pytest.mark.parametrize(
    ("info", "wanted"),
    [
        ({"privacy_level": "EVERYBODY"}, (400, "invalid_params")),
        ({"privacy_level": "FOLLOWER_OF_CREATOR"}, (403, "privacy_level_option_mismatch")),
        ({"colour": "red"}, (400, "invalid_params")),
        ({"title": "a" * 2_201}, (400, "invalid_params")),
        (
            {"brand_content_toggle": True, "privacy_level": "SELF_ONLY"},
            (403, "privacy_level_option_mismatch"),
        ),
    ],
)
def test_what_is_refused_of_a_post(tiktok: TikTok, info: dict[str, Any], wanted: tuple[int, str]) -> None:
    assert code_of(tiktok.begin(1_000, **info)) == wanted


def test_a_place_for_a_video_holds_an_hour(tmp_path: Path) -> None:
    with running(tmp_path, days=5) as fresh:
        url = TikTok(fresh).begin(1_000).json()["data"]["upload_url"]
        fresh.advance(3_601)
        assert TikTok(fresh).put(url, b"x" * 1_000, 0, 1_000) == 403


def test_a_cancelled_post_has_failed(tiktok: TikTok) -> None:
    begun = tiktok.begin(1_000).json()["data"]
    assert tiktok.post("post/publish/cancel/", {"publish_id": begun["publish_id"]}).status_code == 200
    assert tiktok.status(begun["publish_id"])["fail_reason"] == "publish_cancelled"
    assert tiktok.put(begun["upload_url"], b"x" * 1_000, 0, 1_000) == 403


def test_another_account_has_nothing_to_ask_about_it(tiktok: TikTok) -> None:
    publish_id = tiktok.begin(1_000).json()["data"]["publish_id"]
    other = tiktok.server.get("/_sandbox/world").json()["brands"][1]["tiktok"]
    tiktok.bearer = {"Authorization": f"Bearer {other['access_token']}"}
    answer = tiktok.post("post/publish/status/fetch/", {"publish_id": publish_id})
    assert code_of(answer) == (403, "token_not_authorized_for_specified_publish_id")
    unknown = tiktok.post("post/publish/status/fetch/", {"publish_id": "none"})
    assert code_of(unknown) == (400, "invalid_publish_id")


# ---------------------------------------------------------------- limits
def test_six_posts_a_minute_and_no_header_tells(tiktok: TikTok) -> None:
    answers = [tiktok.begin(1_000) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert code_of(answers[-1]) == (429, "rate_limit_exceeded")
    assert not [name for name in answers[-1].headers if "limit" in name or name == "retry-after"]
    assert TikTok(tiktok.server).begin(1_000).status_code == 200, "another token has its own"
    tiktok.server.advance(61)
    assert tiktok.begin(1_000).status_code == 200


def test_a_creator_has_a_cap_for_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.POSTS, "per_day", 2)
    with running(tmp_path, days=5) as fresh:
        tiktok = TikTok(fresh)
        codes = [code_of(tiktok.begin(1_000)) for _ in range(3)]
    assert codes == [(200, "ok"), (200, "ok"), (403, "spam_risk_too_many_posts")]


# ---------------------------------------------------------------- reading
def test_pages_lead_to_the_end_once(tiktok: TikTok) -> None:
    found: list[str] = []
    body: dict[str, Any] = {"max_count": 20}
    while True:
        data = tiktok.post("video/list/", body, fields="id,create_time").json()["data"]
        found += [video["id"] for video in data["videos"]]
        if not data["has_more"]:
            break
        body["cursor"] = data["cursor"]
    assert len(found) == len(set(found)) > 60
    assert code_of(tiktok.post("video/list/", {"max_count": 21}, fields="id")) == (400, "invalid_params")
    assert code_of(tiktok.post("video/list/", {}, fields="")) == (400, "invalid_params")
