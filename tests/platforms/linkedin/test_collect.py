"""Numbers of pages and people, against what the sandbox's world knows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from platforms.contract import Account, Answer, Credentials, Entity
from platforms.errors import NeedsPerson, NetworkError
from platforms.message import Message
from platforms.registry import network
from tests.platforms.conftest import Case, as_account, pointed_at
from tests.platforms.linkedin.case import post_ids
from tests.platforms.wire import answer, wire

HEADERS = {"Content-Type": "application/json"}


def collected(case: Case, entity: Entity, days: float, account: Account | None = None) -> list[Answer]:
    now = case.sandbox.now()
    since = now - timedelta(days=days)
    return list(case.network.collect.collect(account or case.account, entity, since, now, None))


def test_the_page_and_its_followers(linkedin: Case) -> None:
    page, size = collected(linkedin, Entity.ACCOUNT, 1)
    assert json.loads(page.body)["localizedName"] == linkedin.account.name
    assert json.loads(size.body)["firstDegreeSize"] > 0


def test_every_listed_post_has_its_numbers(linkedin: Case) -> None:
    listed = [
        post["id"]
        for one in collected(linkedin, Entity.POSTS, 60)
        for post in json.loads(one.body)["elements"]
        if post["createdAt"] / 1000 >= (linkedin.sandbox.now() - timedelta(days=60)).timestamp()
    ]
    answers = collected(linkedin, Entity.POST_METRICS, 60)
    numbers = {one["share"]: one for a in answers for one in json.loads(a.body)["elements"]}
    assert set(numbers) == set(listed)
    assert all(one["totalShareStatistics"]["impressionCount"] >= 0 for one in numbers.values())
    assert {urn for one in answers for urn in one.request["posts"]} == set(listed)
    assert answers[-1].next_cursor is None
    assert all(one.next_cursor for one in answers[:-1])


def test_numbers_are_gone_on_with_from_a_cursor(linkedin: Case) -> None:
    answers = collected(linkedin, Entity.POST_METRICS, 150)
    now, whole = linkedin.sandbox.now(), {urn for one in answers for urn in one.request["posts"]}
    rest = linkedin.network.collect.collect(
        linkedin.account, Entity.POST_METRICS, now - timedelta(days=150), now, answers[2].next_cursor
    )
    again = {urn for one in [*answers[:3], *rest] for urn in one.request["posts"]}
    assert again >= whole


def test_one_post_without_numbers_loses_only_itself(linkedin: Case) -> None:
    urns = [f"urn:li:share:{number}" for number in range(1, 9)]
    listing = {"elements": [{"id": urn, "createdAt": 1_790_000_000_000} for urn in urns], "paging": {}}
    refused = answer(400, '{"status":400,"code":"INVALID_URN_ID","message":"no"}', **HEADERS)
    fine = answer(200, '{"elements":[]}', **HEADERS)
    # All eight, the first four, its halves: two fine; three and four, of which four is the bad one; the rest.
    acts = [answer(200, json.dumps(listing), **HEADERS), refused, refused, fine, refused, fine, refused, fine]
    with wire(*acts) as server:
        settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_api_url": server.url})
        collect = network("linkedin", settings).collect
        now = linkedin.sandbox.now()
        answers = list(collect.collect(linkedin.account, Entity.POST_METRICS, None, now, None))
        assert len(server.requests) == len(acts)
    asked = [one.request["posts"] for one in answers]
    assert asked == [urns[:2], urns[2:3], urns[3:4], urns[4:]]
    assert [one.status for one in answers] == [200, 200, 400, 200]


def test_days_are_whole_and_as_many_as_asked(linkedin: Case) -> None:
    shares, followers, views = collected(linkedin, Entity.ACCOUNT_METRICS, 10)
    for one in (shares, followers, views):
        starts = [element["timeRange"]["start"] for element in json.loads(one.body)["elements"]]
        assert len(starts) == 10, "today is not over"
        assert all(start % 86_400_000 == 0 for start in starts)


def test_days_older_than_a_year_are_not_asked_for(linkedin: Case) -> None:
    assert len(collected(linkedin, Entity.ACCOUNT_METRICS, 2_000)) == 3


def test_followers_by_what_they_are(linkedin: Case) -> None:
    (who,) = collected(linkedin, Entity.DEMOGRAPHICS, 1)
    (element,) = json.loads(who.body)["elements"]
    assert element["followerCountsByGeoCountry"]
    assert element["followerCountsBySeniority"]


def test_a_refused_statistic_loses_only_itself(linkedin: Case) -> None:
    refused = answer(403, '{"status":403,"code":"ACCESS_DENIED","message":"no"}', **HEADERS)
    fine = answer(200, '{"elements":[]}', **HEADERS)
    now = linkedin.sandbox.now()
    with wire(fine, refused, fine) as server:
        settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_api_url": server.url})
        collect = network("linkedin", settings).collect
        answers = list(collect.collect(linkedin.account, Entity.ACCOUNT_METRICS, None, now, None))
    assert [one.status for one in answers] == [200, 403, 200]
    with wire(refused) as server:
        settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_api_url": server.url})
        collect = network("linkedin", settings).collect
        with pytest.raises(NeedsPerson):
            list(collect.collect(linkedin.account, Entity.ACCOUNT_METRICS, None, now, None))


def test_a_person_has_totals_as_far_as_they_were_granted(linkedin: Case) -> None:
    remote = linkedin.network.connect.accounts(linkedin.account.credentials)[-1]
    granted = as_account(remote)
    assert len(collected(linkedin, Entity.ACCOUNT, 1, granted)) == 2
    answers = collected(linkedin, Entity.ACCOUNT_METRICS, 7, granted)
    assert [one.request["params"]["queryType"] for one in answers] == [
        *("IMPRESSION", "MEMBERS_REACHED", "RESHARE", "REACTION", "COMMENT")
    ]
    assert collected(linkedin, Entity.POSTS, 7, granted) == []
    few = replace(granted, credentials=replace(granted.credentials, scopes=frozenset({"openid", "profile"})))
    assert collected(linkedin, Entity.ACCOUNT_METRICS, 7, few) == []
    assert len(collected(linkedin, Entity.ACCOUNT, 1, few)) == 1


def test_our_own_posts_are_listed_with_the_others(linkedin: Case) -> None:
    published = linkedin.network.publish.submit(linkedin.account, Message("A word (of our own)"), {})
    assert published.external_id in post_ids(collected(linkedin, Entity.POSTS, 3))


def test_an_account_without_posts(linkedin: Case) -> None:
    with wire(answer(200, '{"elements":[],"paging":{"links":[]}}', **HEADERS)) as server:
        settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_api_url": server.url})
        collect = network("linkedin", settings).collect
        now = linkedin.sandbox.now()
        (only,) = collect.collect(linkedin.account, Entity.POSTS, None, now, None)
        assert only.next_cursor is None
        assert list(collect.collect(linkedin.account, Entity.POST_METRICS, None, now, None)) == []


def test_a_sunset_version_is_reported_and_not_taken_for_a_dead_metric(linkedin: Case) -> None:
    settings = pointed_at(linkedin.sandbox).model_copy(update={"linkedin_api_version": "202501"})
    old = network("linkedin", settings).collect
    now = linkedin.sandbox.now()
    for entity in (Entity.POSTS, Entity.ACCOUNT_METRICS, Entity.DEMOGRAPHICS):
        with pytest.raises(NeedsPerson, match="ALLIN_LINKEDIN_API_VERSION"):
            list(old.collect(linkedin.account, entity, None, now, None))


def test_a_token_without_the_scopes_is_for_a_person(linkedin: Case) -> None:
    stranger = replace(linkedin.account, credentials=Credentials("nothing"))
    with pytest.raises(NetworkError):
        collected(linkedin, Entity.POSTS, 1, stranger)
