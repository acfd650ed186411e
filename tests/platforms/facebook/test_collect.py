"""Collecting a page: reels beside the posts, reels' numbers, who follows, and what Meta has dropped."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Answer, Entity
from platforms.errors import NeedsPerson, TemporarilyRejected
from platforms.facebook import paging
from platforms.message import Kind, Message
from platforms.meta.positions import as_cursor
from tests.platforms.facebook import case
from tests.platforms.facebook.conftest import PROCESSED_S, Page


def run(page: Page, entity: Entity, since: datetime | None = None, cursor: str | None = None) -> list[Answer]:
    now = datetime.fromisoformat(page.server.get("/_sandbox/clock").json()["now"])
    return list(page.network.collect.collect(page.account, entity, since, now, cursor))


@pytest.fixture
def reels(fresh: Page, tmp_path: Path) -> list[str]:
    """Three reels that are public, newest first."""
    published = []
    for number in range(3):
        media = (case.movie(tmp_path, size=2_000),)
        published.append(fresh.publish(Message(f"reel {number}", kind=Kind.REEL, media=media)).external_id)
        fresh.server.advance(PROCESSED_S)
    return published[::-1]


def test_the_reels_come_after_the_posts(fresh: Page, reels: list[str]) -> None:
    answers = run(fresh, Entity.POSTS)
    found = case.post_ids(answers)
    assert found[-3:] == reels
    assert len(found) == len(set(found)) > 10
    last = json.loads(answers[-1].body)["data"][0]
    assert last["description"] == "reel 2"
    assert last["likes"]["summary"]["total_count"] >= 0
    assert answers[-1].next_cursor is None
    for number, answer in enumerate(answers[:-1]):
        rest = run(fresh, Entity.POSTS, cursor=answer.next_cursor)
        assert [one.request for one in rest] == [one.request for one in answers[number + 1 :]]


def test_reels_are_bounded_by_since(fresh: Page, reels: list[str]) -> None:
    now = datetime.fromisoformat(fresh.server.get("/_sandbox/clock").json()["now"])
    recent = run(fresh, Entity.POSTS, now - timedelta(seconds=PROCESSED_S))
    assert case.post_ids(recent) == reels[:1]


def test_each_reel_has_its_numbers(fresh: Page, reels: list[str]) -> None:
    fresh.server.advance(86_400)
    answers = run(fresh, Entity.POST_METRICS)
    assert [answer.request["posts"] for answer in answers] == [[reel] for reel in reels]
    for answer in answers:
        names = {series["name"] for series in json.loads(answer.body)["data"]}
        assert names == set(paging.REEL_METRICS)
    for number, answer in enumerate(answers[:-1]):
        rest = run(fresh, Entity.POST_METRICS, cursor=answer.next_cursor)
        assert [one.request for one in rest] == [one.request for one in answers[number + 1 :]]
    assert answers[-1].next_cursor is None


def test_a_dead_metric_of_reels_never_loses_the_others(
    fresh: Page, reels: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = paging.ReelsPosition(None, metrics=("post_impressions_unique", "blue_reels_play_count"))
    answers = run(fresh, Entity.POST_METRICS, cursor=as_cursor(first))
    assert len(answers) == len(reels)
    for answer in answers:
        assert answer.status == 200
        assert answer.request["params"]["metric"] == "blue_reels_play_count"
        assert "post_impressions" not in str(answer.next_cursor)
    monkeypatch.setattr(paging, "REELS_PER_PAGE", 2)
    none = paging.ReelsPosition(None, metrics=("post_impressions_unique",))
    assert [one.status for one in run(fresh, Entity.POST_METRICS, cursor=as_cursor(none))] == [400] * 3


def test_reels_are_asked_page_by_page(fresh: Page, reels: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "REELS_PER_PAGE", 1)
    answers = run(fresh, Entity.POST_METRICS)
    assert [answer.request["posts"] for answer in answers] == [[reel] for reel in reels]
    rest = run(fresh, Entity.POST_METRICS, cursor=answers[0].next_cursor)
    assert [one.request for one in rest] == [one.request for one in answers[1:]]


def test_a_page_without_reels_has_no_numbers_of_them(page: Page) -> None:
    other = page.server.brands[1]["facebook"]
    [remote] = [
        one for one in page.connector.accounts(case.credentials(other)) if one.external_id == other["page_id"]
    ]
    account = type(page.account)("b", "o", "facebook", remote.external_id, remote.name, remote.credentials)
    collected = page.network.collect.collect(account, Entity.POST_METRICS, None, datetime.now(UTC), None)
    [answer] = collected
    assert (answer.request["posts"], answer.next_cursor) == ([], None)


def test_who_follows_is_known_by_country_and_city(page: Page) -> None:
    country, city = run(page, Entity.DEMOGRAPHICS)
    followers = page.documents(Entity.ACCOUNT)[0]["followers_count"]
    for answer, key in ((country, "DE"), (city, "Hamburg, Germany")):
        [series] = json.loads(answer.body)["data"]
        value = series["values"][-1]["value"]
        assert 0 < value[key] < followers
    assert country.next_cursor
    [again] = run(page, Entity.DEMOGRAPHICS, cursor=country.next_cursor)
    assert again.request["params"]["metric"] == city.request["params"]["metric"]
    assert city.next_cursor is None


def test_a_breakdown_that_is_gone_does_not_lose_the_other(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platforms.facebook.collect.DEMOGRAPHICS", ("page_fans_country", "page_follows_city"))
    assert [answer.status for answer in run(page, Entity.DEMOGRAPHICS)] == [400, 200]


def test_nothing_dead_is_asked_for(page: Page) -> None:
    for entity in page.network.collect.entities:
        for answer in run(page, entity, datetime.now(UTC) - timedelta(days=10)):
            assert "impressions" not in str(answer.request)
            assert "page_fans" not in str(answer.request)


def test_a_missing_permission_needs_a_person(fresh: Page) -> None:
    fresh.role("CREATE_CONTENT")
    with pytest.raises(NeedsPerson):
        run(fresh, Entity.ACCOUNT_METRICS)
    assert run(fresh, Entity.POSTS), "the posts' own list needs no such permission"


@pytest.mark.usefixtures("impatient")
def test_a_blip_amid_the_reels_is_gone_on_from(fresh: Page, reels: list[str]) -> None:
    now = datetime.now(UTC)
    metrics = fresh.network.collect.collect(fresh.account, Entity.POST_METRICS, None, now, None)
    first = next(metrics)
    fresh.fault("GET /{video}/video_insights", "drop_before_accept", times=50)
    with pytest.raises(TemporarilyRejected):
        next(metrics)
    fresh.clear()
    rest = run(fresh, Entity.POST_METRICS, cursor=first.next_cursor)
    found: list[Any] = [first.request["posts"], *(one.request["posts"] for one in rest)]
    assert found == [[reel] for reel in reels]


def test_no_token_is_kept_with_an_answer(fresh: Page, reels: list[str]) -> None:
    assert reels
    token = fresh.account.credentials.access_token
    for entity in fresh.network.collect.entities:
        for answer in run(fresh, entity):
            assert token not in f"{answer!r}{answer.body}{json.dumps(dict(answer.request))}"
