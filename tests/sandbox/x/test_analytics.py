"""X's analytics: pieces add up to the total, only one's own posts, and bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.x.credits import CREDITS
from tests.sandbox.server import Running


def analytics(sandbox: Running, ids: str, **params: str) -> Any:
    now = datetime.now(UTC)
    span = {"start_time": (now - timedelta(days=20)).isoformat(), "end_time": now.isoformat()}
    return sandbox.x_get("tweets/analytics", ids=ids, **{**span, **params})


def newest(sandbox: Running, count: int = 10) -> list[str]:
    posts = sandbox.x_get(f"users/{sandbox.x['user_id']}/tweets", max_results=count).json()["data"]
    return [post["id"] for post in posts]


def test_pieces_add_up_to_the_total(sandbox: Running) -> None:
    ids = ",".join(newest(sandbox))
    total = analytics(sandbox, ids, granularity="total").json()["data"]
    daily = analytics(sandbox, ids, granularity="daily").json()["data"]
    for whole, pieces in zip(total, daily, strict=True):
        [bucket] = whole["timestamped_metrics"]
        assert len(pieces["timestamped_metrics"]) == 20
        for name, value in bucket["metrics"].items():
            assert sum(piece["metrics"][name] for piece in pieces["timestamped_metrics"]) == value
        assert bucket["metrics"]["impressions"] > 0


def test_only_the_fields_asked_for(sandbox: Running) -> None:
    fields = {"analytics.fields": "follows,impressions"}
    [post] = analytics(sandbox, newest(sandbox)[0], **fields).json()["data"]
    assert set(post["timestamped_metrics"][0]["metrics"]) == {"follows", "impressions"}


def test_others_posts_are_reported_beside(sandbox: Running) -> None:
    foreign = sandbox.x_get(f"users/{sandbox.brands[1]['x']['user_id']}/tweets").json()["data"][0]["id"]
    own = newest(sandbox)[0]
    body = analytics(sandbox, f"{own},{foreign},1").json()
    assert [post["id"] for post in body["data"]] == [own]
    assert [error["resource_id"] for error in body["errors"]] == [foreign, "1"]
    assert "data" not in analytics(sandbox, foreign).json()


@pytest.mark.parametrize(
    "params",
    [
        {"granularity": "yearly"},
        {"start_time": "yesterday"},
        {"end_time": "2020-01-01T00:00:00Z"},
        {"analytics.fields": "nonsense"},
        {"ids": "x"},
        {"ids": ",".join(["1"] * 101)},
        {"granularity": "hourly", "start_time": "2020-01-01T00:00:00Z"},
    ],
)
def test_bad_parameters_are_400(sandbox: Running, params: dict[str, str]) -> None:
    assert analytics(sandbox, **{"ids": "1", **params}).status_code == 400


def test_credit_ends_in_two_wordings(sandbox: Running) -> None:
    CREDITS.left = 0.0151
    try:
        assert sandbox.tweet({"text": "Paid for"}).status_code == 201
        answers = [sandbox.tweet({"text": "Not paid for"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [402, 402]
        kinds = {answer.json()["type"].rpartition("/")[2] for answer in answers}
        assert kinds == {"credits", "credits-depleted"}
        assert len([post for post in sandbox.accepted() if "aid for" in post["text"]]) == 1
    finally:
        CREDITS.left = None


def test_a_link_costs_twenty_cents(sandbox: Running) -> None:
    CREDITS.left = 0.21
    try:
        assert sandbox.tweet({"text": "Dear: https://example.com/a"}).status_code == 201
        assert CREDITS.left == pytest.approx(0.01)
        CREDITS.left = 0.1
        assert sandbox.tweet({"text": "Too dear: https://example.com/b"}).status_code == 402
    finally:
        CREDITS.left = None
