"""Errors are problems (RFC 9457) that say what happened, and repeat nothing that was sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import pytest
from starlette.testclient import TestClient

from foundation.settings import Settings, get_settings
from identity import brands
from identity.permissions import Role
from tests.app.api.conftest import HERE
from tests.app.api.world import World, make_super_admin
from tests.databases import with_database

SECRET = "quiet river under stones"


def test_a_problem_is_complete(client: TestClient, world: World) -> None:
    answer = client.post("brands", json={"name": "", "time/zone": "~"}, headers=world.as_())
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["type"] == "/api/docs#problem-invalid"
    assert (problem["status"], problem["instance"]) == (422, "/api/v1/brands")
    assert {(one["in"], one["pointer"]) for one in problem["errors"]} == {
        ("body", "/name"), ("body", "/timezone"), ("body", "/time~1zone"),
    }  # fmt: skip
    unknown = client.post("brands", json={"name": "A", "timezone": "Mars"}, headers=world.as_()).json()
    assert [(one["in"], one["pointer"]) for one in unknown["errors"]] == [("body", "/timezone")]
    query = client.get("brands?limit=0&cursor=x", headers=world.as_()).json()
    assert [(one["in"], one["pointer"]) for one in query["errors"]] == [("query", "/limit")]
    cursor = client.get("brands?cursor=x", headers=world.as_()).json()
    assert [(one["in"], one["pointer"]) for one in cursor["errors"]] == [("query", "/cursor")]


NOWHERE: Final[list[Any]] = [
    ("GET", "nothing", 404),
    ("GET", "brands/", 404),
    ("GET", "brands/1", 404),
    ("GET", "brands/%0A", 404),
    ("GET", "%2e%2e/%2e%2e/etc/passwd", 404),
    ("PUT", "brands", 405),
    ("TRACE", "me", 405),
]


def test_where_nothing_is(client: TestClient) -> None:
    for method, path, status in NOWHERE:
        answer = client.request(method, path)
        assert answer.status_code == status, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_methods_of_an_address_are_told(client: TestClient) -> None:
    assert client.put("brands").headers["allow"] == "GET, POST"
    assert client.post("organizations/current").headers["allow"] == "DELETE, GET, PATCH"


OUTSIDE: Final[list[Any]] = ["/api", "/api/", "/api/v2/me", "/api/docs/x"]


def test_outside_of_the_version(client: TestClient) -> None:
    for path in OUTSIDE:
        assert client.get(f"{HERE}{path}").status_code == 404


BAD: Final[list[Any]] = [
    (b"{", 422),
    (b"[" * 100_000, 400),
    (b'{"name": ' + b"9" * 5000 + b"}", 400),
    (b'{"name": NaN, "timezone": "UTC"}', 422),
    (b'{"name": 1, "timezone": "UTC"}', 422),
    (b'{"name": null, "timezone": "UTC"}', 422),
    (b'{"name": ["a"], "timezone": "UTC"}', 422),
    (b'{"name": "a\\u0000b", "timezone": "UTC"}', 422),
    (b'{"name": "a\\ud800", "timezone": "UTC"}', 422),
    (b'{"\\ud800": 1}', 422),
    (b'{"name": "a\\u202eb", "timezone": "UTC"}', 422),
    (b'{"name": "a\\nb", "timezone": "UTC"}', 422),
    (b'{"name": "a", "timezone": "UTC", "id": 1}', 422),
    (b'{"name": "a", "timezone": "../../etc/passwd"}', 422),
    (b'{"name": "' + b"x" * 1_000_000 + b'", "timezone": "UTC"}', 422),
    (b'{"name": "' + b"x" * 1_100_000 + b'", "timezone": "UTC"}', 413),
    (b"null", 422),
    (b"", 422),
    (b"\xff\xfe\x00", 400),
]


def test_bad_input(client: TestClient, world: World) -> None:
    headers = {**world.as_(), "Content-Type": "application/json"}
    for body, status in BAD:
        answer = client.post("brands", content=body, headers=headers)
        assert answer.status_code == status, body[:100]
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 3000


def test_a_body_without_a_length_is_limited_too(client: TestClient, world: World) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 50_000

    headers = {**world.as_(), "Content-Type": "application/json"}
    assert client.post("brands", content=endless(), headers=headers).status_code == 413
    with_key = {**headers, "Idempotency-Key": "one"}
    assert client.post("brands", content=endless(), headers=with_key).status_code == 413


ADDRESSES: Final[list[Any]] = ["аdmin@example.com", "admin\u200b@example.com", "a b@example.com", "x@", "@"]


def test_addresses_that_look_like_others(client: TestClient, world: World) -> None:
    for address in ADDRESSES:
        answer = client.post("invitations", json={"email": address, "role": "VIEWER"}, headers=world.as_())
        assert answer.status_code == 422, address
        assert answer.json()["errors"][0]["pointer"] == "/email"


TIMES: Final[list[Any]] = ["1", "1e9", 1_900_000_000, "2030-01-01", "2030-01-01T00:00:00", "soon", True]


def test_times_are_written_out(client: TestClient, world: World) -> None:
    for time in TIMES:
        body = {"name": "Key", "scopes": ["brands:read"], "expires_at": time}
        assert client.post("api-keys", json=body, headers=world.as_()).status_code == 422, time


def test_nothing_that_was_sent_is_repeated(client: TestClient, world: World) -> None:
    for path, body in (
        ("auth/sign-in", {"email": SECRET, "password": SECRET}),
        ("auth/sign-in", {"email": [SECRET], "password": {"a": SECRET}}),
        ("auth/register", {"email": "x@example.com", "name": "X", "password": SECRET, "organization": 1}),
        ("auth/refresh", {"refresh_token": SECRET * 20}),
        ("invitations/look", {"token": SECRET}),
    ):
        answer = client.post(path, json=body, headers=world.as_())
        assert answer.status_code in (401, 410, 422)
        assert SECRET not in answer.text


def test_what_is_unexpected_is_noted_and_told_to_nobody(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"it broke on {SECRET}")

    monkeypatch.setattr(brands, "listed", fail)
    with caplog.at_level(logging.DEBUG):
        answer = client.get("brands", headers=world.as_())
    assert (answer.status_code, answer.json()["title"]) == (500, "Something went wrong here")
    assert "broke" not in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "test_problems.py" in caplog.text  # where it was
    assert SECRET not in caplog.text


def test_without_a_database_it_is_unavailable(
    client: TestClient, world: World, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = world.as_()
    monkeypatch.setenv("DATABASE_URL", with_database(server_url, "no_such_database"))
    get_settings.cache_clear()
    answer = client.get("me", headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "no_such_database" not in answer.text
    health = client.get("health")
    assert (health.status_code, health.json()) == (
        503,
        {"status": "unavailable", "database": False, "publishing": False},
    )


def test_every_message_of_identity_reaches_its_reader(
    client: TestClient, world: World, settings: Settings
) -> None:
    make_super_admin(world.ours.owner)
    again = {"confirm_name": "another"}
    answer = client.delete("organizations/current", params=again, headers=world.as_())
    assert answer.json()["detail"] == "Type the organization's name exactly as it is shown."
    leaving = client.post("organizations/current/leave", headers=world.as_())
    assert (leaving.status_code, "owner" in leaving.json()["detail"]) == (409, True)
    viewer = client.delete(f"brands/{world.ours.brand}", headers=world.as_(Role.VIEWER))
    assert "role" in viewer.json()["detail"]
    assert json.loads(viewer.content)["instance"].endswith(str(world.ours.brand))
    assert settings.demo_email not in viewer.text
