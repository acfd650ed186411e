"""Reading Mastodon: the account, its posts by the Link header, and servers that lead astray."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from platforms.contract import Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.mastodon.collect import MastodonCollector
from platforms.mastodon.instances import Instances
from tests.platforms.conftest import Case
from tests.platforms.wire import Act, answer, wire

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def page(*days: int, link: str = "") -> Act:
    listed = [{"id": str(day), "created_at": f"2026-11-{day:02d}T10:00:00.000Z"} for day in days]
    return answer(200, json.dumps(listed), **({"Link": link} if link else {}))


def following(max_id: str, host: str = "https://toot.example") -> str:
    path = "/api/v1/accounts/1/statuses"
    return f'<{host}{path}?max_id={max_id}>; rel="next", <{host}{path}?min_id=9>; rel="prev"'


def collected(case: Case, *pages: Act, since: datetime | None = None) -> tuple[list[Answer], list[bytes]]:
    with wire(*pages) as server:
        collector = MastodonCollector(Instances(server.url))
        return list(collector.collect(case.account, Entity.POSTS, since, NOW, None)), server.requests


def test_the_account_has_its_followers(mastodon: Case) -> None:
    (found,) = mastodon.network.collect.collect(mastodon.account, Entity.ACCOUNT, None, NOW, None)
    assert json.loads(found.body)["followers_count"] > 0
    assert found.next_cursor is None


def test_every_post_carries_its_numbers(mastodon: Case) -> None:
    since = mastodon.sandbox.now() - timedelta(days=20)
    answers = mastodon.network.collect.collect(mastodon.account, Entity.POSTS, since, NOW, None)
    posts = [post for found in answers for post in json.loads(found.body)]
    names = {"favourites_count", "reblogs_count", "replies_count", "quotes_count"}
    assert posts
    assert all(names <= set(post) for post in posts)


def test_an_empty_account_is_one_empty_answer(mastodon: Case) -> None:
    answers, requests = collected(mastodon, page())
    assert (len(answers), len(requests), answers[0].next_cursor) == (1, 1, None)


def test_it_stops_at_the_page_that_is_older(mastodon: Case) -> None:
    pages = page(20, 19, link=following("19")), page(18, 10, link=following("10")), page(9)
    answers, requests = collected(mastodon, *pages, since=NOW - timedelta(days=5))
    assert len(requests) == 2
    assert [found.next_cursor for found in answers] == ["19", None]


def test_only_the_id_of_a_link_is_taken(mastodon: Case) -> None:
    pages = page(20, link=following("20", "http://169.254.169.254")), page(19)
    answers, requests = collected(mastodon, *pages)
    assert len(answers) == 2
    assert b"max_id=20" in requests[1].split(b"\r\n")[0]


@pytest.mark.parametrize(
    "link", ["", "nonsense", '<https://a.example/?max_id=1>; rel="prev"', "<>; rel=next"]
)
def test_a_header_without_a_way_on_is_the_end(mastodon: Case, link: str) -> None:
    answers, requests = collected(mastodon, page(20, link=link))
    assert (len(answers), len(requests)) == (1, 1)


def test_a_list_that_does_not_go_on_is_not_followed_for_ever(mastodon: Case) -> None:
    with pytest.raises(TemporarilyRejected):
        collected(mastodon, page(20, link=following("20")))


@pytest.mark.parametrize("entity", [Entity.POST_METRICS, Entity.ACCOUNT_METRICS, Entity.DEMOGRAPHICS])
def test_what_mastodon_does_not_have_is_never_asked_for(mastodon: Case, entity: Entity) -> None:
    with pytest.raises(Rejected):
        list(mastodon.network.collect.collect(mastodon.account, entity, None, NOW, None))
