"""How long Mastodon finds a text."""

from __future__ import annotations

from typing import Any

import pytest

from platforms.mastodon.limits import Limits, problems
from platforms.mastodon.publish import MastodonPublisher
from platforms.mastodon.text import length
from platforms.message import Message


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("abc", 3),
        ("👨‍👩‍👧‍👦 ä", 3),
        ("https://example.com/a/very/long/path?with=many&parts=to&count=none", 23),
        ("http://a.b", 23),
        ("hi @ben@toot.example!", 8),
        ("mail@ben@toot.example", 21),
        ("", 0),
    ],
)
def test_addresses_count_23_and_mentions_their_name(text: str, characters: int) -> None:
    assert length(text) == characters


def check(message: Message) -> list[str]:
    instances: Any = None
    return MastodonPublisher(instances).check(message)


def test_a_long_text_has_to_be_wanted() -> None:
    assert check(Message("ä" * 500)) == []
    assert check(Message("ä" * 501))
    assert check(Message("ä" * 501, options={"long": True})) == []
    assert check(Message("ä" * 490, options={"spoiler_text": "Eleven char"}))


@pytest.mark.parametrize(("language", "fine"), [("en", True), ("pt-BR", True), ("English", False)])
def test_languages(language: str, fine: bool) -> None:
    assert (check(Message("Hi", options={"language": language})) == []) is fine


def test_a_server_may_take_more_or_less() -> None:
    assert list(problems(Limits(text=5_000), Message("a" * 4_000))) == []
    assert list(problems(Limits(text=10), Message("a" * 11)))
    assert list(problems(Limits(text=30, url=10), Message("a" * 19, "https://example.com"))) == []
