"""Requests are limited, for each caller and over all processes, and every answer says what is left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from foundation.database import worker_session
from foundation.settings import Settings, get_settings
from identity.principal import Origin
from identity.sessions import Admitted, open_api
from tests.app.api.servers import servers
from tests.app.api.world import World, bearer, token_of
from tests.identity.people import PASSWORD, add_person, join, tokens_for


@pytest.fixture
def strict(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Three requests a minute."""
    monkeypatch.setenv("ALLIN_API_REQUESTS_PER_MINUTE", "3")
    get_settings.cache_clear()
    assert settings.home == get_settings().home
    return get_settings()


@pytest.mark.usefixtures("strict")
def test_what_is_left_is_told(client: TestClient, world: World) -> None:
    for left in (2, 1, 0):
        answer = client.get("me", headers=world.as_())
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"requests";q=3;w=60'
        reset = int(answer.headers["ratelimit-reset"])
        assert 1 <= reset <= 60
        assert answer.headers["ratelimit"] == f'"requests";r={left};t={reset}'
        assert answer.headers["ratelimit-limit"] == "3"
        assert answer.headers["ratelimit-remaining"] == str(left)
    over = client.get("me", headers=world.as_())
    assert (over.status_code, over.json()["type"]) == (429, "/api/docs#problem-too-many-requests")
    assert over.headers["ratelimit-remaining"] == "0"
    assert over.headers["retry-after"] == over.headers["ratelimit-reset"]


@pytest.mark.usefixtures("strict")
def test_an_organizations_provider_uses_up_nobodys_own_requests(client: TestClient, world: World) -> None:
    join(world.ours.person, world.theirs.id)
    vouched = Admitted(world.ours.person, organization_id=world.theirs.id, provider_id=world.theirs.provider)
    confined = bearer(open_api(vouched, Origin()).access_token)
    assert [client.get("me", headers=confined).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert client.get("me", headers=world.as_()).status_code == 200


@pytest.mark.usefixtures("strict")
def test_each_person_and_each_key_has_its_own(client: TestClient, world: World) -> None:
    def ask(headers: dict[str, str]) -> list[int]:
        return [client.get("me", headers=headers).status_code for _ in range(4)]

    once = [200, 200, 200, 429]
    assert ask(world.as_()) == once
    assert client.get("me", headers=bearer(token_of(world.ours.owner))).status_code == 429  # the same person
    assert ask(bearer(world.key)) == once
    assert ask(bearer(token_of(world.theirs.owner))) == once


@pytest.mark.usefixtures("strict")
def test_who_is_nobody_is_counted_by_address(client: TestClient) -> None:
    statuses = [client.get("me", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(2)]
    statuses.append(client.post("auth/refresh", json={"refresh_token": "x"}).status_code)
    statuses.append(client.get("permissions").status_code)
    statuses.append(client.post("auth/sign-in", content=b"{").status_code)
    assert statuses == [401, 401, 401, 429, 429]
    assert client.get("health").status_code == 200


@pytest.mark.usefixtures("strict")
def test_a_request_that_cannot_be_read_is_counted(client: TestClient, world: World) -> None:
    statuses = [client.post("brands", content=b"{", headers=world.as_()).status_code for _ in range(4)]
    assert statuses == [422, 422, 422, 429]


@pytest.mark.usefixtures("strict")
def test_after_the_window_it_begins_anew(client: TestClient, world: World) -> None:
    for _ in range(4):
        client.get("me", headers=world.as_())
    with worker_session() as session:
        session.execute(text("UPDATE rate_limits SET started_at = started_at - interval '61 seconds'"))
    assert client.get("me", headers=world.as_()).status_code == 200


@pytest.fixture
def two(settings: Settings, tmp_path: Path) -> Iterator[list[str]]:
    """Two processes over one database, with twenty requests a minute."""
    with servers(2, settings, tmp_path / "log", ALLIN_API_REQUESTS_PER_MINUTE="20") as urls:
        yield urls


def test_limits_hold_over_two_processes(two: list[str]) -> None:
    add_person()
    headers = bearer(tokens_for("owner@example.com").access_token)
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(httpx2.get, f"{url}/me", headers=headers) for url, _ in zip(cycle(two), range(30))
        ]
        statuses = [one.result().status_code for one in asked]
    assert (statuses.count(200), statuses.count(429)) == (20, 10)

    wrong = {"email": "owner@example.com", "password": "not the password"}
    tries = [httpx2.post(f"{url}/auth/sign-in", json=wrong) for url, _ in zip(cycle(two), range(6))]
    assert [answer.status_code for answer in tries] == [401] * 5 + [429]
    assert 0 < int(tries[5].headers["retry-after"]) <= 900
    right = {"email": "owner@example.com", "password": PASSWORD}
    assert httpx2.post(f"{two[0]}/auth/sign-in", json=right).status_code == 429
