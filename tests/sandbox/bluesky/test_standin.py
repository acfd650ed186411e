"""The stand-in for Bluesky: its answers by the lexicons, and its ways with keys, tokens, blobs and limits."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from httpx2 import Response

from sandbox.bluesky.errors import XrpcError
from sandbox.bluesky.limits import RateLimits
from sandbox.bluesky.records import cid
from tests.sandbox.bluesky.lexicons import validate
from tests.sandbox.server import Running

POST = "app.bsky.feed.post"


class Host:
    """The first brand on the stand-in."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.access: dict[str, Any] = sandbox.get("/_sandbox/world").json()["brands"][0]["bluesky"]
        self.did = str(self.access["account_id"])

    def get(self, name: str, token: str | None = None, **params: Any) -> Response:
        return self.sandbox.client.get(f"/bluesky/xrpc/{name}", params=params, headers=self._bearer(token))

    def post(self, name: str, body: Any = None, token: str | None = None) -> Response:
        return self.sandbox.client.post(f"/bluesky/xrpc/{name}", json=body, headers=self._bearer(token))

    def upload(self, content: bytes, mime: str = "image/png") -> Any:
        headers = {**self._bearer(None), "Content-Type": mime}
        path = "/bluesky/xrpc/com.atproto.repo.uploadBlob"
        return self.sandbox.client.post(path, content=content, headers=headers).json()["blob"]

    def write(self, record: dict[str, Any], rkey: str | None = None, how: str = "putRecord") -> Response:
        whole = {"$type": POST, "createdAt": "2026-11-21T10:00:00.000Z", **record}
        body = {"repo": self.did, "collection": POST, "record": whole, **({"rkey": rkey} if rkey else {})}
        return self.post(f"com.atproto.repo.{how}", body)

    def _bearer(self, token: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.access['access_token']}"}


@pytest.fixture
def host(sandbox: Running) -> Host:
    return Host(sandbox)


def key() -> str:
    return uuid.uuid4().hex[:13]


def error(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_sessions_are_as_the_lexicons_say(host: Host) -> None:
    body = {"identifier": host.access["handle"], "password": host.access["app_password"]}
    validate("com.atproto.server.createSession", "input", body)
    opened = host.post("com.atproto.server.createSession", body)
    validate("com.atproto.server.createSession", "output", opened.json())
    assert opened.headers["ratelimit-policy"] == "30;w=300"
    validate("com.atproto.server.getSession", "output", host.get("com.atproto.server.getSession").json())
    renewed = host.post("com.atproto.server.refreshSession", token=opened.json()["refreshJwt"])
    validate("com.atproto.server.refreshSession", "output", renewed.json())
    again = host.post("com.atproto.server.refreshSession", token=opened.json()["refreshJwt"])
    assert again.status_code == 200, "a replay shortly after is answered"
    auth = host.get("com.atproto.server.getServiceAuth", aud="did:web:a.example", lxm="a.b.c")
    validate("com.atproto.server.getServiceAuth", "output", auth.json())


def test_wrong_passwords_and_tokens(host: Host) -> None:
    wrong = host.post("com.atproto.server.createSession", {"identifier": "no.example", "password": "x"})
    assert error(wrong) == (401, "AuthenticationRequired")
    assert error(host.get("com.atproto.server.getSession", token="nothing")) == (400, "InvalidToken")
    refused = host.post("com.atproto.server.refreshSession", token=host.access["access_token"])
    assert error(refused) == (400, "InvalidToken"), "an access token refreshes nothing"


def test_an_ended_session_cannot_be_refreshed(host: Host) -> None:
    refresh = host.access["refresh_token"]
    assert host.post("com.atproto.server.deleteSession", token=refresh).status_code == 200
    assert error(host.post("com.atproto.server.refreshSession", token=refresh)) == (400, "ExpiredToken")
    assert host.get("com.atproto.server.getSession").status_code == 200, "the access token runs out by itself"


def test_profiles_and_feeds_are_as_the_lexicons_say(host: Host) -> None:
    picture = host.upload(b"PNG")
    images = [{"image": picture, "alt": ""}]
    host.write({"text": "A", "embed": {"$type": "app.bsky.embed.images", "images": images}}, key())
    card = {"uri": "https://example.com/", "title": "T", "description": "", "thumb": picture}
    host.write({"text": "B", "embed": {"$type": "app.bsky.embed.external", "external": card}}, key())
    profile = host.get("app.bsky.actor.getProfile", actor=host.did).json()
    validate("app.bsky.actor.getProfile", "output", profile)
    feed = host.get("app.bsky.feed.getAuthorFeed", actor=host.did, limit=100).json()
    validate("app.bsky.feed.getAuthorFeed", "output", feed)
    for entry in feed["feed"]:
        validate(POST, "record", entry["post"]["record"])
    uris = [entry["post"]["uri"] for entry in feed["feed"]]
    found = host.get("app.bsky.feed.getPosts", uris=uris[:25]).json()
    validate("app.bsky.feed.getPosts", "output", found)
    assert [post["uri"] for post in found["posts"]] == uris[:25]
    assert host.get("app.bsky.feed.getPosts", uris=uris[:26]).status_code == 400
    assert host.get("app.bsky.feed.getAuthorFeed", actor=host.did, limit=101).status_code == 400


def test_a_key_is_one_post_however_often_it_is_put(host: Host) -> None:
    rkey, before = key(), len(host.sandbox.accepted())
    first = host.write({"text": "Once"}, rkey).json()
    validate("com.atproto.repo.putRecord", "output", {k: v for k, v in first.items() if k != "commit"})
    assert host.write({"text": "Once"}, rkey).json()["cid"] == first["cid"]
    other = host.write({"text": "Changed"}, rkey).json()
    assert other["uri"] == first["uri"]
    assert other["cid"] != first["cid"]
    assert len(host.sandbox.accepted()) == before + 1
    read = host.get("com.atproto.repo.getRecord", repo=host.did, collection=POST, rkey=rkey).json()
    validate("com.atproto.repo.getRecord", "output", read)
    assert read["value"]["text"] == "Changed"
    assert error(host.write({"text": "Taken"}, rkey, "createRecord")) == (500, "InternalServerError")


def test_deleting_twice_is_fine_and_the_record_is_gone(host: Host) -> None:
    rkey = key()
    host.write({"text": "Short-lived"}, rkey)
    body = {"repo": host.did, "collection": POST, "rkey": rkey}
    assert "commit" in host.post("com.atproto.repo.deleteRecord", body).json()
    assert host.post("com.atproto.repo.deleteRecord", body).json() == {}
    gone = host.get("com.atproto.repo.getRecord", repo=host.did, collection=POST, rkey=rkey)
    assert error(gone) == (400, "RecordNotFound")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"text": "a" * 301}, "grapheme too big (maximum 300, got 301) at $.record.text"),
        ({"text": "👨‍👩‍👧‍👦" * 150}, "string too big (maximum 3000"),
        ({}, 'Missing required key "text" at $.record'),
        ({"text": "x", "langs": ["a", "b", "c", "d"]}, "$.record.langs"),
        ({"text": "x", "reply": {"root": {"uri": "at://a/b/c", "cid": "b" + "a" * 30}}}, "parent"),
    ],
)
def test_wrong_records_are_refused_in_words(host: Host, record: dict[str, Any], words: str) -> None:
    refused = host.write(record, key())
    assert error(refused) == (400, "InvalidRequest")
    assert words in refused.json()["message"]


def test_images_need_words_a_blob_and_a_size(host: Host) -> None:
    def images(image: dict[str, Any]) -> dict[str, Any]:
        return {"text": "", "embed": {"$type": "app.bsky.embed.images", "images": [image]}}

    fine, large = host.upload(b"fine"), host.upload(b"x" * 1_000_001)
    assert fine["ref"]["$link"] == cid(b"fine")
    assert 'Missing required key "alt"' in host.write(images({"image": fine}), key()).json()["message"]
    assert "blob too big" in host.write(images({"image": large, "alt": ""}), key()).json()["message"]
    unknown = {**fine, "ref": {"$link": cid(b"never uploaded")}}
    assert error(host.write(images({"image": unknown, "alt": ""}), key())) == (400, "BlobNotFound")
    assert host.write(images({"image": fine, "alt": ""}), key()).status_code == 200


def test_nobody_writes_in_another_repository(host: Host) -> None:
    body = {"repo": "did:plc:sandbox000000000000002", "collection": POST, "rkey": key()}
    record = {"$type": POST, "text": "Not mine", "createdAt": "2026-11-21T10:00:00Z"}
    assert error(host.post("com.atproto.repo.putRecord", {**body, "record": record})) == (
        403,
        "AccountNotFound",
    )


def test_a_refused_post_disappears_later(host: Host) -> None:
    rkey = key()
    assert host.write({"text": "Buy now #rejected"}, rkey).status_code == 200
    params = {"repo": host.did, "collection": POST, "rkey": rkey}
    assert host.get("com.atproto.repo.getRecord", **params).status_code == 200
    host.sandbox.advance(10)
    assert error(host.get("com.atproto.repo.getRecord", **params)) == (400, "RecordNotFound")


def test_the_video_service_wants_a_token_made_out_for_it(host: Host) -> None:
    headers = {"Authorization": f"Bearer {host.access['access_token']}", "Content-Type": "video/mp4"}
    path = f"/bluesky/xrpc/app.bsky.video.uploadVideo?did={host.did}&name=a.mp4"
    assert host.sandbox.client.post(path, content=b"mp4", headers=headers).status_code == 401


def test_limits_are_counted_in_windows() -> None:
    limits = RateLimits({"createSession": (2, 300.0)})
    assert limits.spend("createSession", "a", 1_000.0)["ratelimit-remaining"] == "1"
    limits.spend("createSession", "a", 1_001.0)
    with pytest.raises(XrpcError) as caught:
        limits.spend("createSession", "a", 1_002.0)
    assert caught.value.headers["ratelimit-reset"] == "1300"
    limits.spend("createSession", "b", 1_002.0)
    assert limits.spend("createSession", "a", 1_300.0)["ratelimit-remaining"] == "1"
