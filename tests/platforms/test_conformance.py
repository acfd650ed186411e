"""What holds for every network: connecting, publishing, finding again, collecting. Against the sandbox."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.contract import Account, Answer, Credentials, Entity, Finding, Message
from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    TemporarilyRejected,
    TokenRefused,
)
from tests.platforms.conftest import Case

NOW = datetime.now(UTC)
LINK = "https://example.com/offers?id=7&from=a"


def a_text() -> str:
    return f"Fresh out of the oven, <b> & all: {uuid.uuid4().hex} 🥐"


def posts_in(answers: list[Answer]) -> list[dict[str, Any]]:
    return [post for answer in answers for post in json.loads(answer.body).get("data", [])]


def collected(
    case: Case, entity: Entity, since: datetime | None = None, cursor: str | None = None
) -> list[Answer]:
    return list(case.network.collect.collect(case.account, entity, since, datetime.now(UTC), cursor))


# ---------------------------------------------------------------- connecting
def test_connecting_names_the_account(case: Case) -> None:
    brand = case.sandbox.brand
    wanted = brand["facebook"]["page_id"] if case.network.key == "facebook" else brand["x"]["user_id"]
    assert case.account.external_id == wanted
    assert case.account.network == case.network.key
    assert case.account.name


@pytest.mark.parametrize("entity", [Entity.ACCOUNT, Entity.POSTS])
def test_a_dead_token_is_told_apart(case: Case, entity: Entity) -> None:
    dead = replace(case.account, credentials=Credentials("EAAG" + "0" * 60))
    with pytest.raises((NeedsReconnect, TokenRefused)):
        list(case.network.collect.collect(dead, entity, None, NOW, None))
    with pytest.raises((NeedsReconnect, TokenRefused)):
        case.network.publish.submit(dead, Message(a_text()), {})


# ---------------------------------------------------------------- publishing
@pytest.mark.parametrize("link", [None, LINK])
def test_published_once_and_confirmed(case: Case, link: str | None) -> None:
    message, sent_at = Message(a_text(), link), datetime.now(UTC)
    assert case.network.publish.check(message) == []
    prepared = case.network.publish.prepare(case.account, message, {})
    published = case.network.publish.submit(case.account, message, prepared)
    accepted = case.sandbox.accepted(message.text)
    assert [post["id"] for post in accepted] == [published.external_id]
    assert accepted[0]["account"] == case.account.external_id
    confirmed = case.network.publish.confirm(case.account, published.external_id)
    assert confirmed.external_id == published.external_id
    assert confirmed.permalink
    assert confirmed.published_at
    assert abs(confirmed.published_at - sent_at) < timedelta(seconds=5)


def test_the_same_again_is_a_duplicate(case: Case) -> None:
    message = Message(a_text())
    case.network.publish.submit(case.account, message, {})
    with pytest.raises(Duplicate):
        case.network.publish.submit(case.account, message, {})
    assert len(case.sandbox.accepted(message.text)) == 1


@pytest.mark.parametrize("kind", ["accept_then_drop", "accept_then_5xx", "malformed", "truncated"])
@pytest.mark.parametrize("link", [None, LINK])
def test_a_lost_answer_is_ambiguous_and_the_post_is_found(case: Case, kind: str, link: str | None) -> None:
    message, sent_at = Message(a_text(), link), datetime.now(UTC)
    case.sandbox.fault(case.network.key, case.publish_endpoint, kind)
    with pytest.raises(Ambiguous):
        case.network.publish.submit(case.account, message, {})
    accepted = case.sandbox.accepted(message.text)
    found = case.network.publish.find(case.account, message, sent_at)
    if not accepted:  # this fault answers without accepting
        assert found.finding is Finding.ABSENT
        return
    assert found.finding is Finding.FOUND
    assert found.post
    assert found.post.external_id == accepted[0]["id"]
    assert len(accepted) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Fresh bread every day: bakery.nl",
        "padaria.com.br, shop.com.au/sale?x=1 and Studio.XYZ.",
        "(harbor.coffee) opens; write to hello@harbor.coffee",
        "焼きたてはbakery.nlで",
        "See https://example.com/a/ and bakery.nl/ or 2.50 EUR, e.g. now...then",
    ],
)
def test_a_bare_domain_is_found_again(case: Case, words: str) -> None:
    message, sent_at = Message(f"{words}\n{uuid.uuid4().hex}", LINK), datetime.now(UTC)
    case.sandbox.fault(case.network.key, case.publish_endpoint, "accept_then_drop")
    with pytest.raises(Ambiguous):
        case.network.publish.submit(case.account, message, {})
    found = case.network.publish.find(case.account, message, sent_at)
    assert found.finding is Finding.FOUND
    assert found.post
    assert [post["id"] for post in case.sandbox.accepted(message.text)] == [found.post.external_id]


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx"])
def test_a_write_that_never_arrived_is_absent(case: Case, kind: str) -> None:
    message, sent_at = Message(a_text(), LINK), datetime.now(UTC)
    case.sandbox.fault(case.network.key, case.publish_endpoint, kind)
    with pytest.raises(Ambiguous):
        case.network.publish.submit(case.account, message, {})
    assert case.sandbox.hits() == 1, "a write is never repeated"
    assert case.sandbox.accepted(message.text) == []
    assert case.network.publish.find(case.account, message, sent_at).finding is Finding.ABSENT


def test_a_throttled_write_was_not_written(case: Case) -> None:
    message = Message(a_text())
    case.sandbox.fault(case.network.key, case.publish_endpoint, "429")
    with pytest.raises(RateLimited) as caught:
        case.network.publish.submit(case.account, message, {})
    assert caught.value.until > datetime.now(UTC)
    assert case.sandbox.accepted(message.text) == []


def test_other_posts_are_not_taken_for_ours(case: Case) -> None:
    message, sent_at = Message(a_text(), LINK), datetime.now(UTC)
    case.network.publish.submit(case.account, Message(message.text + " (second)", LINK), {})
    assert case.network.publish.find(case.account, message, sent_at).finding is Finding.ABSENT
    # The same words with another link may be ours with its address rewritten: nobody can tell.
    case.network.publish.submit(case.account, Message(message.text, "https://example.com/other"), {})
    assert case.network.publish.find(case.account, message, sent_at).finding is Finding.CANNOT_TELL


@pytest.mark.parametrize(
    "message",
    [
        Message(""),
        Message(" \u200b\n"),
        Message("broken \ud800"),
        Message("a" * 70_000),
        Message("a", "example.com"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(case: Case, message: Message) -> None:
    assert case.network.publish.check(message)


# ---------------------------------------------------------------- collecting
def test_paging_reaches_the_end_without_doubles(case: Case) -> None:
    answers = collected(case, Entity.POSTS)
    posts = posts_in(answers)
    ids = [post["id"] for post in posts]
    assert len(answers) > 2
    assert len(ids) == len(set(ids)) > 200
    created = [post.get("created_time") or post["created_at"] for post in posts]
    assert created == sorted(created, reverse=True)
    assert [answer.next_cursor is None for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert all(answer.status == 200 for answer in answers)


def test_a_failing_page_keeps_the_others_and_is_gone_on_from(case: Case) -> None:
    whole = {post["id"] for post in posts_in(collected(case, Entity.POSTS))}
    pages = case.network.collect.collect(case.account, Entity.POSTS, None, NOW, None)
    first = [next(pages), next(pages)]
    case.sandbox.fault(case.network.key, case.posts_endpoint, "drop_before_accept", times=50)
    with pytest.raises(TemporarilyRejected):
        next(pages)
    assert case.sandbox.hits() == 4, "a read is repeated, but not for ever"
    case.sandbox.clear_faults()
    rest = collected(case, Entity.POSTS, cursor=first[-1].next_cursor)
    ids = [post["id"] for post in posts_in(first + rest)]
    assert len(ids) == len(set(ids))
    assert set(ids) == whole


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx", "malformed", "truncated"])
def test_a_read_survives_a_blip(case: Case, kind: str) -> None:
    case.sandbox.fault(case.network.key, case.posts_endpoint, kind)
    answers = collected(case, Entity.POSTS, since=datetime.now(UTC) - timedelta(days=7))
    assert case.sandbox.hits() == 1
    assert posts_in(answers)


def test_since_bounds_the_posts(case: Case) -> None:
    since = datetime.now(UTC) - timedelta(days=45)
    everything = posts_in(collected(case, Entity.POSTS))
    recent = posts_in(collected(case, Entity.POSTS, since))

    def created(post: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(post.get("created_time") or post["created_at"])

    wanted = [post["id"] for post in everything if created(post) >= since]
    assert [post["id"] for post in recent] == wanted
    assert 0 < len(wanted) < len(everything)


def test_the_account_itself(case: Case) -> None:
    (answer,) = collected(case, Entity.ACCOUNT)
    body = json.loads(answer.body)
    followers = body.get("followers_count") or body["data"]["public_metrics"]["followers_count"]
    assert followers > 0
    assert answer.next_cursor is None


# ---------------------------------------------------------------- secrets
def test_no_token_gets_out(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = case.account.credentials.access_token
    errors = provoked(case)
    assert len(errors) >= 3
    answers = [a for entity in case.network.collect.entities for a in collected(case, entity)]
    answers_text = "".join(f"{answer!r}{answer.body}{json.dumps(dict(answer.request))}" for answer in answers)
    for text in (answers_text, caplog.text, *map(repr, errors), *map(str, errors), repr(case.account)):
        assert token not in text


def provoked(case: Case) -> list[NetworkError]:
    """Errors of many kinds."""
    caught: list[NetworkError] = []
    message = Message(a_text())

    def keep(action: Callable[[], object]) -> None:
        try:
            action()
        except NetworkError as error:
            caught.append(error)

    for kind in ("401", "429", "5xx", "malformed", "drop_before_accept"):
        case.sandbox.fault(case.network.key, case.publish_endpoint, kind)
        keep(lambda: case.network.publish.submit(case.account, message, {}))
    unknown = Account(**{**vars(case.account), "external_id": "1"})
    keep(lambda: list(case.network.collect.collect(unknown, Entity.POSTS, None, NOW, None)))
    return caught
