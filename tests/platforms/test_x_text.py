"""How X counts, on its own documented examples and on anything Unicode offers."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.contract import Account, Credentials, Finding
from platforms.http import Api
from platforms.message import Message
from platforms.x.capabilities import LIMIT
from platforms.x.errors import classify
from platforms.x.publish import XPublisher, whole_text
from platforms.x.text import comparable, expanded_text, gist, weighted_length
from sandbox.x.text import shorten
from tests.platforms.wire import answer, wire

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
def test_every_address_counts_23(url: str) -> None:
    assert weighted_length(f"a {url} b") == 27


@pytest.mark.parametrize(
    "domain",
    [
        "bakery.nl",
        "padaria.com.br",
        "shop.com.au/a?b=1",
        "studio.xyz",
        "harbor.coffee",
        "例え.jp",
        "भारत.भारत",
    ],
)
@pytest.mark.parametrize("around", ["{}", "Visit {}.", "({}), now", "見て{}です", "{} {}"])
def test_a_domain_is_the_same_with_a_scheme_before_it(domain: str, around: str) -> None:
    written = around.replace("{}", domain)
    listed = around.replace("{}", f"http://{domain}")
    assert comparable(listed) == comparable(written)
    assert gist(listed) == gist(written)
    rewritten = around.replace("{}", f"https://www.xn--other.example/{domain}")
    assert comparable(rewritten) != comparable(written)
    assert gist(rewritten) == gist(written)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("Open today!", "open  today", True),
        ("Open “today”", 'Open "today"', True),
        ("Open today at bakery.nl", "Open today at https://t.co/abc", True),
        ("Open today", "Open today (second)", False),
        ("Open today 🥐", "Open today 🎉", False),
        ("2.50 EUR", "2.60 EUR", False),
    ],
)
def test_nearly_the_same(one: str, other: str, near: bool) -> None:
    assert comparable(one) != comparable(other)
    assert (gist(one) == gist(other)) is near


PIECES = [
    "bakery.nl",
    "Shop.com.au/a/?b=1",
    "https://example.com/",
    "e.g.",
    "é",
    "日本",
    "a",
    " ",
    "\n",
    ".",
    ",",
    "(",
    ")",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_what_is_sent_compares_as_what_is_listed(text: str) -> None:
    shown, entities = shorten(text)
    listed = expanded_text({"text": shown, "entities": entities})
    assert comparable(listed) == comparable(text)
    assert gist(listed) == gist(text)


@pytest.mark.parametrize(
    ("text", "urls", "finding"),
    [
        ("New: https://t.co/abc1234567 today", ["http://münchen.bäckerei.de"], Finding.FOUND),
        (
            "New: https://t.co/abc1234567 today",
            ["http://xn--mnchen-3ya.xn--bckerei-4wa.de/"],
            Finding.CANNOT_TELL,
        ),
        ("New: https://t.co/abc1234567 today", [], Finding.CANNOT_TELL),
        ("new - https://t.co/abc1234567, today!", ["http://münchen.bäckerei.de"], Finding.CANNOT_TELL),
        ("New: https://t.co/abc1234567 tomorrow", ["http://münchen.bäckerei.de"], Finding.ABSENT),
    ],
)
def test_only_another_text_is_absent(text: str, urls: list[str], finding: Finding) -> None:
    sent_at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    entities = {"urls": [{"url": "https://t.co/abc1234567", "expanded_url": url} for url in urls]}
    post = {"id": "1", "text": text, "created_at": "2026-11-21T12:00:01.000Z", "entities": entities}
    account = Account("a", "o", "x", "7", "Brand on X", Credentials("token"))
    with wire(answer(200, json.dumps({"data": [post], "meta": {"result_count": 1}}))) as server:
        publisher = XPublisher(Api("X", server.url, classify))
        found = publisher.find(account, Message("New: münchen.bäckerei.de today"), sent_at, {})
    assert found.finding is finding


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
