"""Facebook's versions, roles and permissions, and who follows a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.sandbox.server import Running, running


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox for this module."""
    with running(tmp_path_factory.mktemp("sandbox"), days=5) as found:
        yield found


def code(answer: httpx2.Response) -> tuple[int, int | None]:
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


def test_a_version_that_is_gone_is_served_by_the_oldest_live_one(page: Running) -> None:
    def served(version: str) -> str:
        path = f"/facebook{version}/{page.page_id}"
        answer = page.get(path, access_token=page.page_token)
        assert answer.status_code == 200
        return str(answer.headers["facebook-api-version"])

    assert [served(version) for version in ("/v26.0", "/v24.0", "/v20.0", "/v3.1", "")] == [
        *("v26.0", "v24.0", "v21.0", "v21.0", "v21.0")
    ]
    unknown = page.get(f"/facebook/v99.0/{page.page_id}", access_token=page.page_token)
    assert code(unknown) == (2635, None)


def test_a_lost_role_ends_the_page_token(tmp_path: Path) -> None:
    with running(tmp_path, days=5) as page:
        form = {"page_id": page.page_id, "tasks": "ANALYZE"}
        page.client.post("/facebook/_role", data=form).raise_for_status()
        assert code(page.publish("no task")) == (200, None)
        page.client.post("/facebook/_role", data={**form, "tasks": ""}).raise_for_status()
        assert code(page.publish("no role")) == (190, 492)
        user_token = page.brands[0]["facebook"]["user_token"]
        assert page.get("/facebook/me/accounts", access_token=user_token).json()["data"] == []


def test_permissions_are_taken_back_one_by_one_and_whole(tmp_path: Path) -> None:
    with running(tmp_path, days=5) as page:
        user = {"access_token": page.brands[0]["facebook"]["user_token"]}
        page.client.delete("/facebook/me/permissions/pages_manage_posts", params=user).raise_for_status()
        assert code(page.publish("x")) == (200, None)
        assert page.graph(page.page_id).status_code == 200
        page.client.delete("/facebook/me/permissions", params=user).raise_for_status()
        assert code(page.graph(page.page_id)) == (190, 458)


def test_who_follows_by_country_and_city(page: Running) -> None:
    metrics = "page_follows_country,page_follows_city"
    country, city = page.graph(f"{page.page_id}/insights", metric=metrics).json()["data"]
    followers = page.graph(page.page_id, fields="followers_count").json()["followers_count"]
    for series in (country, city):
        value = series["values"][-1]["value"]
        assert 0 < sum(value.values()) < followers
    dead = page.graph(f"{page.page_id}/insights", metric="page_fans_country")
    assert code(dead) == (100, None)
