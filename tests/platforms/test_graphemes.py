"""Characters as people see them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.graphemes import count


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("abc", 3),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽👍", 2),
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("a🇩🇪b", 3),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 1),
        ("❤️", 1),
        ("1️⃣", 1),
        ("각", 1),
        ("\u1100\u1161\u11a8", 1),
        ("가\u11a8가", 2),
        ("ನಿ", 1),
        ("\r\n", 1),
        ("\n\n", 2),
        ("\n\u0301", 2),
        ("a\u200bb", 3),
        ("a\u200db", 2),
        ("\ufe0f", 1),
    ],
)
def test_known_texts(text: str, characters: int) -> None:
    assert count(text) == characters


@given(st.text(), st.text())
def test_it_never_exceeds_the_code_points_and_parts_add_up_to_no_less(one: str, other: str) -> None:
    assert count(one) <= len(one)
    assert count(one + other) <= count(one) + count(other) <= count(one + "\n" + other)


@given(st.text(st.characters(categories=["Ll", "Lu", "Lo"], max_codepoint=0x2FF)))
def test_composing_changes_nothing(text: str) -> None:
    assert count(unicodedata.normalize("NFD", text)) == count(unicodedata.normalize("NFC", text))
