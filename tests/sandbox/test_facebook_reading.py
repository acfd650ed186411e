"""Reading Facebook: paging, fields, insights, usage."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.server import Running

FIELDS = (
    "id,message,created_time,shares,reactions.summary(total_count).limit(0),comments.summary(true).limit(0),"
    "attachments{media_type,url},insights.metric(post_media_view,post_clicks){name,values,period}"
)


def every_post(sandbox: Running, edge: str, **params: Any) -> tuple[list[dict[str, Any]], list[int]]:
    """All posts by following `next`, and the sizes of the pages."""
    answer = sandbox.graph(f"{sandbox.page_id}/{edge}", **params).json()
    posts, sizes = list(answer["data"]), [len(answer["data"])]
    while "next" in answer.get("paging", {}):
        answer = sandbox.client.get(answer["paging"]["next"]).json()
        posts += answer["data"]
        sizes.append(len(answer["data"]))
    return posts, sizes


def truth(sandbox: Running) -> dict[str, Any]:
    return dict(sandbox.get("/_sandbox/truth").json()["accounts"][sandbox.page_id])


@pytest.mark.parametrize("edge", ["published_posts", "posts", "feed"])
def test_paging_reaches_every_post_once_newest_first(sandbox: Running, edge: str) -> None:
    posts, sizes = every_post(sandbox, edge, limit=20, fields="id,created_time")
    ids = [post["id"] for post in posts]
    assert len(ids) == len(set(ids)) > 600
    times = [post["created_time"] for post in posts]
    assert times == sorted(times, reverse=True)
    assert max(sizes) == 20
    assert any(size < 20 for size in sizes[:-1]), "a short page may still have a next one"


def test_paging_is_the_same_for_every_limit(sandbox: Running) -> None:
    few, _ = every_post(sandbox, "published_posts", limit=7, fields="id")
    many, _ = every_post(sandbox, "published_posts", limit=100, fields="id")
    assert few == many


def test_a_cursor_stays_good_while_posts_arrive(sandbox: Running) -> None:
    first = sandbox.graph(f"{sandbox.page_id}/published_posts", limit=10, fields="id").json()
    before = sandbox.client.get(first["paging"]["next"]).json()["data"]
    assert sandbox.publish("one more on top").status_code == 200
    assert sandbox.client.get(first["paging"]["next"]).json()["data"] == before


def test_since_and_until_bound_the_posts(sandbox: Running) -> None:
    until = datetime.now(UTC) - timedelta(days=10)
    since = until - timedelta(days=20)
    bounds: dict[str, Any] = {"since": int(since.timestamp()), "until": until.isoformat()}
    posts, _ = every_post(sandbox, "published_posts", fields="created_time", limit=50, **bounds)
    times = [datetime.fromisoformat(post["created_time"]) for post in posts]
    assert 20 <= len(times) <= 60
    assert all(since - timedelta(seconds=1) <= time < until for time in times)


def test_previous_leads_back_to_the_first_page(sandbox: Running) -> None:
    first = sandbox.graph(f"{sandbox.page_id}/published_posts", limit=3, fields="id").json()
    second = sandbox.client.get(first["paging"]["next"]).json()
    assert sandbox.client.get(second["paging"]["previous"]).json()["data"] == first["data"]
    assert "previous" not in first["paging"]


def test_fields_have_the_shapes_of_the_graph(sandbox: Running) -> None:
    posts = sandbox.graph(f"{sandbox.page_id}/published_posts", limit=100, fields=FIELDS).json()["data"]
    old = posts[-1]
    assert old["id"].startswith(f"{sandbox.page_id}_")
    assert datetime.strptime(old["created_time"], "%Y-%m-%dT%H:%M:%S%z").utcoffset() == timedelta()
    assert old["reactions"] == {
        "data": [],
        "summary": {"total_count": old["reactions"]["summary"]["total_count"]},
    }
    assert isinstance(old["comments"]["summary"]["total_count"], int)
    series = {one["name"]: one for one in old["insights"]["data"]}
    assert series["post_media_view"]["period"] == "lifetime"
    assert series["post_media_view"]["values"][0]["value"] > old["reactions"]["summary"]["total_count"]
    linked = [
        post
        for post in posts
        if post.get("attachments", {"data": [{}]})["data"][0].get("media_type") == "link"
    ]
    assert linked
    assert all(
        post["attachments"]["data"][0]["url"].startswith("https://www.harborandpine") for post in linked
    )
    assert all("shares" not in post or post["shares"]["count"] > 0 for post in posts)


def test_a_hundred_posts_with_insights_come_fast(sandbox: Running) -> None:
    path = f"{sandbox.page_id}/published_posts"
    times = [sandbox.graph(path, limit=100, fields=FIELDS).elapsed.total_seconds() for _ in range(5)]
    assert min(times) < 0.03


def test_page_fields(sandbox: Running) -> None:
    page = sandbox.graph(
        sandbox.page_id, fields="id,name,followers_count,fan_count,link,about,picture"
    ).json()
    assert page["followers_count"] > page["fan_count"] > 40_000
    assert sandbox.client.get(page["picture"]["data"]["url"]).headers["content-type"] == "image/svg+xml"
    assert sandbox.graph("me", fields="id").json() == {"id": sandbox.page_id}


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("{page}", {"fields": "id,nonsense"}),
        ("{page}/published_posts", {"fields": "id,nonsense"}),
        ("{page}/published_posts", {"limit": 101}),
        ("{page}/published_posts", {"after": "!!"}),
        ("{page}/insights", {"metric": "page_impressions", "period": "day"}),
        ("{page}/insights", {"metric": "page_media_view,page_fans", "period": "day"}),
        ("{page}/insights", {"period": "day"}),
        ("{page}/published_posts", {"fields": "insights.metric(post_media_view,post_impressions)"}),
        ("{page}/insights", {"metric": "page_media_view", "since": "yesterday-ish"}),
    ],
)
def test_what_does_not_exist_is_code_100(sandbox: Running, path: str, params: dict[str, Any]) -> None:
    answer = sandbox.graph(path.format(page=sandbox.page_id), **params)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 100
    assert answer.json()["error"]["fbtrace_id"]


def test_insights_refuse_more_than_ninety_days(sandbox: Running) -> None:
    until = int(datetime.now(UTC).timestamp())
    path, params = (
        f"{sandbox.page_id}/insights",
        {"metric": "page_media_view", "period": "day", "until": until},
    )
    longest = sandbox.graph(path, since=until - 90 * 86_400, **params)
    refused = sandbox.graph(path, since=until - 90 * 86_400 - 1, **params)
    assert longest.status_code == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)


def test_daily_insights_end_at_local_midnight_and_miss_the_missed_days(sandbox: Running) -> None:
    told = truth(sandbox)
    zone = ZoneInfo(told["timezone"])
    today = datetime.now(zone).date()
    found: dict[str, int] = {}
    for back in range(4):
        until = datetime.now(UTC) - timedelta(days=90 * back)
        answer = sandbox.graph(
            f"{sandbox.page_id}/insights",
            metric="page_media_view",
            since=int((until - timedelta(days=90)).timestamp()),
            until=int(until.timestamp()),
        )
        for value in answer.json()["data"][0]["values"]:
            end = datetime.fromisoformat(value["end_time"]).astimezone(zone)
            assert (end.hour, end.minute) == (0, 0)
            assert found.setdefault((end.date() - timedelta(days=1)).isoformat(), value["value"]) > 0
    days = {(today - timedelta(days=n)).isoformat() for n in range(1, 361)}
    assert today.isoformat() not in found
    assert days - set(found) - {(today - timedelta(days=360)).isoformat()} == days & set(told["missed_days"])
    assert told["missed_days"]


def test_daily_views_add_up_to_the_views_of_the_posts(sandbox: Running) -> None:
    """Over a long stretch, what days gained is what the posts of the time have, but for the two edges."""
    until = datetime.now(UTC) - timedelta(days=5)
    bounds: dict[str, Any] = {
        "since": int((until - timedelta(days=90)).timestamp()),
        "until": int(until.timestamp()),
    }
    days = sandbox.graph(f"{sandbox.page_id}/insights", metric="page_media_view", **bounds).json()["data"][0][
        "values"
    ]
    posts, _ = every_post(
        sandbox, "published_posts", limit=100, fields="insights.metric(post_media_view){values}", **bounds
    )
    by_post = sum(post["insights"]["data"][0]["values"][0]["value"] for post in posts)
    by_day = sum(day["value"] for day in days) * 90 / len(days)
    assert by_day == pytest.approx(by_post, rel=0.05)


def test_weeks_are_sums_of_days(sandbox: Running) -> None:
    path, until = f"{sandbox.page_id}/insights", int(datetime.now(UTC).timestamp())
    days = sandbox.graph(path, metric="page_views_total", since=until - 60 * 86_400, until=until).json()[
        "data"
    ][0]
    weeks = sandbox.graph(
        path, metric="page_views_total", period="week", since=until - 60 * 86_400, until=until
    )
    by_day = {value["end_time"]: value["value"] for value in days["values"]}
    checked = 0
    for week in weeks.json()["data"][0]["values"]:
        end = datetime.fromisoformat(week["end_time"])
        ends = [(end - timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%S+0000") for n in range(7)]
        if all(one in by_day for one in ends):
            assert week["value"] == sum(by_day[one] for one in ends)
            checked += 1
    assert checked > 10


def test_usage_is_told(sandbox: Running) -> None:
    headers = sandbox.graph(sandbox.page_id).headers
    business = json.loads(headers["x-business-use-case-usage"])
    assert business[sandbox.page_id][0]["type"] == "pages"
    assert (
        0
        <= json.loads(headers["x-app-usage"])["call_count"]
        <= business[sandbox.page_id][0]["call_count"] + 1
    )
