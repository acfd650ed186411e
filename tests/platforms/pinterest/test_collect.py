"""Numbers of an account and its pins, against what the sandbox's world knows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from platforms.contract import Answer, Entity
from platforms.errors import TemporarilyRejected
from platforms.registry import network
from tests.platforms.conftest import Case, pointed_at
from tests.platforms.wire import answer, wire

EMPTY = '{"items": [], "bookmark": null}'


def fine(body: str) -> Any:
    return answer(200, body, Content_Type="application/json")


def collected(case: Case, entity: Entity, days: float) -> list[Answer]:
    now = case.sandbox.now()
    return list(case.network.collect.collect(case.account, entity, now - timedelta(days=days), now, None))


def pins(*ids: int) -> str:
    items = [
        {"id": str(one), "created_at": "2026-11-01T10:00:00", "media": {"media_type": "image"}} for one in ids
    ]
    return json.dumps({"items": items, "bookmark": None})


def test_the_account_and_its_followers(pinterest: Case) -> None:
    (only,) = collected(pinterest, Entity.ACCOUNT, 1)
    document = json.loads(only.body)
    assert document["id"] == pinterest.account.external_id
    assert document["follower_count"] > 0


def test_pins_carry_their_totals(pinterest: Case) -> None:
    first = json.loads(collected(pinterest, Entity.POSTS, 30)[0].body)["items"][0]
    assert set(first["pin_metrics"]["lifetime_metrics"]) >= {"impression", "save", "reaction"}


def test_every_young_pin_has_its_days_and_videos_their_own(pinterest: Case) -> None:
    since = (pinterest.sandbox.now() - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%S")
    listed = [
        pin
        for one in collected(pinterest, Entity.POSTS, 40)
        for pin in json.loads(one.body)["items"]
        if pin["created_at"] >= since
    ]
    answers = collected(pinterest, Entity.POST_METRICS, 40)
    numbers = {pin: told["all"] for one in answers for pin, told in json.loads(one.body).items()}
    assert set(numbers) == {pin["id"] for pin in listed}
    video = next(pin["id"] for pin in listed if pin["media"]["media_type"] == "video")
    # The oldest: it has days of every standing, whatever was pinned a moment ago.
    image = next(pin["id"] for pin in reversed(listed) if pin["media"]["media_type"] == "image")
    assert "VIDEO_MRC_VIEW" in numbers[video]["summary_metrics"]
    assert "VIDEO_MRC_VIEW" not in numbers[image]["summary_metrics"]
    states = {day["data_status"] for day in numbers[image]["daily_metrics"]}
    assert states >= {"PROCESSING", "ESTIMATE", "READY", "BEFORE_PIN_CREATED"}


def test_days_beyond_the_90_are_not_asked_for(pinterest: Case) -> None:
    (only,) = collected(pinterest, Entity.ACCOUNT_METRICS, 2_000)
    daily = json.loads(only.body)["all"]["daily_metrics"]
    assert len(daily) == 90
    assert daily[-1]["data_status"] == "PROCESSING"
    assert (
        len(json.loads(collected(pinterest, Entity.ACCOUNT_METRICS, 3)[0].body)["all"]["daily_metrics"]) == 4
    )


def test_one_pin_that_is_gone_loses_only_itself(pinterest: Case) -> None:
    gone = answer(404, '{"code": 50, "message": "Pin not found."}', Content_Type="application/json")
    numbers = fine('{"1": {"all": {}}}')
    # All four; 1 and 2 are fine; 3 and 4 are not: 3 is gone, 4 is fine.
    acts = [fine(pins(1, 2, 3, 4)), gone, numbers, gone, gone, numbers]
    with wire(*acts) as server:
        settings = pointed_at(pinterest.sandbox).model_copy(update={"pinterest_api_url": server.url})
        collect = network("pinterest", settings).collect
        now = pinterest.sandbox.now()
        answers = list(collect.collect(pinterest.account, Entity.POST_METRICS, None, now, None))
        assert len(server.requests) == len(acts)
        assert b"GET /v5/pins/3/analytics?" in server.requests[4]
    assert [one.request["posts"] for one in answers] == [["1", "2"], ["3"], ["4"]]
    assert [one.status for one in answers] == [200, 404, 200]


def test_an_app_that_may_not_ask_for_pins_asks_once(pinterest: Case) -> None:
    refused = answer(403, '{"code": 29, "message": "no"}', Content_Type="application/json")
    with wire(fine(pins(1, 2, 3, 4)), refused) as server:
        settings = pointed_at(pinterest.sandbox).model_copy(update={"pinterest_api_url": server.url})
        collect = network("pinterest", settings).collect
        now = pinterest.sandbox.now()
        (only,) = collect.collect(pinterest.account, Entity.POST_METRICS, None, now, None)
        assert only.status == 403
        assert len(server.requests) == 2


def test_an_account_without_pins(pinterest: Case) -> None:
    with wire(fine(EMPTY)) as server:
        settings = pointed_at(pinterest.sandbox).model_copy(update={"pinterest_api_url": server.url})
        collect = network("pinterest", settings).collect
        now = pinterest.sandbox.now()
        (only,) = collect.collect(pinterest.account, Entity.POSTS, None, now, None)
        assert only.next_cursor is None
        assert list(collect.collect(pinterest.account, Entity.POST_METRICS, None, now, None)) == []


def test_a_list_that_does_not_go_on_is_not_followed_for_ever(pinterest: Case) -> None:
    with wire(fine('{"items": [], "bookmark": "same"}')) as server:
        settings = pointed_at(pinterest.sandbox).model_copy(update={"pinterest_api_url": server.url})
        collect = network("pinterest", settings).collect
        with pytest.raises(TemporarilyRejected):
            list(collect.collect(pinterest.account, Entity.POSTS, None, pinterest.sandbox.now(), None))
        assert len(server.requests) == 2
