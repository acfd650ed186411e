"""Instagram: everything of an account is collected, whatever goes wrong with a part of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.contract import Account, Answer, Credentials, Entity
from platforms.errors import NeedsReconnect, RateLimited, Rejected, TemporarilyRejected
from platforms.instagram import paging
from platforms.message import Kind, Message
from sandbox.instagram import insights, limits
from tests.platforms.instagram import case
from tests.platforms.instagram.conftest import account_of
from tests.platforms.meta.steps import Scene, overheard

DAY = timedelta(days=1)


def collected(
    scene: Scene, entity: Entity, since: datetime | None = None, cursor: str | None = None
) -> list[Answer]:
    until = scene.now()
    return list(scene.network.collect.collect(scene.account, entity, since, until, cursor))


def bodies(answers: list[Answer]) -> list[dict[str, Any]]:
    return [json.loads(answer.body) for answer in answers]


def test_the_account_itself(scene: Scene) -> None:
    (answer,) = collected(scene, Entity.ACCOUNT)
    body = json.loads(answer.body)
    assert body["followers_count"] > 0
    assert body["username"] == "harborandpine"
    assert answer.next_cursor is None


def test_all_posts_stories_too_newest_first(scene: Scene) -> None:
    story = Message("", kind=Kind.STORY, media=(scene.files.image(),))
    published, _ = scene.published(story)
    answers = collected(scene, Entity.POSTS)
    posts = [post for body in bodies(answers) for post in body["data"]]
    ids = [post["id"] for post in posts]
    assert len(ids) == len(set(ids)) > 200
    assert published.external_id in ids
    media = [post["timestamp"] for post in posts if post["media_product_type"] != "STORY"]
    assert media == sorted(media, reverse=True)
    assert [answer.next_cursor is None for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert case.post_ids(answers) == ids


def test_a_cursor_goes_on_in_the_middle(scene: Scene) -> None:
    for entity in (Entity.POSTS, Entity.POST_METRICS, Entity.ACCOUNT_METRICS, Entity.DEMOGRAPHICS):
        since = scene.now() - 4 * DAY
        whole = collected(scene, entity, since)
        assert len(whole) >= 2
        rest = collected(scene, entity, since, whole[0].next_cursor)
        assert [one.request for one in rest] == [one.request for one in whole[1:]]


def test_an_account_without_posts_since(scene: Scene) -> None:
    later = scene.now() + DAY
    stories, media = bodies(collected(scene, Entity.POSTS, later))
    assert media["data"] == []
    asked = [answer.request["post"] for answer in collected(scene, Entity.POST_METRICS, later)]
    assert asked == [story["id"] for story in stories["data"]], "stories are there for a day only"


# ---------------------------------------------------------------- numbers of posts
def test_each_post_has_the_numbers_of_its_type(scene: Scene) -> None:
    since = scene.now() - 30 * DAY
    posts = [post for body in bodies(collected(scene, Entity.POSTS, since)) for post in body["data"]]
    answers = collected(scene, Entity.POST_METRICS, since)
    assert [answer.request["post"] for answer in answers] == [post["id"] for post in posts]
    by_id = {post["id"]: post["media_product_type"] for post in posts}
    known = Counter(by_id.values())
    assert known["FEED"] > 3
    assert known["REELS"] > 3
    told = 0
    for answer, body in zip(answers, bodies(answers), strict=True):
        if "error" in body:
            assert "Not enough viewers" in body["error"]["message"]
            continue
        names = {metric["name"] for metric in body["data"]}
        assert names <= set(paging.METRICS[by_id[answer.request["post"]]])
        assert {"views", "reach"} <= names
        told += 1
    assert told > 10


def test_a_metric_that_dies_takes_no_other_with_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(insights.MEDIA, "reposts")
    with overheard() as calls:
        answers = collected(scene, Entity.POST_METRICS, scene.now() - 20 * DAY)
    names = [{m["name"] for m in body["data"]} for body in bodies(answers) if "data" in body]
    assert len(names) > 10
    assert all("views" in one and "reposts" not in one for one in names)
    assert "FEED reposts" in str(answers[-2].next_cursor)
    asked = sum("reposts" in call.given.get("metric", "") for call in calls)
    assert asked <= 2 * 3, "whole, alone, and never again for the type; of three types"


def test_refused_posts_keep_the_others(scene: Scene) -> None:
    fresh, _ = scene.published(Message("", kind=Kind.IMAGE, media=(scene.files.image(),)))
    answers = collected(scene, Entity.POST_METRICS, scene.now() - 3 * DAY)
    by_post = {answer.request["post"]: answer for answer in answers}
    refused = json.loads(by_post[fresh.external_id].body)
    assert refused["error"]["code"] == 10, "hardly anybody has seen it yet"
    assert len(answers) > 1


# ---------------------------------------------------------------- days and people
def test_days_as_series_and_one_by_one(scene: Scene) -> None:
    answers = collected(scene, Entity.ACCOUNT_METRICS, scene.now() - 5 * DAY)
    series = [body for body in bodies(answers) if any("values" in one for one in body["data"])]
    assert {one["name"] for body in series for one in body["data"]} == {"reach", "follower_count"}
    totals = [one for body in bodies(answers) for one in body["data"] if "total_value" in one]
    assert {one["name"] for one in totals} == {*paging.TOTALS, *paging.FOLLOWS}
    follows = next(one for one in totals if one["name"] == "follows_and_unfollows")
    results = follows["total_value"]["breakdowns"][0]["results"]
    assert [result["dimension_values"] for result in results] == [["FOLLOWER"], ["NON_FOLLOWER"]]
    asked = [answer.request["params"] for answer in answers]
    days = [params for params in asked if params["metric_type"] == "total_value"]
    assert all(int(day["until"]) - int(day["since"]) == 86_400 for day in days)
    assert len(days) == 2 * 6


def test_history_reaches_ninety_days_back(scene: Scene) -> None:
    position: paging.DaysPosition | None = paging.DaysPosition.start(None, scene.now(), None)
    asked = []
    while position is not None:
        asked.append(position.params(scene.now(), position.metrics))
        position = position.following(scene.now())
    assert len(asked) == 3 + 1 + 2 * 90
    assert all(int(one["until"]) - int(one["since"]) <= 30 * 86_400 for one in asked)
    first = datetime.fromtimestamp(int(asked[0]["since"]), UTC)
    assert timedelta(days=89) <= scene.now() - first <= timedelta(days=90)


def test_new_followers_are_asked_for_as_far_back_as_instagram_tells_them(scene: Scene) -> None:
    answers = collected(scene, Entity.ACCOUNT_METRICS)
    assert all(answer.status == 200 for answer in answers)
    [told] = [answer for answer in answers if answer.request["params"]["metric"] == "follower_count"]
    [series] = json.loads(told.body)["data"]
    assert 27 <= len(series["values"]) <= 30
    assert int(told.request["params"]["until"]) <= scene.now().timestamp(), "today is not told yet"


def test_a_dead_metric_is_left_out(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(insights.TOTALS, "reposts")
    answers = collected(scene, Entity.ACCOUNT_METRICS, scene.now() - DAY)
    asked = [answer.request["params"]["metric"].split(",") for answer in answers]
    totals = [metrics for metrics in asked if "views" in metrics]
    assert len(totals) == 2
    assert all(metrics == [m for m in paging.TOTALS if m != "reposts"] for metrics in totals)


def test_a_dead_series_costs_only_itself(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(insights.SERIES, "follower_count")
    answers = collected(scene, Entity.ACCOUNT_METRICS, scene.now() - DAY)
    refused = [answer.request["params"]["metric"] for answer in answers if answer.status != 200]
    assert refused == ["follower_count"]


def test_who_follows(scene: Scene) -> None:
    answers = collected(scene, Entity.DEMOGRAPHICS)
    keys = [body["data"][0]["total_value"]["breakdowns"][0]["dimension_keys"] for body in bodies(answers)]
    assert keys == [["age"], ["gender"], ["country"], ["city"]]


def test_a_small_account_has_no_demographics(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "FEWEST_FOLLOWERS", 10**9)
    answers = collected(scene, Entity.DEMOGRAPHICS)
    assert all("error" in body for body in bodies(answers))
    assert len(answers) == 4


# ---------------------------------------------------------------- what goes wrong
@pytest.mark.parametrize("fault", ["drop_before_accept", "5xx", "malformed", "truncated"])
@pytest.mark.parametrize("endpoint", [case.LISTING, "GET /{id}/insights"])
def test_a_read_survives_a_blip(scene: Scene, endpoint: str, fault: str) -> None:
    scene.sandbox.fault("instagram", endpoint, fault)
    entity = Entity.POSTS if endpoint == case.LISTING else Entity.POST_METRICS
    assert collected(scene, entity, scene.now() - 3 * DAY)
    assert scene.sandbox.hits() == 1


def test_a_failing_page_is_gone_on_from(scene: Scene) -> None:
    whole = case.post_ids(collected(scene, Entity.POSTS))
    pages = scene.network.collect.collect(scene.account, Entity.POSTS, None, scene.now(), None)
    first = [next(pages), next(pages)]
    scene.sandbox.fault("instagram", case.LISTING, "drop_before_accept", times=50)
    with pytest.raises(TemporarilyRejected):
        next(pages)
    assert scene.sandbox.hits() == 4, "a read is repeated, but not for ever"
    scene.sandbox.clear_faults()
    rest = collected(scene, Entity.POSTS, cursor=first[-1].next_cursor)
    assert case.post_ids(first + rest) == whole


def test_a_dead_token_is_told_apart(scene: Scene) -> None:
    dead = replace(scene.account, credentials=Credentials("IGAA" + "0" * 60))
    for entity in scene.network.collect.entities:
        with pytest.raises(NeedsReconnect):
            list(scene.network.collect.collect(dead, entity, None, scene.now(), None))


def test_another_accounts_token_reaches_nothing(scene: Scene) -> None:
    other = account_of(scene.sandbox, scene.network, brand=1)
    crossed = replace(scene.account, credentials=other.credentials)
    with pytest.raises(Rejected):
        list(scene.network.collect.collect(crossed, Entity.POSTS, None, scene.now(), None))


def test_too_many_calls_are_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.LIMITS, "hourly_calls", 0)
    with pytest.raises(RateLimited) as caught:
        collected(scene, Entity.ACCOUNT)
    assert caught.value.until > datetime.now(UTC)
    assert caught.value.code == "80002"


def test_no_token_is_kept(scene: Scene) -> None:
    token = scene.account.credentials.access_token
    for entity in scene.network.collect.entities:
        since = None if entity is Entity.POSTS else scene.now() - 3 * DAY  # links to further pages carry it
        for answer in collected(scene, entity, since):
            assert token not in f"{answer!r}{answer.body}{json.dumps(dict(answer.request))}"


def test_facebooks_login_has_more_counters(scene: Scene) -> None:
    page = by_page(scene)
    answers = list(
        scene.network.collect.collect(page, Entity.POSTS, scene.now() - 9 * DAY, scene.now(), None)
    )
    posts = [post for body in bodies(answers) for post in body["data"]]
    assert posts
    assert all({"view_count", "saved_count", "shares_count"} <= set(post) for post in posts)
    for entity in scene.network.collect.entities:
        assert list(scene.network.collect.collect(page, entity, scene.now() - DAY, scene.now(), None))


def by_page(scene: Scene) -> Account:
    """The same account, connected by Facebook's login."""
    user = Credentials(scene.sandbox.brand["facebook"]["user_token"], extra={"login": "facebook"})
    (remote,) = scene.network.connect.accounts(user)
    return replace(scene.account, credentials=remote.credentials, server=remote.server)
