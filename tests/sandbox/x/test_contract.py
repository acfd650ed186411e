"""X's answers about media and analytics against its own OpenAPI documents in both families, where at hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foundation.settings import REPOSITORY
from sandbox.x.known_fields import ANALYTICS_FIELDS, MEDIA_FIELDS
from sandbox.x.publish import PostRequest
from tests.sandbox.server import Running
from tests.sandbox.x.test_media import MP4, append, begin, image, send, status, video

jsonschema = pytest.importorskip("jsonschema")
CONTRACTS = REPOSITORY.parent / "shared" / "contracts" / "x"


@pytest.fixture(scope="module", params=["2.166", "2.167"])
def contract(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One of the documents."""
    path = CONTRACTS / f"openapi-{request.param}.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    found: dict[str, Any] = _plain(json.loads(path.read_text()))
    return found


def _plain(node: Any) -> Any:
    """OpenAPI as JSON Schema. 2.166 requires a `meta` and a `type` that no object of its own describes."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _plain(value) for name, value in node.items() if name != "discriminator"}
    if made.pop("nullable", False) is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    required, properties = made.get("required"), made.get("properties")
    if isinstance(required, list) and isinstance(properties, dict):
        made["required"] = [name for name in required if name in properties]
    return made


def check(contract: dict[str, Any], method: str, path: str, body: Any) -> None:
    """Validate the body of a success of a call."""
    answers = contract["paths"][path][method]["responses"]
    schema = answers["200"]["content"]["application/json"]["schema"]
    rule = {**schema, "components": contract["components"]}
    jsonschema.Draft202012Validator(rule).validate(body)


def test_media(sandbox: Running, contract: dict[str, Any]) -> None:
    whole = image(sandbox).json()
    check(contract, "post", "/2/media/upload", whole)
    begun = begin(sandbox).json()
    check(contract, "post", "/2/media/upload/initialize", begun)
    media_id = begun["data"]["id"]
    check(contract, "post", "/2/media/upload/{id}/append", append(sandbox, media_id, 0, MP4).json())
    finalized = send(sandbox, f"upload/{media_id}/finalize").json()
    check(contract, "post", "/2/media/upload/{id}/finalize", finalized)
    check(contract, "get", "/2/media/upload", status(sandbox, media_id))
    check(contract, "get", "/2/media/upload", status(sandbox, "1"))
    body = {"id": whole["data"]["id"], "metadata": {"alt_text": {"text": "A cat"}}}
    check(contract, "post", "/2/media/metadata", send(sandbox, "metadata", json=body).json())


def test_processing_to_its_end(fresh: Running, contract: dict[str, Any]) -> None:
    media_id = video(fresh)
    for _ in range(3):
        check(contract, "get", "/2/media/upload", status(fresh, media_id))
        fresh.advance(2.5)


def test_posts_with_media(sandbox: Running, contract: dict[str, Any]) -> None:
    family = "tweet" if "TweetFieldsParameter" in contract["components"]["parameters"] else "post"
    media_id = image(sandbox).json()["data"]["id"]
    made = sandbox.tweet({"text": f"By the {family}", "media": {"media_ids": [media_id]}}).json()["data"]
    params = {
        f"{family}.fields": "attachments,entities,created_at,public_metrics",
        "expansions": "attachments.media_keys",
        "media.fields": "alt_text,type",
    }
    timeline = sandbox.x_get(f"users/{sandbox.x['user_id']}/tweets", **params).json()
    assert timeline["includes"]["media"]
    check(contract, "get", "/2/users/{id}/tweets", timeline)
    check(contract, "get", "/2/tweets/{id}", sandbox.x_get(f"tweets/{made['id']}", **params).json())


def test_analytics(sandbox: Running, contract: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    posts = sandbox.x_get(f"users/{sandbox.x['user_id']}/tweets").json()["data"]
    body = sandbox.x_get(
        "tweets/analytics",
        ids=f"{posts[0]['id']},1",
        start_time=(now - timedelta(days=2)).isoformat(),
        end_time=now.isoformat(),
        granularity="daily",
    ).json()
    assert body["data"]
    assert body["errors"]
    known = contract["components"]["parameters"]["AnalyticsFieldsParameter"]["schema"]["items"]["enum"]
    for post in body["data"]:
        for bucket in post["timestamped_metrics"]:
            assert set(bucket["metrics"]) <= set(known)
    check(contract, "get", "/2/tweets/analytics", body)


def test_fields_that_may_be_asked_for(contract: dict[str, Any]) -> None:
    parameters = contract["components"]["parameters"]
    for name, known in (
        ("MediaFieldsParameter", MEDIA_FIELDS),
        ("AnalyticsFieldsParameter", ANALYTICS_FIELDS),
    ):
        assert set(parameters[name]["schema"]["items"]["enum"]) <= known | {"timestamped_metrics"}


def test_the_body_of_a_post_in_both_documents(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    name = next(name for name in ("TweetCreateRequest", "CreatePostsRequest") if name in schemas)
    assert set(PostRequest.model_fields) == set(schemas[name]["properties"])
