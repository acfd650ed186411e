"""X's media: whole images, files in segments, processing on the clock, alt text, and what posts show."""

from __future__ import annotations

import base64
from typing import Any

import httpx2
import pytest

from tests.sandbox.server import Running

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\1" * 100


def send(sandbox: Running, path: str, **more: Any) -> httpx2.Response:
    return sandbox.client.post(f"/x/2/media/{path}", headers=sandbox.bearer, **more)


def image(sandbox: Running, content: bytes = PNG, category: str = "tweet_image") -> httpx2.Response:
    return send(
        sandbox,
        "upload",
        data={"media_category": category},
        files={"media": ("image", content, "image/png")},
    )


def begin(sandbox: Running, size: int = len(MP4), **more: Any) -> httpx2.Response:
    body = {"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": size, **more}
    return send(sandbox, "upload/initialize", json=body)


def append(sandbox: Running, media_id: str, index: int, content: bytes) -> httpx2.Response:
    files = {"media": ("segment", content, "application/octet-stream")}
    return send(sandbox, f"upload/{media_id}/append", data={"segment_index": str(index)}, files=files)


def status(sandbox: Running, media_id: str) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.x_get("media/upload", command="STATUS", media_id=media_id).json()
    return found


def video(sandbox: Running, content: bytes = MP4) -> str:
    """A video uploaded in two segments, not processed yet."""
    media_id = str(begin(sandbox, len(content)).json()["data"]["id"])
    for index, piece in enumerate((content[:60], content[60:])):
        append(sandbox, media_id, index, piece).raise_for_status()
    send(sandbox, f"upload/{media_id}/finalize").raise_for_status()
    return media_id


def test_an_image_is_ready_at_once_and_shown(fresh: Running) -> None:
    data = image(fresh).json()["data"]
    assert data["media_key"] == f"3_{data['id']}"
    body = {"id": data["id"], "metadata": {"alt_text": {"text": "A cat"}}}
    assert send(fresh, "metadata", json=body).status_code == 200
    post = fresh.tweet({"text": "Look", "media": {"media_ids": [data["id"]]}}).json()["data"]
    asked = {"tweet.fields": "attachments,entities", "expansions": "attachments.media_keys"}
    shown = fresh.x_get(f"tweets/{post['id']}", **asked, **{"media.fields": "alt_text"}).json()
    assert shown["includes"]["media"] == [
        {"media_key": data["media_key"], "type": "photo", "alt_text": "A cat"}
    ]
    [url] = shown["data"]["entities"]["urls"]
    assert shown["data"]["text"] == f"Look {url['url']}"
    assert shown["data"]["text"][url["start"] : url["end"]] == url["url"]
    assert url["media_key"] == data["media_key"]


def test_an_image_may_come_as_base64(fresh: Running) -> None:
    body = {"media": base64.b64encode(PNG).decode(), "media_category": "tweet_image"}
    assert send(fresh, "upload", json=body).status_code == 200
    assert send(fresh, "upload", json={**body, "media": "?"}).status_code == 400
    assert send(fresh, "upload", json={**body, "media_type": "image/png"}).status_code == 400


@pytest.mark.parametrize("category", ["tweet_gif", "tweet_video", "", "other"])
def test_only_images_come_whole(sandbox: Running, category: str) -> None:
    assert image(sandbox, category=category).status_code == 400


def test_what_is_no_image_or_too_large_is_refused(sandbox: Running) -> None:
    for content in (b"", b"text", b"GIF89a" + b"\0" * 40, PNG + b"\0" * 5 * 1024 * 1024):
        assert image(sandbox, content).status_code == 400


def test_a_video_is_processed_on_the_clock(fresh: Running) -> None:
    media_id = video(fresh)
    post = {"text": "Film", "media": {"media_ids": [media_id]}}
    seen = []
    for _ in range(3):
        seen.append(status(fresh, media_id)["data"]["processing_info"])
        if seen[-1]["state"] != "succeeded":
            assert fresh.tweet(post).status_code == 400
            assert seen[-1]["check_after_secs"] > 0
        fresh.advance(2.5)
    assert [info["state"] for info in seen] == ["pending", "in_progress", "succeeded"]
    assert fresh.tweet(post).status_code == 201


def test_a_file_that_is_no_video_fails(fresh: Running) -> None:
    for content in (b"no video at all" * 10, MP4 + b"#rejected"):
        media_id = video(fresh, content)
        fresh.advance(5)
        info = status(fresh, media_id)["data"]["processing_info"]
        assert info["state"] == "failed"
        assert info["error"]["message"]
        assert fresh.tweet({"text": "x", "media": {"media_ids": [media_id]}}).status_code == 400


def test_segments_have_to_add_up_and_may_come_again(fresh: Running) -> None:
    media_id = begin(fresh).json()["data"]["id"]
    append(fresh, media_id, 0, MP4[:60])
    assert send(fresh, f"upload/{media_id}/finalize").status_code == 400
    append(fresh, media_id, 2, MP4[60:])
    assert send(fresh, f"upload/{media_id}/finalize").status_code == 400, "a segment is missing"
    media_id = begin(fresh).json()["data"]["id"]
    for index, piece in ((0, MP4[:10]), (1, MP4[60:]), (0, MP4[:60])):
        assert append(fresh, media_id, index, piece).status_code == 200
    assert send(fresh, f"upload/{media_id}/finalize").status_code == 200
    assert send(fresh, f"upload/{media_id}/finalize").status_code == 400, "it is over"
    assert append(fresh, media_id, 2, b"x").status_code == 400


@pytest.mark.parametrize(
    "more",
    [{"total_bytes": 0}, {"total_bytes": 513 * 1024 * 1024}, {"media_type": "image/gif"}, {"nonsense": 1}],
)
def test_what_cannot_be_begun(sandbox: Running, more: dict[str, Any]) -> None:
    assert begin(sandbox, **more).status_code == 400


def test_media_are_ones_own_ready_young_and_few(fresh: Running) -> None:
    ids = [image(fresh).json()["data"]["id"] for _ in range(5)]
    other = {"Authorization": f"Bearer {fresh.brands[1]['x']['access_token']}"}
    foreign = {"text": "x", "media": {"media_ids": ids[:1]}}
    assert fresh.client.post("/x/2/tweets", json=foreign, headers=other).status_code == 400
    moving = video(fresh)
    fresh.advance(10)
    for wrong in ([*ids], [ids[0], moving], [ids[0], "1"], []):
        assert fresh.tweet({"text": "x", "media": {"media_ids": wrong}}).status_code == 400
    assert fresh.tweet({"media": {"media_ids": ids[:4]}}).status_code == 201
    fresh.advance(86_401)
    answer = fresh.client.get("/_sandbox/world").json()["brands"][0]["x"]
    fresh.x.update(answer)
    assert fresh.tweet({"text": "Old", "media": {"media_ids": ids[4:]}}).status_code == 400
    assert status(fresh, ids[4])["errors"]


def test_the_same_words_with_other_media_are_another_post(fresh: Running) -> None:
    ids = [image(fresh).json()["data"]["id"] for _ in range(2)]
    posts = [{"text": "Same", "media": {"media_ids": [media_id]}} for media_id in ids]
    assert [fresh.tweet(post).status_code for post in (*posts, posts[0])] == [201, 201, 403]


def test_media_need_their_scope(fresh: Running) -> None:
    query = {
        "response_type": "code",
        "client_id": fresh.x["client_id"],
        "redirect_uri": "http://127.0.0.1:8501/callback",
        "scope": "tweet.read tweet.write users.read",
        "state": "s",
        "code_challenge": "a" * 43,
        "code_challenge_method": "plain",
        "account": fresh.x["account_id"],
    }
    location = fresh.get("/x/i/oauth2/authorize", **query).headers["location"]
    form = {
        "grant_type": "authorization_code",
        "code": httpx2.URL(location).params["code"],
        "redirect_uri": query["redirect_uri"],
        "code_verifier": "a" * 43,
        "client_id": fresh.x["client_id"],
    }
    issued = fresh.client.post("/x/2/oauth2/token", data=form).json()
    fresh.x.update(access_token=issued["access_token"])
    assert image(fresh).status_code == 403
    assert fresh.tweet({"text": "Words only"}).status_code == 201


def test_the_consent_page_asks_a_person(fresh: Running) -> None:
    query = {
        "response_type": "code",
        "client_id": fresh.x["client_id"],
        "redirect_uri": "http://127.0.0.1:8501/callback",
        "scope": "tweet.read users.read",
        "state": "s",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    page = fresh.get("/x/i/oauth2/authorize", **query)
    assert page.status_code == 200
    assert "Harbor &amp; Pine Coffee" in page.text
    denied = fresh.get("/x/i/oauth2/authorize", **query, deny="1")
    assert "error=access_denied" in denied.headers["location"]
    assert fresh.get("/x/i/oauth2/authorize", **{**query, "scope": "everything"}).status_code == 400
    assert fresh.get("/x/i/oauth2/authorize", **{**query, "state": "s" * 501}).status_code == 400


def test_long_posts_are_for_premium_accounts(fresh: Running) -> None:
    text = "Words and more words. " * 30
    assert fresh.tweet({"text": text}).status_code == 400
    premium = {"Authorization": f"Bearer {fresh.brands[1]['x']['access_token']}"}
    made = fresh.client.post("/x/2/tweets", json={"text": text}, headers=premium)
    assert made.status_code == 201
    for family in ("tweet", "post"):
        params = {f"{family}.fields": f"note_{family}"}
        shown = fresh.x_get(f"tweets/{made.json()['data']['id']}", **params).json()["data"]
        assert shown[f"note_{family}"]["text"] == text
        assert len(shown["text"]) < 200
        assert shown["text"].endswith("…")
    assert fresh.client.post("/x/2/tweets", json={"text": "x" * 25_001}, headers=premium).status_code == 400
    me = fresh.client.get("/x/2/users/me?user.fields=subscription_type", headers=premium).json()["data"]
    assert me["subscription_type"] == "Premium"
