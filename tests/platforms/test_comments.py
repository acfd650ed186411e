"""Comments below posts of the same account, on every network that has them. Against the sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from foundation.settings import Settings
from platforms.contract import Entity, Finding, Published
from platforms.errors import (
    Ambiguous,
    NeedsReconnect,
    NetworkError,
    NotReady,
    RateLimited,
    TokenRefused,
)
from platforms.message import Kind, Media, Message, ReplyTo
from platforms.registry import NETWORK_KEYS, network
from tests.platforms.conftest import Case
from tests.platforms.publishing import messages, prepare, settle

MediaUrl = Callable[[Path], str]
COMMENTING = [key for key in NETWORK_KEYS if network(key, Settings()).capabilities.comments]
# Kinds that the network makes public at once.
SIMPLEST = (Kind.TEXT, Kind.IMAGE, Kind.VIDEO)


@pytest.fixture(params=COMMENTING)
def case(request: pytest.FixtureRequest, case_of: Callable[[str], Case]) -> Case:
    """Each network that has comments."""
    return case_of(request.param)


@pytest.fixture
def post(case: Case, media_folder: Path, media_url: MediaUrl) -> Published:
    """A post of the account."""
    by_kind = messages(case, media_folder, media_url)
    message = next(by_kind[kind] for kind in SIMPLEST if kind in by_kind)
    return case.network.publish.submit(case.account, message, prepare(case, message))


def below(post: Published, text: str = "") -> Message:
    """A comment with words of its own."""
    words = text or f"More at https://example.com/a?b=1&c=2 <b> #bread {uuid.uuid4().hex} 🥐"
    return Message(words, reply_to=ReplyTo(post.external_id, post.external_id))


def find(case: Case, message: Message, sent_at: datetime) -> Finding:
    return case.network.publish.find(case.account, message, sent_at, {}).finding


def test_a_network_has_threads_or_comments_or_neither() -> None:
    assert set(COMMENTING) == {"facebook", "instagram", "linkedin", "youtube"}
    for key in COMMENTING:
        capabilities = network(key, Settings()).capabilities
        assert not capabilities.threads
        assert capabilities.comment_limit > 0


def test_a_comment_is_written_once_and_confirmed(case: Case, post: Published) -> None:
    message, sent_at = below(post), case.sandbox.now()
    assert case.network.publish.check(message) == []
    assert prepare(case, message) == {}
    published = case.network.publish.submit(case.account, message, {})
    [accepted] = case.sandbox.accepted(message.text)
    assert accepted["network"] == case.network.key
    assert accepted["account"] == case.own.sandbox_account(case.account)
    assert accepted["id"] == published.external_id
    confirmed = settle(case, published)
    assert confirmed.external_id == published.external_id
    assert confirmed.permalink
    assert confirmed.permalink.startswith("https://")
    if confirmed.published_at:
        assert abs((confirmed.published_at - sent_at).total_seconds()) < 60
    listed = case.network.collect.collect(case.account, Entity.POSTS, None, case.sandbox.now(), None)
    first = next(iter(listed))
    assert published.external_id not in case.own.post_ids([first]), "it is none of the account's posts"


@pytest.mark.parametrize("kind", ["accept_then_drop", "accept_then_5xx"])
def test_a_comment_whose_answer_was_lost_is_found(case: Case, post: Published, kind: str) -> None:
    message, sent_at = below(post), case.sandbox.now()
    case.network.publish.submit(case.account, below(post), {})
    case.sandbox.fault(case.network.key, case.own.COMMENT, kind)
    with pytest.raises(Ambiguous):
        case.network.publish.submit(case.account, message, {})
    assert case.sandbox.hits() == 1, "a write is never repeated"
    [accepted] = case.sandbox.accepted(message.text)
    found = case.network.publish.find(case.account, message, sent_at, {})
    assert found.finding is Finding.FOUND
    assert found.post
    assert found.post.external_id == accepted["id"]
    assert settle(case, found.post).external_id == accepted["id"]


@pytest.mark.parametrize("kind", ["malformed", "truncated"])
def test_a_broken_answer_loses_no_comment(case: Case, post: Published, kind: str) -> None:
    message, sent_at = below(post), case.sandbox.now()
    case.sandbox.fault(case.network.key, case.own.COMMENT, kind)
    try:
        case.network.publish.submit(case.account, message, {})
    except Ambiguous:
        assert find(case, message, sent_at) is Finding.FOUND
    assert case.sandbox.hits() == 1
    assert len(case.sandbox.accepted(message.text)) == 1


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx"])
def test_a_comment_that_never_arrived_is_absent(case: Case, post: Published, kind: str) -> None:
    message, sent_at = below(post), case.sandbox.now()
    case.sandbox.fault(case.network.key, case.own.COMMENT, kind)
    with pytest.raises(Ambiguous):
        case.network.publish.submit(case.account, message, {})
    assert case.sandbox.hits() == 1
    assert case.sandbox.accepted(message.text) == []
    assert find(case, message, sent_at) is Finding.ABSENT


def test_two_comments_alike_cannot_be_told_apart(case: Case, post: Published) -> None:
    message, sent_at = below(post), case.sandbox.now()
    for _ in range(2):
        case.network.publish.submit(case.account, message, {})
    assert find(case, message, sent_at) is Finding.CANNOT_TELL


def test_a_comment_below_another_post_is_not_taken_for_it(
    case: Case, post: Published, media_folder: Path, media_url: MediaUrl
) -> None:
    by_kind = messages(case, media_folder, media_url)
    other = next(by_kind[kind] for kind in SIMPLEST if kind in by_kind)
    elsewhere = case.network.publish.submit(case.account, other, prepare(case, other))
    message, sent_at = below(post), case.sandbox.now()
    case.network.publish.submit(case.account, below(elsewhere, message.text), {})
    assert find(case, message, sent_at) is Finding.ABSENT


@pytest.mark.parametrize(
    ("kind", "errors"), [("429", (RateLimited,)), ("401", (NeedsReconnect, TokenRefused))]
)
def test_a_refused_comment_was_not_written(
    case: Case, post: Published, kind: str, errors: tuple[type[NetworkError], ...]
) -> None:
    message = below(post)
    case.sandbox.fault(case.network.key, case.own.COMMENT, kind)
    with pytest.raises(errors):
        case.network.publish.submit(case.account, message, {})
    assert case.sandbox.accepted(message.text) == []


def test_a_comment_below_nothing_is_refused(case: Case, post: Published) -> None:
    gone = Published(f"{post.external_id[:-6]}000000", None, None)
    message = below(gone)
    with pytest.raises(NetworkError) as caught:
        case.network.publish.submit(case.account, message, {})
    assert not isinstance(caught.value, Ambiguous | NotReady)
    assert case.sandbox.accepted(message.text) == []


def test_a_comment_is_words_alone(case: Case, tmp_path: Path) -> None:
    message = below(Published("1", None, None), "Words")
    limit = case.network.capabilities.comment_limit
    file = Media("a", tmp_path / "a.jpg", "image/jpeg", 1_000, 640, 640)
    check = case.network.publish.check
    assert check(message) == []
    assert check(replace(message, text="a" * limit)) == []
    assert case.network.publish.length(replace(message, text="a" * limit)) == limit
    for wrong in (
        replace(message, text="a" * (limit + 1)),
        replace(message, text=" "),
        replace(message, text="broken \ud800"),
        replace(message, media=(file,)),
        replace(message, link="https://example.com"),
        replace(message, title="A title"),
        replace(message, options={"privacy": "public"}),
    ):
        [problem] = check(wrong)
        assert problem.endswith(".")


@pytest.mark.parametrize("case", ["facebook", "instagram", "linkedin"], indirect=True)
def test_a_comment_is_found_among_many(case: Case, post: Published) -> None:
    message, sent_at = below(post), case.sandbox.now()
    for number in range(103):  # more than one page, whichever end the network begins with
        text = message if number == 51 else below(post, f"Thanks {number}")
        case.network.publish.submit(case.account, text, {})
    assert find(case, message, sent_at) is Finding.FOUND
    assert find(case, below(post), sent_at) is Finding.ABSENT
