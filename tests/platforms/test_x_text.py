"""How X counts, on its own documented examples and on anything Unicode offers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.contract import Message
from platforms.x.publish import whole_text
from platforms.x.text import LIMIT, expanded_text, urls_of, weighted_length

EMOJI = ["👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "☺️", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️‍🔥", "🙋🏽‍♀️", "👾", "‼️", "©️"]
SINGLE = st.characters(min_codepoint=0x20, max_codepoint=0x10FF, exclude_categories=("Cs", "Mn", "Mc", "Me"))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("café", 4),
        ("cafe\u0301", 4),  # NFC makes one character of the two
        ("日本語", 6),
        ("한국어", 6),
        ("it’s “ok” – yes", 15),
        ("wait…", 6),  # U+2026 is outside the light ranges
        ("https://example.com", 23),
        ("see https://example.com/a/very/long/path?with=a&query=string#and-more.", 28),
        ("example.com", 23),
        ("e.g. this", 9),
        ("mail a@example.com", 18),
        ("https://example.com/aです", 27),
        ("two http://a.example http://b.example", 51),
        *((emoji, 2) for emoji in EMOJI),
        ("".join(EMOJI), 2 * len(EMOJI)),
        ("a\u200db", 3),  # a joiner between letters joins nothing
    ],
)
def test_examples(text: str, length: int) -> None:
    assert weighted_length(text) == length


@given(st.text())
def test_length_is_bounded_by_characters(text: str) -> None:
    length = weighted_length(text)
    assert length >= 0
    if "." not in text and "://" not in text:
        assert length <= 2 * len(unicodedata.normalize("NFC", text))


@given(st.text(SINGLE, max_size=60).filter(lambda text: "." not in text and "://" not in text))
def test_light_characters_count_one(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    if all(ord(c) <= 0x10FF for c in composed) and "\u20e3" not in text:
        assert weighted_length(text) == len(composed)


@given(st.text("aé日 👍", max_size=40), st.text("aé日 👍", max_size=40))
def test_length_adds_up(one: str, other: str) -> None:
    assert weighted_length(one + " " + other) == weighted_length(one) + 1 + weighted_length(other)


@given(st.from_regex(r"https://example\.com/[a-z0-9/]{0,40}[a-z0-9]", fullmatch=True))
def test_every_address_counts_23_and_is_seen_whole(url: str) -> None:
    assert weighted_length(f"a {url} b") == 27
    assert urls_of(f"a ({url}), b") == [url]


def test_a_link_is_put_at_the_end_once() -> None:
    link = "https://example.com/a"
    assert whole_text(Message("Hello", link)) == f"Hello\n{link}"
    assert whole_text(Message(f"See {link} now", link)) == f"See {link} now"
    assert whole_text(Message("", link)) == link
    assert weighted_length(whole_text(Message("x" * (LIMIT - 24), link))) == LIMIT


def test_a_listed_post_reads_as_it_was_written() -> None:
    tweet = {
        "text": "Fish &amp; chips &lt;now&gt; https://t.co/abc1234567 https://t.co/pic1234567",
        "entities": {
            "urls": [
                {"url": "https://t.co/abc1234567", "expanded_url": "https://example.com/?a=1&b=2"},
                {
                    "url": "https://t.co/pic1234567",
                    "expanded_url": "https://x.com/1",
                    "media_key": "3_1",
                },
            ]
        },
    }
    assert expanded_text(tweet).strip() == "Fish & chips <now> https://example.com/?a=1&b=2"
    assert expanded_text({"text": "short…", "note_tweet": {"text": "the long text"}}) == "the long text"
