"""Numbers and words as a reader sees them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting import figures


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (12345, "", "12,345"),
        (0, "", "0"),
        (None, "", "–"),
        (-3, "", "−3"),
        (5.166, "%", "5.17 %"),
        (2.5, "h", "2.5 h"),
    ],
)
def test_number(value: float | None, unit: str, shown: str) -> None:
    assert figures.number(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "previous", "unit", "shown", "direction"),
    [
        (110, 100, "", "+10.0 %", 1),
        (90, 100, "", "−10.0 %", -1),
        (100, 100, "", "0 %", 0),
        (5, 0, "", "n/a", 0),
        (0, 0, "", "n/a", 0),
        (5, None, "", "n/a", 0),
        (None, 5, "", "n/a", 0),
        (5.17, 4.63, "%", "+0.54 pp", 1),
    ],
)
def test_change(value: float | None, previous: float | None, unit: str, shown: str, direction: int) -> None:
    assert figures.change(value, previous, unit) == (shown, direction)


@given(st.text(max_size=300), st.integers(5, 120))
def test_excerpt_is_short_one_line_and_valid(text: str, length: int) -> None:
    shown = figures.excerpt(text, length).replace("\u200b", "")
    assert len(shown) <= length + 1
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in shown)


def test_excerpt_cuts_between_words_and_breaks_endless_ones() -> None:
    assert figures.excerpt("one two three four", 14) == "one two three…"
    assert max(len(part) for part in figures.excerpt("x" * 100, 200).split("\u200b")) <= 11


@given(st.text(max_size=200))
def test_slug_is_a_safe_file_name(name: str) -> None:
    made = figures.slug(name)
    assert 0 < len(made.encode()) <= 200
    assert not set(made) & set("/\\.: \0")


def test_slug_keeps_any_script() -> None:
    assert figures.slug("Harbour & Pine") == "harbour-pine"
    assert figures.slug("日本カフェ") == "日本カフェ"
    assert figures.slug("../..") == "brand"
