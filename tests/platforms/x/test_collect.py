"""Collecting an X account: media, analytics of the young posts, and answers that are only partly there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from platforms.contract import Answer, Entity
from platforms.errors import NeedsPerson, RateLimited, TemporarilyRejected
from platforms.message import Kind, Message
from platforms.x.paging import ANALYTICS
from sandbox.x.credits import CREDITS
from tests.platforms.wire import answer, wire
from tests.platforms.x.case import picture, post_ids
from tests.platforms.x.conftest import Connected

NOT_SHOWN = "https://api.x.com/2/problems/not-authorized-for-field"
FORBIDDEN = {
    "title": "Client Forbidden",
    "type": "https://api.x.com/2/problems/client-forbidden",
    "reason": "client-not-enrolled",
    "detail": "When authenticating requests, you must use keys from a Project.",
    "status": 403,
}


def ids_in(answers: list[Answer]) -> list[str]:
    return [one for answer in answers for one in answer.request["params"]["ids"].split(",")]


def asked(raw: bytes) -> dict[str, str]:
    """The query of a request."""
    target = raw.split(b" ", 2)[1].decode()
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def page(*posts: dict[str, Any], **more: Any) -> str:
    meta = {"result_count": len(posts), **more.pop("meta", {})}
    return json.dumps({**({"data": posts} if posts else {}), "meta": meta, **more})


def test_media_come_with_the_posts_that_show_them(brand: Connected, folder: Path) -> None:
    published = brand.publish(Message("Shown", kind=Kind.IMAGE, media=(picture(folder, "#abc"),)))
    first = json.loads(brand.collected(Entity.POSTS)[0].body)
    [post] = [post for post in first["data"] if post["id"] == published.external_id]
    [key] = post["attachments"]["media_keys"]
    assert {"media_key": key, "type": "photo"} in first["includes"]["media"]


def test_analytics_name_every_young_post_once_and_say_what_the_listing_does_not(brand: Connected) -> None:
    now = brand.now()
    answers = brand.collected(Entity.POST_METRICS)
    young = brand.collected(Entity.POSTS, now - timedelta(days=29))
    assert ids_in(answers) == post_ids(young)
    assert [answer.next_cursor is None for answer in answers] == [False] * (len(answers) - 1) + [True]
    for one in answers:
        assert one.entity is Entity.POST_METRICS
        for post in json.loads(one.body)["data"]:
            [bucket] = post["timestamped_metrics"]
            assert {"detail_expands", "media_views", "follows"} <= set(bucket["metrics"])
    seen = {
        post["id"]: post["timestamped_metrics"][0]["metrics"]["impressions"]
        for one in answers
        for post in json.loads(one.body)["data"]
    }
    for post in (post for one in young for post in json.loads(one.body).get("data", [])):
        assert seen[post["id"]] <= post["public_metrics"]["impression_count"]


def test_analytics_are_bounded_and_gone_on_from_a_cursor(brand: Connected) -> None:
    since = brand.now() - timedelta(days=3)
    few = brand.collected(Entity.POST_METRICS, since)
    assert ids_in(few) == post_ids(brand.collected(Entity.POSTS, since))
    two_pages = [
        page({"id": "2", "created_at": "2026-11-21T10:00:00.000Z"}, meta={"next_token": "n"}),
        page({"id": "1", "created_at": "2026-11-21T09:00:00.000Z"}),
    ]
    with wire(*(answer(200, body) for body in (*two_pages, "{}", "{}"))) as server:
        first, second = brand.at(server.url).collected(Entity.POST_METRICS)
    assert (ids_in([first]), ids_in([second])) == (["2"], ["1"])
    assert first.next_cursor
    assert second.next_cursor is None
    with wire(answer(200, two_pages[1]), answer(200, "{}")) as server:
        [rest] = brand.at(server.url).collected(Entity.POST_METRICS, cursor=first.next_cursor)
        assert asked(server.requests[0])["pagination_token"] == "n"
    assert ids_in([rest]) == ["1"]


def test_an_account_without_posts(brand: Connected) -> None:
    with wire(answer(200, page())) as server:
        empty = brand.at(server.url)
        assert empty.collected(Entity.POST_METRICS) == []
        answers = empty.collected(Entity.POSTS)
    assert post_ids(answers) == []
    assert answers[-1].next_cursor is None


def test_analytics_an_app_may_not_have_cost_nothing_else(brand: Connected) -> None:
    posts = page({"id": "2", "created_at": "2026-11-21T10:00:00.000Z"}, meta={"next_token": "n"})
    more = page({"id": "1", "created_at": "2026-11-21T09:00:00.000Z"})
    refused = answer(403, json.dumps(FORBIDDEN))
    with wire(answer(200, posts), answer(200, more), refused) as server:
        [told] = brand.at(server.url).collected(Entity.POST_METRICS)
    assert told.status == 403
    assert told.next_cursor is None


def test_analytics_that_are_partly_there_are_kept_as_they_came(brand: Connected) -> None:
    known = post_ids(brand.collected(Entity.POSTS, brand.now() - timedelta(days=2)))[0]
    headers = {"Authorization": f"Bearer {brand.account.credentials.access_token}"}
    params = {
        "ids": f"{known},1",
        "start_time": "2026-01-01T00:00:00Z",
        "end_time": brand.now().isoformat(),
        "analytics.fields": ANALYTICS,
    }
    told = brand.server.client.get("/x/2/tweets/analytics", params=params, headers=headers)
    assert told.status_code == 200
    assert [post["id"] for post in told.json()["data"]] == [known]
    assert [error["resource_id"] for error in told.json()["errors"]] == ["1"]


def test_private_numbers_that_x_keeps_back_cost_no_post(brand: Connected) -> None:
    shown = {"id": "2", "created_at": "2026-11-21T10:00:00.000Z", "text": "Seen"}
    kept_back = {"id": "1", "created_at": "2026-11-21T09:00:00.000Z", "text": "Kept back"}
    error = {"type": NOT_SHOWN, "title": "Field Authorization Error", "detail": "no", "resource_id": "1"}
    bodies = [page(shown, errors=[error]), page(shown, kept_back), page()]
    with wire(*(answer(200, body) for body in bodies)) as server:
        first, last = brand.at(server.url).collected(Entity.POSTS)
        fields = [asked(raw)["tweet.fields"] for raw in server.requests]
    assert post_ids([first]) == ["2", "1"]
    assert ["non_public_metrics" in names for names in fields] == [True, False, False]
    assert "non_public_metrics" not in first.request["params"]["tweet.fields"]
    assert last.next_cursor is None


def test_a_list_that_does_not_go_on_is_no_endless_loop(brand: Connected) -> None:
    body = page({"id": "1", "created_at": "2026-11-21T09:00:00.000Z"}, meta={"next_token": "same"})
    with wire(answer(200, body)) as server:
        for entity in (Entity.POSTS, Entity.POST_METRICS):
            with pytest.raises(TemporarilyRejected):
                brand.at(server.url).collected(entity)
    assert len(server.requests) <= 6


def test_both_families_of_names_are_read(brand: Connected) -> None:
    created = datetime(2026, 11, 21, 10, tzinfo=UTC)
    whole = "A long post " * 40
    post = {
        "id": "5",
        "text": whole[:270] + "…",
        "note_post": {"text": whole},
        "created_at": created.isoformat(),
        "edit_history_post_ids": ["5"],
    }
    with wire(answer(200, page(post))) as server:
        found = brand.at(server.url).network.publish.find(brand.account, Message(whole.strip()), created, {})
    assert found.post
    assert found.post.external_id == "5"


@pytest.mark.parametrize("entity", [Entity.ACCOUNT, Entity.POSTS, Entity.POST_METRICS])
def test_without_credit_collecting_waits_for_a_person(brand: Connected, entity: Entity) -> None:
    CREDITS.left = 0.0
    with pytest.raises(NeedsPerson, match="credit"):
        brand.collected(entity)


def test_a_used_up_window_names_its_end(connect: Callable[[int], Connected]) -> None:
    brand = connect(2)
    brand.fault("GET /2/users/{id}/tweets", "429")
    with pytest.raises(RateLimited) as caught:
        brand.collected(Entity.POSTS)
    assert caught.value.until > datetime.now(UTC)
