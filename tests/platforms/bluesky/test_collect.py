"""Reading Bluesky: the account, its posts to the end, and what stands among them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.bluesky.collect import BlueskyCollector
from platforms.bluesky.hosts import Hosts
from platforms.contract import Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from tests.platforms.conftest import Case
from tests.platforms.wire import answer, wire

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def entry(day: int, **more: Any) -> dict[str, Any]:
    moment = f"2026-11-{day:02d}T10:00:00.000Z"
    post = {"uri": f"at://did:plc:a/app.bsky.feed.post/{day}", "indexedAt": moment}
    return {"post": {**post, "record": {"createdAt": moment}, **more.pop("post", {})}, **more}


def page(*entries: dict[str, Any], cursor: str | None = None) -> str:
    return json.dumps({"feed": list(entries), **({"cursor": cursor} if cursor else {})})


def collected(case: Case, *pages: str, since: datetime | None = None) -> tuple[list[Answer], int]:
    """The answers, and how many requests they took."""
    with wire(*(answer(200, body) for body in pages)) as server:
        collector = BlueskyCollector(Hosts(server.url))
        answers = list(collector.collect(case.account, Entity.POSTS, since, NOW, None))
        return answers, len(server.requests)


def test_the_account_has_its_followers(bluesky: Case) -> None:
    (found,) = bluesky.network.collect.collect(bluesky.account, Entity.ACCOUNT, None, NOW, None)
    profile = json.loads(found.body)
    assert profile["did"] == bluesky.account.external_id
    assert profile["followersCount"] > 0
    assert found.next_cursor is None


def test_every_post_carries_its_numbers(bluesky: Case) -> None:
    since = bluesky.sandbox.now() - timedelta(days=20)
    answers = bluesky.network.collect.collect(bluesky.account, Entity.POSTS, since, NOW, None)
    posts = [item["post"] for found in answers for item in json.loads(found.body)["feed"]]
    names = {"likeCount", "repostCount", "replyCount", "quoteCount", "bookmarkCount"}
    assert posts
    assert all(names <= set(post) for post in posts)


def test_an_empty_account_is_one_empty_answer(bluesky: Case) -> None:
    answers, requests = collected(bluesky, page())
    assert (len(answers), requests, answers[0].next_cursor) == (1, 1, None)


def test_it_stops_at_the_page_that_is_older(bluesky: Case) -> None:
    pages = page(entry(20), entry(19), cursor="a"), page(entry(18), entry(10), cursor="b"), page(entry(9))
    answers, requests = collected(bluesky, *pages, since=NOW - timedelta(days=5))
    assert requests == 2
    assert [found.next_cursor for found in answers] == ["a", None]


def test_a_repost_stands_where_it_was_made(bluesky: Case) -> None:
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": "2026-11-20T10:00:00.000Z"}
    old_post = entry(1, reason=reason)
    pages = page(entry(21), old_post, cursor="a"), page(entry(19))
    _, requests = collected(bluesky, *pages, since=NOW - timedelta(days=5))
    assert requests == 2, "an old post that was reposted today is no reason to stop"


def test_a_post_that_says_it_is_old_stands_among_the_old_ones(bluesky: Case) -> None:
    imported = entry(20, post={"record": {"createdAt": "2019-01-01T00:00:00Z"}})
    odd = entry(20, post={"record": {"createdAt": "yesterday"}})
    _, requests = collected(bluesky, page(imported, cursor="a"), page(), since=NOW - timedelta(days=5))
    assert requests == 1
    _, requests = collected(bluesky, page(odd, cursor="a"), page(), since=NOW - timedelta(days=5))
    assert requests == 2


def test_a_list_that_does_not_go_on_is_not_followed_for_ever(bluesky: Case) -> None:
    with pytest.raises(TemporarilyRejected):
        collected(bluesky, page(entry(20), cursor="a"))


@pytest.mark.parametrize("entity", [Entity.POST_METRICS, Entity.ACCOUNT_METRICS, Entity.DEMOGRAPHICS])
def test_what_bluesky_does_not_have_is_never_asked_for(bluesky: Case, entity: Entity) -> None:
    with pytest.raises(Rejected):
        list(bluesky.network.collect.collect(bluesky.account, entity, None, NOW, None))
