"""The control interface: what it tells, and whom."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import httpx2
import pytest

from sandbox.app import create_app
from sandbox.services import open_services
from sandbox.settings import Settings
from tests.sandbox.server import Running


def test_the_world_is_three_brands_with_what_connects_them(sandbox: Running) -> None:
    assert len({ZoneInfo(brand["timezone"]) for brand in sandbox.brands}) == 3
    for brand in sandbox.brands:
        assert re.fullmatch(r"#[0-9a-f]{6}", brand["colour"])
        assert {"user_token", "page_id"} <= set(brand["facebook"])
        secrets = {"access_token", "refresh_token", "expires_in", "user_id", "client_id", "client_secret"}
        assert secrets <= set(brand["x"])
    assert sandbox.get("/_sandbox/health").json()["status"] == "ok"


def test_accepted_posts_are_told_apart_by_network_and_account(fresh: Running) -> None:
    fresh.publish("On Facebook")
    fresh.tweet({"text": "On X"})

    def texts(**which: str) -> list[str]:
        return [post["text"] for post in fresh.get("/_sandbox/posts", **which).json()["posts"]]

    assert texts() == ["On Facebook", "On X"]
    assert texts(network="x") == ["On X"]
    assert texts(account=fresh.page_id) == ["On Facebook"]
    assert texts(network="x", account=fresh.page_id) == []


def test_the_clock_only_moves_forward(fresh: Running) -> None:
    fresh.advance(3600)
    assert fresh.get("/_sandbox/clock").json()["offset_s"] == 3600
    assert fresh.client.post("/_sandbox/clock", json={"advance_s": -1}).status_code == 422
    assert fresh.client.post("/_sandbox/clock", json={"rewind": 1}).status_code == 422


def test_truth_has_a_curve_for_every_account(sandbox: Running) -> None:
    accounts = sandbox.get("/_sandbox/truth").json()["accounts"]
    assert len(accounts) == 30  # three brands on ten networks
    for told in accounts.values():
        assert [len(day) for day in told["hour_of_week"]] == [24] * 7
        assert {"growth", "kind_effects", "noise", "missed_days", "timezone"} <= set(told)


@pytest.mark.anyio
async def test_other_machines_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    services = open_services(Settings(home=tmp_path_factory.mktemp("control"), days=2))
    try:
        transport = httpx2.ASGITransport(create_app(services), client=("192.0.2.7", 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            assert (await client.get("/_sandbox/world")).status_code == 403
            assert (await client.get("/x/2/users/me")).status_code == 401
    finally:
        services.store.close()
