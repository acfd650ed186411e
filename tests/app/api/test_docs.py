"""The documentation: complete, open to all, and shown without asking another host."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from app.api.application import PREFIX, api
from app.api.docs import FILES, POLICY
from app.api.problems import Kind
from app.api.route import Route

HERE = "http://testserver"
DOCUMENT = api.openapi()


def operations() -> list[dict[str, Any]]:
    return [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]


def test_the_description_is_open_and_says_where_it_is(client: TestClient) -> None:
    document = client.get("openapi.json").json()
    assert document == json.loads(json.dumps(DOCUMENT))
    assert document["servers"] == [{"url": PREFIX}]


def test_every_operation_is_described() -> None:
    names = [operation["operationId"] for operation in operations()]
    assert len(names) == len(set(names))
    groups = {tag["name"] for tag in DOCUMENT["tags"]}
    for operation in operations():
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= groups
        problems = {status for status in operation["responses"] if int(status) >= 400}
        assert problems >= ({"503"} if operation["operationId"] == "health_health" else {"429", "500", "503"})
    posts = [methods["post"] for methods in DOCUMENT["paths"].values() if "post" in methods]
    assert all({"$ref": "#/components/parameters/IdempotencyKey"} in post["parameters"] for post in posts)


def test_every_problem_is_described() -> None:
    responses = DOCUMENT["components"]["responses"]
    for kind in Kind:
        examples = responses[f"Problem{kind.status}"]["content"]["application/problem+json"]["examples"]
        assert examples[kind.slug]["value"]["type"] == kind.type


def test_every_text_that_is_sent_has_a_longest_length() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if schema.get("additionalProperties") is not False:
            continue  # it is answered, not sent
        for field, value in schema["properties"].items():
            for kind in value.get("anyOf", [value]):
                if kind.get("type") == "string":
                    assert {"maxLength", "format", "enum", "pattern"} & set(kind), (name, field)
                if kind.get("type") == "array":
                    assert "maxItems" in kind, (name, field)


def test_every_model_that_is_sent_has_examples() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if schema.get("additionalProperties") is False and schema["properties"]:
            assert '"examples"' in json.dumps(schema) or '"default"' in json.dumps(schema), name


def test_every_route_is_described() -> None:
    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    routes = {
        (method, route.path_format)
        for route in api.routes
        if isinstance(route, Route)
        for method in route.takes
    }
    assert routes | {("GET", "/health")} == described


def test_its_page(client: TestClient) -> None:
    page = client.get(f"{HERE}/api/docs")
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe-eval" not in POLICY
    assert all(f'id="problem-{kind.slug}"' in page.text for kind in Kind)
    for name in FILES:
        assert client.get(f"{HERE}/api/docs/{name}").status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_its_page_in_a_browser(page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto("/api/docs")
    expect(page.locator(".opblock-summary-path").first).to_be_visible()
    assert page.locator(".opblock").count() == len(operations())
    assert refused == []  # such as by the content security policy
