"""Threads: everything of a profile is collected, whatever goes wrong with a part of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from platforms.contract import Answer, Credentials, Entity
from platforms.errors import NeedsPerson, NeedsReconnect, Rejected, TemporarilyRejected
from platforms.message import Message, ReplyTo
from platforms.threads import paging
from sandbox.threads import insights
from tests.platforms.meta.steps import Scene, a_text
from tests.platforms.threads import case
from tests.platforms.threads.conftest import account_of

DAY = timedelta(days=1)


def collected(
    scene: Scene, entity: Entity, since: datetime | None = None, cursor: str | None = None
) -> list[Answer]:
    return list(scene.network.collect.collect(scene.account, entity, since, scene.now(), cursor))


def bodies(answers: list[Answer]) -> list[dict[str, Any]]:
    return [json.loads(answer.body) for answer in answers]


def test_the_profile_and_its_followers(scene: Scene) -> None:
    profile, followers = bodies(collected(scene, Entity.ACCOUNT))
    assert profile["username"] == "harborandpine"
    assert followers["data"][0]["name"] == "followers_count"
    assert followers["data"][0]["total_value"]["value"] > 0


def test_all_posts_and_the_parts_of_threads(scene: Scene) -> None:
    root, _ = scene.published(Message(a_text()))
    part, _ = scene.published(Message(a_text(), reply_to=ReplyTo(root.external_id, root.external_id)))
    answers = collected(scene, Entity.POSTS)
    posts = [post for body in bodies(answers) for post in body["data"]]
    ids = [post["id"] for post in posts]
    assert len(ids) == len(set(ids)) > 200
    assert case.post_ids(answers) == ids
    tops = [post["timestamp"] for post in posts if not post.get("is_reply")]
    assert tops == sorted(tops, reverse=True)
    replies = {post["id"]: post for post in posts if post.get("is_reply")}
    assert replies[part.external_id]["root_post"] == {"id": root.external_id}
    assert [answer.next_cursor is None for answer in answers] == [False] * (len(answers) - 1) + [True]


@pytest.mark.parametrize("entity", list(Entity))
def test_a_cursor_goes_on_in_the_middle(scene: Scene, entity: Entity) -> None:
    since = scene.now() - 4 * DAY
    whole = collected(scene, entity, since)
    assert len(whole) >= 2
    rest = collected(scene, entity, since, whole[0].next_cursor)
    assert [one.request for one in rest] == [one.request for one in whole[1:]]


def test_since_bounds_the_posts(scene: Scene) -> None:
    since = scene.now() - 45 * DAY
    whole = [post for body in bodies(collected(scene, Entity.POSTS)) for post in body["data"]]
    wanted = {post["id"] for post in whole if datetime.fromisoformat(post["timestamp"]) >= since}
    assert set(case.post_ids(collected(scene, Entity.POSTS, since))) == wanted
    assert 0 < len(wanted) < len(whole)
    assert case.post_ids(collected(scene, Entity.POSTS, scene.now() + DAY)) == []
    assert collected(scene, Entity.POST_METRICS, scene.now() + DAY) == []


def test_each_post_has_its_numbers(scene: Scene) -> None:
    since = scene.now() - 20 * DAY
    posts = case.post_ids(collected(scene, Entity.POSTS, since))
    answers = collected(scene, Entity.POST_METRICS, since)
    assert [answer.request["post"] for answer in answers] == posts
    for body in bodies(answers):
        assert {one["name"] for one in body["data"]} == set(paging.POST_METRICS)


def test_a_metric_that_dies_takes_no_other_with_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(insights.MEDIA, "shares")
    answers = collected(scene, Entity.POST_METRICS, scene.now() - 9 * DAY)
    assert len(answers) > 2
    for body in bodies(answers):
        assert {one["name"] for one in body["data"]} == set(paging.POST_METRICS) - {"shares"}
    assert json.loads(str(answers[0].next_cursor))["dead"] == ["shares"]


def test_days_as_a_series_and_one_by_one(scene: Scene) -> None:
    answers = collected(scene, Entity.ACCOUNT_METRICS, scene.now() - 5 * DAY)
    series, *days = bodies(answers)
    assert series["data"][0]["name"] == "views"
    assert series["data"][0]["values"]
    assert len(days) == 6
    for day in days:
        assert {one["name"] for one in day["data"]} == set(paging.TOTALS)
    clicks = [one for day in days for one in day["data"] if one["name"] == "clicks"]
    assert any(one["link_total_values"] for one in clicks)


def test_history_begins_in_april_2024(scene: Scene) -> None:
    position: paging.DaysPosition | None = paging.DaysPosition.start(None, scene.now(), None)
    asked = []
    while position is not None:
        asked.append(position.params(scene.now(), position.metrics))
        position = position.following(scene.now())
    assert datetime.fromtimestamp(int(asked[0]["since"]), UTC).date().isoformat() == "2024-04-14"
    assert len([one for one in asked if one["metric"] != "views"]) == 90
    early = datetime(2020, 1, 1, tzinfo=UTC)
    assert paging.DaysPosition.start(early, scene.now(), None) == paging.DaysPosition.start(
        None, scene.now(), None
    )


def test_who_follows(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    found = bodies(collected(scene, Entity.DEMOGRAPHICS))
    keys = [body["data"][0]["total_value"]["breakdowns"][0]["dimension_keys"][0] for body in found]
    assert keys == list(paging.BREAKDOWNS)
    monkeypatch.setattr(insights, "FEWEST_FOLLOWERS", 10**9)
    assert all("error" in body for body in bodies(collected(scene, Entity.DEMOGRAPHICS)))


# ---------------------------------------------------------------- what goes wrong
@pytest.mark.parametrize("fault", ["drop_before_accept", "5xx", "malformed", "truncated"])
@pytest.mark.parametrize("entity", list(Entity))
def test_a_read_survives_a_blip(scene: Scene, entity: Entity, fault: str) -> None:
    scene.sandbox.fault("threads", "GET /", fault)
    assert collected(scene, entity, scene.now() - DAY)
    assert scene.sandbox.hits() == 1


def test_a_failing_page_is_gone_on_from(scene: Scene) -> None:
    whole = case.post_ids(collected(scene, Entity.POSTS))
    pages = scene.network.collect.collect(scene.account, Entity.POSTS, None, scene.now(), None)
    first = [next(pages), next(pages)]
    scene.sandbox.fault("threads", case.LISTING, "drop_before_accept", times=50)
    with pytest.raises(TemporarilyRejected):
        next(pages)
    assert scene.sandbox.hits() == 4, "a read is repeated, but not for ever"
    scene.sandbox.clear_faults()
    rest = collected(scene, Entity.POSTS, cursor=first[-1].next_cursor)
    assert case.post_ids(first + rest) == whole


@pytest.mark.parametrize("entity", list(Entity))
def test_a_dead_token_is_told_apart(scene: Scene, entity: Entity) -> None:
    dead = replace(scene.account, credentials=Credentials("THAA" + "0" * 60))
    with pytest.raises(NeedsReconnect):
        list(scene.network.collect.collect(dead, entity, None, scene.now(), None))


def with_scopes(scene: Scene, *scopes: str) -> Scene:
    """The same profile with a token that has these permissions only."""
    consent = scene.network.connect.begin({}, "https://a.example/cb", "s")
    url = f"{consent.url}&account={scene.account.external_id}&granted={','.join(scopes)}"
    location = httpx2.get(url, trust_env=False).headers["location"]
    answer = {"code": httpx2.URL(location).params["code"]}
    credentials = scene.network.connect.finish(consent, answer, "https://a.example/cb")
    return replace(scene, account=replace(scene.account, credentials=credentials))


def test_without_a_permission_only_its_part_is_missing(scene: Scene) -> None:
    basic = with_scopes(scene, "threads_basic")
    answers = collected(basic, Entity.POSTS)
    assert len(case.post_ids(answers)) > 200
    assert json.loads(answers[-1].body)["error"]["code"] == 10, "replies"
    with pytest.raises(NeedsPerson):
        collected(basic, Entity.POST_METRICS, scene.now() - DAY)


def test_another_profiles_post_reaches_nothing(scene: Scene) -> None:
    other = account_of(scene.sandbox, scene.network, brand=1)
    post = case.post_ids(collected(scene, Entity.POSTS, scene.now() - 9 * DAY))[0]
    with pytest.raises(Rejected):
        scene.network.publish.confirm(other, post)


def test_no_token_is_kept(scene: Scene) -> None:
    token = scene.account.credentials.access_token
    for entity in scene.network.collect.entities:
        since = None if entity is Entity.POSTS else scene.now() - 3 * DAY  # links to further pages carry it
        for answer in collected(scene, entity, since):
            assert token not in f"{answer!r}{answer.body}{json.dumps(dict(answer.request))}"
