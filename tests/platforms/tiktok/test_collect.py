"""Collecting a TikTok account: to the end, from a cursor, and without what a scope would refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from platforms.contract import Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.registry import network
from tests.platforms.conftest import Case, pointed_at
from tests.platforms.tiktok.case import post_ids
from tests.platforms.wire import answer, wire

OK = '"error": {"code": "ok", "message": "", "log_id": "1"}'


def posts(case: Case, since: datetime | None = None, cursor: str | None = None) -> list[Answer]:
    now = case.sandbox.now()
    return list(case.network.collect.collect(case.account, Entity.POSTS, since, now, cursor))


def times(answers: list[Answer]) -> list[int]:
    found = [json.loads(answer.body)["data"]["videos"] for answer in answers]
    return [video["create_time"] for videos in found for video in videos]


def test_newest_first_and_only_so_far_back_as_wanted(tiktok: Case) -> None:
    since = tiktok.sandbox.now() - timedelta(days=20)
    everything, recent = posts(tiktok), posts(tiktok, since)
    assert times(everything) == sorted(times(everything), reverse=True)
    wanted = [at for at in times(everything) if at >= since.timestamp()]
    assert times(recent)[: len(wanted)] == wanted
    assert len(times(recent)) - len(wanted) < 20, "at most one page too much"


def test_every_page_is_where_to_go_on(tiktok: Case) -> None:
    everything = posts(tiktok)
    middle = everything[2].next_cursor
    assert post_ids(everything[:3] + posts(tiktok, cursor=middle)) == post_ids(everything)


def test_a_list_that_does_not_go_on_is_no_endless_loop(tiktok: Case) -> None:
    body = '{"data": {"videos": [], "cursor": 5, "has_more": true}, ' + OK + "}"
    with wire(answer(200, body)) as server:
        settings = pointed_at(tiktok.sandbox).model_copy(update={"tiktok_api_url": server.url})
        collector = network("tiktok", settings).collect
        with pytest.raises(TemporarilyRejected):
            list(collector.collect(tiktok.account, Entity.POSTS, None, datetime.now(UTC), None))
        assert len(server.requests) == 2


def test_an_account_without_videos(tiktok: Case) -> None:
    with wire(answer(200, '{"data": {"videos": [], "cursor": 0, "has_more": false}, ' + OK + "}")) as server:
        settings = pointed_at(tiktok.sandbox).model_copy(update={"tiktok_api_url": server.url})
        collector = network("tiktok", settings).collect
        (told,) = collector.collect(tiktok.account, Entity.POSTS, None, datetime.now(UTC), None)
    assert post_ids([told]) == []
    assert told.next_cursor is None


def test_tiktok_has_no_series(tiktok: Case) -> None:
    for entity in (Entity.POST_METRICS, Entity.ACCOUNT_METRICS, Entity.DEMOGRAPHICS):
        with pytest.raises(Rejected):
            list(tiktok.network.collect.collect(tiktok.account, entity, None, datetime.now(UTC), None))
