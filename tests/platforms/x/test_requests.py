"""Every request the connector sends, against X's own OpenAPI documents in both families, where at hand."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from foundation.settings import REPOSITORY
from platforms.message import Kind, Message, ReplyTo
from tests.platforms.wire import Wire, answer, wire
from tests.platforms.x.case import gif, movie, picture
from tests.platforms.x.conftest import Connected

jsonschema = pytest.importorskip("jsonschema")
CONTRACTS = REPOSITORY.parent / "shared" / "contracts" / "x"
UPLOADED = json.dumps({"data": {"id": "7", "media_key": "7_7", "expires_after_secs": 86400}})
POSTED = json.dumps({"data": {"id": "9", "text": "x"}})
POST = {"id": "9", "text": "x", "created_at": "2026-11-21T10:00:00.000Z"}
SHOWN = json.dumps({"data": POST})
LISTED = json.dumps({"data": [POST], "meta": {"result_count": 1}})
BODIES = {
    "/2/tweets": ("TweetCreateRequest", "CreatePostsRequest"),
    "/2/media/upload": ("MediaUploadRequestOneShot", "MediaUploadRequest"),
    "/2/media/upload/initialize": ("MediaUploadConfigRequest", "InitializeMediaUploadRequest"),
    "/2/media/upload/7/append": ("MediaUploadAppendRequest", "AppendMediaUploadRequest"),
    "/2/media/metadata": ("MetadataCreateRequest", "CreateMediaMetadataRequest"),
}


@pytest.fixture(scope="module", params=["2.166", "2.167"])
def contract(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One of the documents."""
    path = CONTRACTS / f"openapi-{request.param}.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def body_of(raw: bytes) -> Any:
    """The body of a request: JSON, or a multipart form's fields with files as text; numbers as such."""
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = message_from_bytes(head.partition(b"\r\n")[2] + b"\r\n\r\n", policy=HTTP)
    if headers.get_content_type() == "application/json":
        return json.loads(body)
    whole = f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body
    form = message_from_bytes(whole, policy=HTTP)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        text = payload.decode("latin-1")
        fields[name] = int(text) if name == "segment_index" else text
    return fields


def check_bodies(contract: dict[str, Any], server: Wire) -> list[str]:
    """Validate every body sent; the paths they went to."""
    paths = []
    for raw in server.requests:
        method, target = raw.split(b" ", 2)[:2]
        path = urlsplit(target.decode()).path
        paths.append(path)
        if method != b"POST" or path not in BODIES:
            continue
        [schema] = [name for name in BODIES[path] if name in contract["components"]["schemas"]]
        rule = {"$ref": f"#/components/schemas/{schema}", "components": contract["components"]}
        jsonschema.Draft202012Validator(rule).validate(body_of(raw))
    return paths


def parameters(contract: dict[str, Any], path: str) -> dict[str, Any]:
    """The query parameters of a GET, by name."""
    found = {}
    for parameter in contract["paths"][path]["get"]["parameters"]:
        if "$ref" in parameter:
            parameter = contract["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        found[parameter["name"]] = parameter
    return found


def test_posts_with_everything(brand: Connected, contract: dict[str, Any], folder: Path) -> None:
    options = {"reply_settings": "verified", "made_with_ai": True, "paid_partnership": True, "long": True}
    messages = [
        Message("Plain"),
        Message("All of it", "https://example.com/", options=options, reply_to=ReplyTo("5", "4")),
        Message("", kind=Kind.IMAGE, media=(picture(folder, "#123"),)),
        Message("", kind=Kind.IMAGE, media=(gif(folder),)),
        Message("", kind=Kind.VIDEO, media=(movie(folder),)),
    ]
    paths: list[str] = []
    for message in messages:
        steps = 4 if message.media and not message.media[0].mime.endswith("jpeg") else len(message.media) * 2
        steps -= 1 if message.kind is Kind.VIDEO else 0
        with wire(*[answer(200, UPLOADED)] * steps, answer(201, POSTED)) as server:
            there = brand.at(server.url)
            there.network.publish.submit(there.account, message, there.prepare(message))
            paths += check_bodies(contract, server)
    assert set(paths) >= set(BODIES)


def test_questions(brand: Connected, contract: dict[str, Any]) -> None:
    # The account, young and older posts, young posts again and their analytics; then one post, then the list.
    with wire(*[answer(200, LISTED)] * 5, answer(200, SHOWN), answer(200, LISTED)) as server:
        there = brand.at(server.url)
        for entity in there.network.collect.entities:
            there.collected(entity)
        there.network.publish.confirm(there.account, "9")
        there.network.publish.find(there.account, Message("y"), there.now(), {})
        requests = [raw.split(b" ", 2)[1].decode() for raw in server.requests]
    is_tweets = "tweet.fields" in parameters(contract, "/2/tweets/{id}")
    for target in requests:
        parts = urlsplit(target)
        path = parts.path.replace(there.account.external_id, "{id}").replace("/9", "/{id}")
        known = parameters(contract, path)
        for name, [value] in parse_qs(parts.query).items():
            if name == "tweet.fields" and not is_tweets:
                continue  # the other family's name: X answers to both
            assert name in known, target
            rule = known[name]["schema"]
            allowed = rule.get("items", {}).get("enum")
            assert not allowed or set(value.split(",")) <= set(allowed), target
