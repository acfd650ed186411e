"""What is sent to the Graph API, and the stand-in's answers, against Meta's own SDK where that is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from foundation.settings import REPOSITORY
from platforms.contract import Entity
from platforms.message import Kind, Message, ReplyTo
from tests.platforms.facebook import case
from tests.platforms.facebook.conftest import PROCESSED_S, Page

CONTRACT = REPOSITORY.parent / "shared" / "contracts" / "meta" / "sdk_v26.json"
FILES = {"source", "video_file_chunk"}  # the SDK gives files a parameter of its own
# Fields and edges that the documents have and the SDK's listing has not.
UNLISTED = {"tasks", "shares", "attachments", "reactions", "comments", "likes", "insights", "views"}
# Modifiers of any call.
COMMON = {"fields", "limit", "after", "before"}
NODES = {"page": "page", "post": "pagepost", "video": "advideo", "story": "stories", "comment": "comment"}


class Sent:
    """One request."""

    def __init__(self, method: str, url: str, content: Mapping[str, Any]) -> None:
        self.method = method
        parts = urlsplit(url).path.strip("/").split("/")
        self.node, self.edge = parts[0], "/" + "/".join(parts[1:])
        given = {**(content.get("params") or {}), **(content.get("data") or {})}
        self.names = set(given) | {name for name, _ in content.get("files") or ()}
        self.fields = str(given.get("fields", ""))


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """The SDK's classes."""
    if not CONTRACT.exists():
        pytest.skip(f"{CONTRACT} is not there")
    found: dict[str, Any] = json.loads(CONTRACT.read_text())
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Every request of the connector."""
    requests: list[Sent] = []
    real = httpx2.Client.request

    def noted(self: httpx2.Client, method: str, url: str, **content: Any) -> httpx2.Response:
        if "facebook" in str(self.base_url) and "rupload" not in str(self.base_url):
            requests.append(Sent(method, url, content))
        return real(self, method, url, **content)

    monkeypatch.setattr(httpx2.Client, "request", noted)
    return requests


def operations(contract: dict[str, Any], kind: str) -> dict[tuple[str, str], dict[str, str]]:
    """Parameters by method and edge."""
    return {(op["method"], op["endpoint"]): op["params"] for op in contract[NODES[kind]]["ops"]}


def names_in(fields: str) -> set[str]:
    """The outermost names of a field expansion."""
    flat = fields
    while (shorter := re.sub(r"\{[^{}]*\}|\([^()]*\)", "", flat)) != flat:
        flat = shorter
    return {name.partition(".")[0] for name in flat.split(",") if name}


def test_every_publishing_call_is_one_the_sdk_knows(
    fresh: Page, tmp_path: Path, contract: dict[str, Any], sent: list[Sent]
) -> None:
    known = operations(contract, "page")
    story = Message("", kind=Kind.STORY, media=(case.movie(tmp_path),))
    for message in [*case.messages(tmp_path, lambda path: path.as_uri()).values(), story]:
        fresh.publish(message)
    posted = [one for one in sent if one.method == "POST"]
    assert {one.edge for one in posted} == {
        *("/feed", "/photos", "/videos", "/video_reels", "/photo_stories", "/video_stories")
    }
    for one in posted:
        assert one.node == fresh.account.external_id
        unknown = one.names - set(known["POST", one.edge]) - FILES
        assert not unknown, (one.edge, unknown)


def test_every_read_asks_for_fields_the_sdk_knows(
    fresh: Page, tmp_path: Path, contract: dict[str, Any], sent: list[Sent]
) -> None:
    reel = Message("reel", kind=Kind.REEL, media=(case.movie(tmp_path),))
    published = fresh.publish(reel)
    fresh.server.advance(PROCESSED_S)
    fresh.network.publish.confirm(fresh.account, published.external_id)
    text = fresh.publish(Message("text"))
    fresh.network.publish.confirm(fresh.account, text.external_id)
    fresh.network.publish.find(fresh.account, Message("text"), datetime.now(UTC), {})
    for entity in Entity:
        fresh.documents(entity)
    kinds = {"/published_posts": "post", "/video_reels": "video", "/stories": "story"}
    edges = operations(contract, "page") | operations(contract, "video")
    for one in sent:
        if one.method != "GET" or one.node in ("me", "debug_token"):
            continue
        if one.edge != "/":
            assert not one.names - set(edges["GET", one.edge]) - COMMON - {"since"}, one.edge
        by_node = "post" if "_" in one.node else "page" if one.node == fresh.account.external_id else "video"
        known = set(contract[NODES[kinds.get(one.edge, by_node)]]["fields"]) | UNLISTED
        assert not names_in(one.fields) - known, (one.node, one.edge)


def test_comments_are_what_the_sdk_knows(fresh: Page, contract: dict[str, Any], sent: list[Sent]) -> None:
    post = fresh.publish(Message("text")).external_id
    comment = Message("More below", reply_to=ReplyTo(post, post))
    sent.clear()
    published = fresh.publish(comment)
    fresh.network.publish.confirm(fresh.account, published.external_id)
    fresh.network.publish.find(fresh.account, comment, datetime.now(UTC), {})
    assert [(one.method, one.node, one.edge) for one in sent] == [
        ("POST", post, "/comments"),
        ("GET", published.external_id, "/"),
        ("GET", post, "/comments"),
    ]
    edges, known = operations(contract, "post"), set(contract["comment"]["fields"])
    for one in sent:
        if one.edge == "/comments":
            assert not one.names - set(edges[one.method, one.edge]) - COMMON
        assert not names_in(one.fields) - known
    [shown] = fresh.server.graph(f"{post}/comments", fields=",".join(known)).json()["data"]
    assert set(shown) >= {"id", "message", "created_time", "from", "permalink_url"}


def test_the_stand_in_answers_with_fields_the_sdk_knows(
    fresh: Page, tmp_path: Path, contract: dict[str, Any]
) -> None:
    reel = fresh.publish(Message("reel", kind=Kind.REEL, media=(case.movie(tmp_path),))).external_id
    for _ in range(2):
        video = fresh.server.graph(
            reel, fields="status,post_id,permalink_url,created_time,description"
        ).json()
        assert set(video) <= set(contract["advideo"]["fields"])
        status = video["status"]
        assert set(status) <= set(contract["videostatus"]["fields"])
        for phase in ("uploading", "processing", "publishing"):
            known = set(contract[f"videostatus{phase}phase"]["fields"]) | {"bytes_transfered"}
            assert set(status[f"{phase}_phase"]) <= known
        fresh.server.advance(PROCESSED_S)
    fresh.publish(case.messages(tmp_path, lambda path: path.as_uri())["story"])
    stories = fresh.server.graph(f"{fresh.account.external_id}/stories").json()["data"]
    assert stories
    assert all(set(story) <= set(contract["stories"]["fields"]) for story in stories)
    assert set(stories[0]) >= {"post_id", "status", "creation_time"}
