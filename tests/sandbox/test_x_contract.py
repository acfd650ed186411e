"""X's answers against X's own OpenAPI document, where that is at hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundation.settings import REPOSITORY
from sandbox.x.publish import PostRequest
from tests.sandbox.server import Running

jsonschema = pytest.importorskip("jsonschema")
CONTRACT = REPOSITORY.parent / "shared" / "contracts" / "x" / "openapi-2.167.json"
POST_FIELDS = (
    "attachments,author_id,conversation_id,created_at,display_text_range,edit_controls,entities,id,lang,"
    "non_public_metrics,organic_metrics,possibly_sensitive,public_metrics,reply_settings,source,text"
)
USER_FIELDS = (
    "created_at,description,id,name,profile_image_url,protected,public_metrics,url,username,verified"
)


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """The document with OpenAPI's `nullable` turned into JSON Schema."""
    if not CONTRACT.exists():
        pytest.skip(f"{CONTRACT} is not there")
    found: dict[str, Any] = _plain(json.loads(CONTRACT.read_text()))
    return found


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _plain(value) for name, value in node.items() if name != "discriminator"}
    if made.pop("nullable", False) is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


def check(contract: dict[str, Any], schema: str, body: Any) -> None:
    rule = {"$ref": f"#/components/schemas/{schema}", "components": contract["components"]}
    jsonschema.Draft202012Validator(rule).validate(body)


def test_timelines(sandbox: Running, contract: dict[str, Any]) -> None:
    params = {"max_results": 100, "post.fields": POST_FIELDS}
    body = sandbox.x_get(f"users/{sandbox.x['user_id']}/tweets", **params).json()
    check(contract, "GetUsersPostsResponse", body)
    known = contract["components"]["schemas"]["Post"]["properties"]
    assert all(set(post) <= set(known) for post in body["data"])


def test_lookups_with_partial_errors(sandbox: Running, contract: dict[str, Any]) -> None:
    known = sandbox.x_get(f"users/{sandbox.x['user_id']}/tweets").json()["data"][0]["id"]
    body = sandbox.x_get("tweets", ids=f"{known},1", **{"post.fields": POST_FIELDS}).json()
    assert body["errors"]
    check(contract, "GetPostsByIdsResponse", body)
    check(
        contract,
        "GetPostsByIdResponse",
        sandbox.x_get(f"tweets/{known}", **{"post.fields": POST_FIELDS}).json(),
    )


def test_users(sandbox: Running, contract: dict[str, Any]) -> None:
    params = {"user.fields": USER_FIELDS, "post.fields": "id"}
    body = sandbox.x_get("users/me", **params).json()
    check(contract, "GetUsersMeResponse", body)
    assert set(body["data"]) <= set(contract["components"]["schemas"]["User"]["properties"])


def test_creating_and_deleting(sandbox: Running, contract: dict[str, Any]) -> None:
    body = sandbox.client.post(
        "/x/2/tweets?post.fields=id", json={"text": "By the book"}, headers=sandbox.bearer
    )
    check(contract, "CreatePostsResponse", body.json())
    deleted = sandbox.client.delete(f"/x/2/tweets/{body.json()['data']['id']}", headers=sandbox.bearer)
    check(contract, "DeletePostsResponse", deleted.json())


def test_every_field_of_the_document_may_be_asked_for(sandbox: Running, contract: dict[str, Any]) -> None:
    parameters = contract["components"]["parameters"]
    posts = ",".join(parameters["PostFieldsParameter"]["schema"]["items"]["enum"])
    users = ",".join(parameters["UserFieldsParameter"]["schema"]["items"]["enum"])
    assert sandbox.x_get("users/me", **{"post.fields": posts, "user.fields": users}).status_code == 200


def test_the_body_of_a_post_has_the_fields_of_the_document(contract: dict[str, Any]) -> None:
    assert set(PostRequest.model_fields) == set(
        contract["components"]["schemas"]["CreatePostsRequest"]["properties"]
    )
