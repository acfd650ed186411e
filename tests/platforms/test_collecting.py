"""What only one of the networks has: Facebook's insights and X's private metrics. Against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foundation.settings import Settings
from platforms.contract import Answer, Credentials, Entity
from platforms.errors import NeedsReconnect, Rejected
from platforms.facebook import paging
from platforms.meta.positions import as_cursor
from platforms.registry import network
from tests.platforms.conftest import Case
from tests.platforms.wire import Wire, answer, wire

CaseOf = Callable[[str], Case]
DEAD = ("page_impressions", "page_fans")


def run(case: Case, entity: Entity, since: datetime | None = None, cursor: str | None = None) -> list[Answer]:
    return list(case.network.collect.collect(case.account, entity, since, datetime.now(UTC), cursor))


def points(answers: list[Answer]) -> dict[tuple[str, str], Any]:
    """Value by metric and end of day."""
    found = {}
    for one in answers:
        for series in json.loads(one.body).get("data", []):
            for value in series["values"]:
                found[series["name"], value["end_time"]] = value["value"]
    return found


def test_daily_series_reach_back_without_a_gap_of_ours(case_of: CaseOf) -> None:
    case = case_of("facebook")
    answers = run(case, Entity.ACCOUNT_METRICS)
    values = points(answers)
    names = {name for name, _ in values}
    assert {"page_media_view", "page_follows", "page_post_engagements"} <= names
    assert not any(
        "impressions" in name or "page_fans" in name for one in answers for name in str(one.request).split()
    )
    # The same days, asked one short slice at a time, are the same values.
    for back in range(10, 190, 30):
        since = datetime.now(UTC) - timedelta(days=back)
        for key, value in points(run(case, Entity.ACCOUNT_METRICS, since)).items():
            assert values[key] == value
    assert answers[-1].next_cursor is None
    assert all(one.next_cursor for one in answers[:-1])


def test_series_go_on_at_a_cursor(case_of: CaseOf) -> None:
    case = case_of("facebook")
    since = datetime.now(UTC) - timedelta(days=150)
    whole = run(case, Entity.ACCOUNT_METRICS, since)
    for cut in (1, 2, len(whole) - 1):
        rest = run(case, Entity.ACCOUNT_METRICS, since, whole[cut - 1].next_cursor)
        assert [one.request for one in rest] == [one.request for one in whole[cut:]]


def test_a_dead_metric_of_a_group_never_loses_the_others(
    case_of: CaseOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of("facebook")
    since = datetime.now(UTC) - timedelta(days=20)
    sound = points(run(case, Entity.ACCOUNT_METRICS, since))
    groups = tuple((*group, dead) for group, dead in zip(paging.PAGE_METRIC_GROUPS, (*DEAD, ""), strict=True))
    groups = (DEAD, *(tuple(filter(None, group)) for group in groups), DEAD)
    monkeypatch.setattr(paging, "PAGE_METRIC_GROUPS", groups)
    answers = run(case, Entity.ACCOUNT_METRICS, since)
    assert points(answers) == sound
    assert [one.status for one in answers] == [400, 200, 200, 200, 400]
    assert answers[-1].next_cursor is None
    assert "page_impressions" not in answers[1].request["params"]["metric"]


def test_dead_post_metrics_are_dropped_and_stay_dropped(case_of: CaseOf) -> None:
    case = case_of("facebook")
    alive = ("post_media_view", "post_clicks")
    first = paging.PostsPosition(None, metrics=("post_impressions", *alive, "post_never_was"))
    answers = run(case, Entity.POSTS, cursor=as_cursor(first))
    assert len(answers) > 1
    for one in answers:
        assert "post_impressions" not in one.request["params"]["fields"]
        assert "post_never_was" not in str(one.next_cursor)
        posts = [] if one.request["path"].endswith("/video_reels") else json.loads(one.body)["data"]
        for post in posts:
            assert {series["name"] for series in post["insights"]["data"]} <= set(alive)
    nothing_alive = paging.PostsPosition(None, metrics=("post_impressions",))
    answers = run(case, Entity.POSTS, cursor=as_cursor(nothing_alive))
    assert sum(len(json.loads(one.body)["data"]) for one in answers) > 100


def test_another_invalid_parameter_is_an_error(case_of: CaseOf) -> None:
    case = case_of("facebook")
    broken = paging.PostsPosition(None, after="not a cursor")
    with pytest.raises(Rejected) as caught:
        run(case, Entity.POSTS, cursor=as_cursor(broken))
    assert caught.value.code == "100"


def test_a_page_that_is_too_much_is_asked_in_smaller_ones(case_of: CaseOf) -> None:
    case = case_of("facebook")
    words = "Please reduce the amount of data you're asking for, then retry your request"
    too_much = answer(500, json.dumps({"error": {"code": 1, "message": words}}))
    with wire(too_much, too_much, answer(200, '{"data": []}')) as server:
        posts, reels = run(at(case, server), Entity.POSTS)
        assert posts.request["params"]["limit"] == "25"
        assert reels.request["path"].endswith("/video_reels")
        assert len(server.requests) == 4


def test_facebook_tokens_are_inspected_and_never_renewed(case_of: CaseOf) -> None:
    case = case_of("facebook")
    connector = case.network.connect
    state = connector.standing(case.account)
    assert state.ends_at is not None
    assert state.ends_at > datetime.now(UTC)
    assert state.scopes
    assert "pages_manage_posts" in state.scopes
    with pytest.raises(NeedsReconnect):
        connector.refresh(Credentials("anything"))


def test_private_metrics_are_asked_for_young_posts_only(case_of: CaseOf) -> None:
    case = case_of("x")
    answers = run(case, Entity.POSTS)
    parted = [("non_public" in one.request["params"]["tweet.fields"]) for one in answers]
    assert parted == sorted(parted, reverse=True)
    assert set(parted) == {True, False}
    limit = datetime.now(UTC) - timedelta(days=29, minutes=1)
    # Other tests have moved the sandbox's clock.
    told_since = datetime.fromisoformat(case.sandbox.get("clock")["now"]) - timedelta(days=30)
    for one, young in zip(answers, parted, strict=True):
        for post in json.loads(one.body).get("data", []):
            created_at = datetime.fromisoformat(post["created_at"])
            assert (created_at > limit) is young
            assert ("non_public_metrics" in post) is (young and created_at > told_since)
            assert post["public_metrics"]["impression_count"] >= 0


def test_a_look_back_of_four_weeks_asks_for_nothing_older(case_of: CaseOf) -> None:
    answers = run(case_of("x"), Entity.POSTS, datetime.now(UTC) - timedelta(days=28))
    assert all("end_time" not in one.request["params"] for one in answers)
    assert answers[-1].next_cursor is None


@pytest.mark.parametrize("entity", [Entity.ACCOUNT_METRICS])
def test_x_has_no_series(case_of: CaseOf, entity: Entity) -> None:
    case = case_of("x")
    assert entity not in case.network.collect.entities
    with pytest.raises(Rejected):
        run(case, entity)


def at(case: Case, server: Wire) -> Case:
    """The same case, at another server."""
    settings = Settings(facebook_api_url=server.url, x_api_url=server.url)
    return replace(case, network=network(case.network.key, settings))
