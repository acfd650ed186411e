"""The stand-in for Mastodon: apps, keys, media, paging and limits as a server has them."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx2 import Response

from sandbox.mastodon.errors import MastodonError
from sandbox.mastodon.limits import RateLimits
from tests.sandbox.server import Running

# What docs.joinmastodon.org says that the entity Status has, whatever the version.
STATUS = (
    "id uri created_at account content visibility sensitive spoiler_text media_attachments mentions tags "
    "emojis reblogs_count favourites_count replies_count quotes_count url in_reply_to_id "
    "in_reply_to_account_id reblog poll card language edited_at"
)


class Server:
    """The first brand on the stand-in."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.access: dict[str, Any] = sandbox.get("/_sandbox/world").json()["brands"][0]["mastodon"]
        self.bearer = {"Authorization": f"Bearer {self.access['access_token']}"}

    def get(self, path: str, **params: Any) -> Response:
        return self.sandbox.client.get(f"/mastodon/{path}", params=params, headers=self.bearer)

    def post(self, body: dict[str, Any], key: str | None = None) -> Response:
        headers = {**self.bearer, **({"Idempotency-Key": key} if key else {})}
        return self.sandbox.client.post("/mastodon/api/v1/statuses", json=body, headers=headers)

    def upload(self, mime: str = "image/png", content: bytes = b"PNG", **form: str) -> Response:
        files = {"file": ("a", content, mime)}
        return self.sandbox.client.post("/mastodon/api/v2/media", files=files, data=form, headers=self.bearer)


@pytest.fixture
def server(sandbox: Running) -> Server:
    return Server(sandbox)


def key() -> str:
    return str(uuid.uuid4())


def error(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_an_app_registers_and_is_known(server: Server) -> None:
    form = {"client_name": "AllIN", "redirect_uris": "https://a.example/back", "scopes": "read:accounts"}
    made = server.sandbox.client.post("/mastodon/api/v1/apps", data=form).json()
    assert made["redirect_uris"] == ["https://a.example/back"]
    query = {
        "client_id": made["client_id"],
        "redirect_uri": "https://a.example/back",
        "response_type": "code",
        "scope": "read:accounts",
        "state": "s",
    }
    page = server.get("oauth/authorize", **query)
    assert page.status_code == 200
    assert "read:accounts" in page.text
    assert error(server.get("oauth/authorize", **{**query, "scope": "write"})) == (400, "invalid_scope")
    assert error(server.get("oauth/authorize", **{**query, "client_id": "x"}))[0] == 401
    elsewhere = {**query, "redirect_uri": "https://evil.example"}
    assert error(server.get("oauth/authorize", **elsewhere)) == (400, "invalid_request")


def test_a_token_needs_its_scope(server: Server) -> None:
    form = {"client_name": "AllIN", "redirect_uris": "https://a.example/back", "scopes": "read:accounts"}
    app = server.sandbox.client.post("/mastodon/api/v1/apps", data=form).json()
    query = {
        "client_id": app["client_id"],
        "redirect_uri": "https://a.example/back",
        "response_type": "code",
        "scope": "read:accounts",
        "account": server.access["account_id"],
    }
    code = re.search(r"code=([^&]+)", server.get("oauth/authorize", **query).headers["location"])
    assert code
    redeem = {
        "grant_type": "authorization_code",
        "code": code[1],
        "redirect_uri": "https://a.example/back",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    token = server.sandbox.client.post("/mastodon/oauth/token", data=redeem).json()
    assert set(token) == {"access_token", "token_type", "scope", "created_at"}
    server.bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert server.get("api/v1/accounts/verify_credentials").status_code == 200
    assert error(server.post({"status": "Hi"})) == (403, "This action is outside the authorized scopes")


def test_a_key_is_one_post_for_an_hour(server: Server) -> None:
    same, body = key(), {"status": f"Once {key()}"}
    first = server.post(body, same).json()
    assert server.post(body, same).json()["id"] == first["id"]
    assert set(STATUS.split()) <= set(first)
    server.sandbox.advance(3_700)
    assert server.post(body, same).json()["id"] != first["id"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"status": " "}, "Text can't be blank"),
        ({"status": "a" * 501}, "Text character limit of 500 exceeded"),
        ({"status": "a", "visibility": "secret"}, "visibility"),
        ({"status": "a", "media_ids": ["1"]}, "not found"),
    ],
)
def test_wrong_posts_are_refused_in_words(server: Server, body: dict[str, Any], words: str) -> None:
    status, message = error(server.post(body))
    assert status == 422
    assert words in message


def test_an_address_counts_23_characters(server: Server) -> None:
    assert server.post({"status": "a" * 476 + " https://example.com/" + "b" * 200}).status_code == 200
    assert server.post({"status": "a" * 477 + " https://example.com/" + "b" * 200}).status_code == 422


def test_a_reply_needs_its_post(server: Server) -> None:
    assert server.post({"status": "Hi", "in_reply_to_id": "1"}).status_code == 404
    first = server.post({"status": "Hi"}).json()
    assert (
        server.post({"status": "Yes", "in_reply_to_id": first["id"]}).json()["in_reply_to_id"] == first["id"]
    )


def test_what_was_written_is_told_to_its_author(server: Server) -> None:
    made = server.post({"status": "<b> & https://example.com", "spoiler_text": "S"}).json()
    assert "&lt;b&gt; &amp; " in made["content"]
    source = server.get(f"api/v1/statuses/{made['id']}/source").json()
    assert source == {"id": made["id"], "text": "<b> & https://example.com", "spoiler_text": "S"}
    deleted = server.sandbox.client.delete(f"/mastodon/api/v1/statuses/{made['id']}", headers=server.bearer)
    assert deleted.json()["text"] == source["text"]
    assert error(server.get(f"api/v1/statuses/{made['id']}")) == (404, "Record not found")


def test_images_are_ready_and_videos_take_their_time(server: Server) -> None:
    image = server.upload(description="A picture")
    assert (image.status_code, image.json()["description"]) == (200, "A picture")
    video = server.upload("video/mp4", b"mp4")
    assert (video.status_code, video.json()["url"]) == (202, None)
    path = f"api/v1/media/{video.json()['id']}"
    assert server.get(path).status_code == 206
    early = server.post({"status": "Hi", "media_ids": [video.json()["id"]]})
    assert "not finished processing" in error(early)[1]
    server.sandbox.advance(10)
    assert server.get(path).json()["url"]
    both = server.post({"status": "Hi", "media_ids": [image.json()["id"], video.json()["id"]]})
    assert "Cannot attach a video" in error(both)[1]
    used = {"status": "Hi", "media_ids": [video.json()["id"]]}
    assert server.post(used).json()["media_attachments"][0]["id"] == video.json()["id"]
    assert error(server.post(used))[0] == 422, "a file is used once"


def test_files_of_another_kind_are_refused(server: Server) -> None:
    assert error(server.upload("text/plain"))[0] == 422
    broken = server.upload("video/mp4", b"broken").json()["id"]
    server.sandbox.advance(10)
    assert error(server.get(f"api/v1/media/{broken}"))[0] == 422


def test_pages_are_joined_by_links(server: Server) -> None:
    path, seen = f"api/v1/accounts/{server.access['account_id']}/statuses", list[str]()
    params: dict[str, Any] = {"limit": "40"}
    for _ in range(3):
        answer = server.get(path, **params)
        seen += [post["id"] for post in answer.json()]
        match = re.search(r'max_id=(\d+)>; rel="next"', answer.headers["link"])
        assert match
        params["max_id"] = match[1]
    assert len(set(seen)) == 120
    assert seen == sorted(seen, key=int, reverse=True)
    oldest = server.get(path, max_id="1")
    assert oldest.json() == []
    assert "link" not in oldest.headers


def test_limits_are_told_in_iso_times(server: Server) -> None:
    headers = server.get("api/v1/accounts/verify_credentials").headers
    assert headers["x-ratelimit-limit"] == "300"
    assert datetime.fromisoformat(headers["x-ratelimit-reset"]).tzinfo is UTC
    limits = RateLimits({"all": (1, 300.0)})
    assert limits.count("all", "t", 900.0)["X-RateLimit-Remaining"] == "0"
    with pytest.raises(MastodonError) as caught:
        limits.count("all", "t", 1_199.0)
    assert caught.value.status == 429
    assert caught.value.headers["X-RateLimit-Reset"] == "1970-01-01T00:20:00.000000Z"
    limits.count("all", "t", 1_200.0)


def test_the_server_names_its_limits(server: Server) -> None:
    told = server.get("api/v2/instance").json()["configuration"]
    assert told["statuses"]["max_characters"] == 500
    assert told["media_attachments"]["image_size_limit"] == 16_777_216
    assert server.get(".well-known/oauth-authorization-server").json()["code_challenge_methods_supported"]


def test_a_refused_post_disappears_later(server: Server) -> None:
    made = server.post({"status": f"Buy now #rejected {key()}"}).json()
    assert server.get(f"api/v1/statuses/{made['id']}").status_code == 200
    server.sandbox.advance(10)
    assert server.get(f"api/v1/statuses/{made['id']}").status_code == 404
