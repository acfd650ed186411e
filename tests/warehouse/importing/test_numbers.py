"""Counts: whatever a spreadsheet does to them, the number is the same or refused; never another one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.importing.numbers import LARGEST, count

COUNTS = st.integers(0, LARGEST)


def grouped(number: int, sign: str) -> str:
    return f"{number:,}".replace(",", sign)


@given(COUNTS, st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "\u2009", "'", "’", ""]))
def test_every_separator_of_thousands_is_read(number: int, sign: str) -> None:
    assert count(grouped(number, sign)) == number
    assert count(f"  {grouped(number, sign)} ") == number


@given(COUNTS, st.sampled_from([(",", "."), (".", ","), (" ", ","), ("", "."), ("", ",")]))
def test_a_fraction_of_zeros_is_whole(number: int, signs: tuple[str, str]) -> None:
    group, fraction = signs
    assert count(f"{grouped(number, group)}{fraction}00") == number


@given(st.text(max_size=12))
def test_whatever_is_written_is_a_count_unknown_or_refused(text: str) -> None:
    with suppress(ValueError):
        found = count(text)
        assert found is None or 0 <= found <= LARGEST


@given(COUNTS, COUNTS)
def test_another_number_is_another_count(one: int, other: int) -> None:
    assert (count(grouped(one, ".")) == count(grouped(other, ","))) == (one == other)


@pytest.mark.parametrize("text", ["", " ", "-", "–", "--", "n/a", "NULL", "NaN", "undefined"])
def test_what_is_not_known_is_no_zero(text: str) -> None:
    assert count(text) is None
    assert count("0") == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5%", "a share"),
        ("1.2K", "shortened"),
        ("3,4 Mio", "shortened"),
        ("1.23E+05", "spreadsheet has shortened"),
        ("-3", "below 0"),
        ("(3)", "below 0"),
        ("1,5", "whole number"),
        ("12,34", "whole number"),
        ("1,234.5", "whole number"),
        ("1.234,56", "whole number"),
        ("0.000", "are thousands"),
        ("1234.000", "are thousands"),
        ("1.23.456", "no number"),
        ("many", "no number"),
        ("9" * 40, "too large"),
    ],
)
def test_what_is_no_count_is_said_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        count(text)
