"""LinkedIn's "little" text: nothing of what was written is lost, and what comes back is recognized."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.linkedin.text import length, little, same_words, shown, whole_text
from platforms.message import Kind, Message
from sandbox.linkedin.text import little as given_back
from sandbox.linkedin.text import shown as seen

RESERVED = "|{}@[]()<>#\\*_~"
WORDS = st.text(st.sampled_from(RESERVED + "ab ä1 🥐\n/&hastg"), max_size=40)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words", "plain words"),
        ("a_b*c~d", "a\\_b\\*c\\~d"),
        ("(now) [50%] {x} <y> @z |", "\\(now\\) \\[50%\\] \\{x\\} \\<y\\> \\@z \\|"),
        ("back\\slash", "back\\\\slash"),
        ("#bread is #fresh_today", "{hashtag|\\#|bread} is {hashtag|\\#|fresh\\_today}"),
        ("C# and a#b and ## and &#39;", "C\\# and a\\#b and \\#\\# and &\\#39;"),
        ("https://example.com/a_b#c", "https://example.com/a\\_b\\#c"),
    ],
)
def test_reserved_characters_are_escaped_and_hashtags_are_templates(text: str, written: str) -> None:
    assert little(text) == written


@given(WORDS)
def test_people_see_all_that_was_written(text: str) -> None:
    assert seen(little(text)) == text
    assert shown(little(text)) == text


@given(WORDS)
def test_what_linkedin_gives_back_is_recognized(text: str) -> None:
    assert same_words(given_back(text), text)
    assert same_words(text, text), "also where it is given back as it was written"
    assert not same_words(given_back(text), f"{text} x")


@pytest.mark.parametrize("text", ["half (of it", "say @ it", "a_b", "<b>"])
def test_without_escapes_the_rest_would_be_lost(text: str) -> None:
    assert seen(text) != text


def test_a_mention_is_shown_by_its_name() -> None:
    assert shown("By @[Acme \\(Inc\\)](urn:li:organization:1) today") == "By Acme (Inc) today"


def test_a_link_stands_in_the_text_once() -> None:
    link = "https://example.com/"
    assert whole_text(Message("words", link)) == f"words\n{link}"
    assert whole_text(Message(f"see {link}", link)) == f"see {link}"
    assert whole_text(Message("", link)) == link
    assert whole_text(Message("words", link, Kind.LINK)) == "words"


def test_length_is_in_utf16_units() -> None:
    assert length("aä🥐") == 4
    assert length("\ud800") == 1
