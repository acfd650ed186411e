"""Reading X: timelines, lookups, naming families, private metrics, rate limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.server import Running, running

METRICS = {"repost_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count"}


def every_post(sandbox: Running, **params: Any) -> list[dict[str, Any]]:
    path = f"users/{sandbox.x['user_id']}/tweets"
    answer = sandbox.x_get(path, **params).json()
    posts = list(answer["data"])
    while "next_token" in answer["meta"]:
        answer = sandbox.x_get(path, pagination_token=answer["meta"]["next_token"], **params).json()
        assert answer["meta"]["result_count"] == len(answer["data"])
        assert answer["meta"]["newest_id"] == answer["data"][0]["id"]
        posts += answer["data"]
    return posts


def test_paging_reaches_every_post_once_newest_first(sandbox: Running) -> None:
    posts = every_post(sandbox, max_results=100, **{"tweet.fields": "created_at"})
    ids = [int(post["id"]) for post in posts]
    assert len(set(ids)) == len(ids) > 600
    assert ids == sorted(ids, reverse=True)
    times = [post["created_at"] for post in posts]
    assert times == sorted(times, reverse=True)
    assert all((int(post["id"]) >> 22) + 1288834974657 == _ms(post["created_at"]) for post in posts)
    assert posts == every_post(sandbox, max_results=37, **{"tweet.fields": "created_at"})


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_times_and_ids_bound_the_posts(sandbox: Running) -> None:
    end = datetime.now(UTC) - timedelta(days=30)
    bounds = {"start_time": (end - timedelta(days=10)).isoformat(), "end_time": end.isoformat()}
    posts = every_post(sandbox, max_results=5, **bounds)
    assert 10 <= len(posts) <= 30
    middle = posts[5]["id"]
    assert every_post(sandbox, max_results=5, since_id=middle, **bounds) == posts[:5]
    assert every_post(sandbox, max_results=5, until_id=middle, **bounds) == posts[6:]


def test_an_empty_page_has_no_data(sandbox: Running) -> None:
    answer = sandbox.x_get(f"users/{sandbox.x['user_id']}/tweets", start_time="2090-01-01T00:00:00Z").json()
    assert answer == {"meta": {"result_count": 0}}


def test_both_naming_families_are_spoken(sandbox: Running) -> None:
    path = f"users/{sandbox.x['user_id']}/tweets"
    post = sandbox.x_get(path, max_results=5, **{"post.fields": "public_metrics"}).json()["data"][0]
    tweet = sandbox.x_get(path, max_results=5, **{"tweet.fields": "public_metrics"}).json()["data"][0]
    assert set(post) == {"id", "text", "edit_history_post_ids", "public_metrics"}
    assert set(tweet) == {"id", "text", "edit_history_tweet_ids", "public_metrics"}
    assert set(post["public_metrics"]) == METRICS
    assert set(tweet["public_metrics"]) == METRICS - {"repost_count"} | {"retweet_count"}


def test_private_metrics_are_own_and_young_only(sandbox: Running) -> None:
    posts = every_post(sandbox, max_results=100, **{"tweet.fields": "created_at,non_public_metrics"})
    border = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    assert all(("non_public_metrics" in post) == (post["created_at"] > border) for post in posts)
    other = sandbox.brands[1]["x"]["user_id"]
    foreign = sandbox.x_get(f"users/{other}/tweets", **{"tweet.fields": "non_public_metrics"}).json()["data"]
    assert all("non_public_metrics" not in post for post in foreign)


def test_users_have_public_metrics(sandbox: Running) -> None:
    me = sandbox.x_get("users/me", **{"user.fields": "public_metrics,created_at"}).json()["data"]
    assert me["id"] == sandbox.x["user_id"]
    assert me["public_metrics"]["followers_count"] > 10_000
    assert me["public_metrics"]["tweet_count"] > 600
    same = sandbox.x_get(f"users/{me['id']}").json()["data"]
    assert same == {"id": me["id"], "name": me["name"], "username": me["username"]}


def test_missing_posts_are_reported_beside_the_found(sandbox: Running) -> None:
    known = every_post(sandbox, max_results=100)[0]["id"]
    answer = sandbox.x_get("tweets", ids=f"{known},123")
    assert answer.status_code == 200
    assert [post["id"] for post in answer.json()["data"]] == [known]
    [error] = answer.json()["errors"]
    assert (error["resource_id"], error["type"]) == ("123", "https://api.x.com/2/problems/resource-not-found")
    assert "data" not in sandbox.x_get("tweets/123").json()


@pytest.mark.parametrize(
    "params",
    [
        {"max_results": 4},
        {"max_results": 101},
        {"tweet.fields": "nonsense"},
        {"start_time": "today"},
        {"pagination_token": "?"},
        {"since_id": "x"},
        {"exclude": "everything"},
    ],
)
def test_bad_parameters_are_400(sandbox: Running, params: dict[str, Any]) -> None:
    answer = sandbox.x_get(f"users/{sandbox.x['user_id']}/tweets", **params)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/2/problems/invalid-request")
    assert answer.json()["errors"][0]["message"]


def test_calls_without_a_working_token_are_refused(sandbox: Running) -> None:
    expected = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    for headers in ({}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic x"}):
        answer = sandbox.client.get("/x/2/users/me", headers=headers)
        assert (answer.status_code, answer.json()) == (401, expected)


def test_windows_run_out_and_open_again(tmp_path: Path) -> None:
    with running(tmp_path, days=5, x_window_s=60, x_limits={"GET /2/users/me": 2}) as sandbox:
        answers = [sandbox.x_get("users/me") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        remaining = [answer.headers["x-rate-limit-remaining"] for answer in answers]
        assert remaining == ["1", "0", "0"]
        reset = int(answers[2].headers["x-rate-limit-reset"])
        assert 0 < reset - datetime.now(UTC).timestamp() <= 61
        assert answers[2].json()["title"] == "Too Many Requests"
        assert sandbox.x_get(f"users/{sandbox.x['user_id']}").status_code == 200
        sandbox.advance(61)
        assert sandbox.x_get("users/me").status_code == 200
