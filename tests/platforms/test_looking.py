"""What a listing proves about a post whose answer was lost. A false "absent" would send it twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.contract import Finding, Published
from platforms.looking import Candidate, plain, same_address, verdict

SENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def candidate(minutes: float = 0, *, certain: bool = True) -> Candidate:
    return Candidate(Published("1", None, SENT + timedelta(minutes=minutes)), certain)


@pytest.mark.parametrize(
    ("candidates", "complete", "finding"),
    [
        ([], True, Finding.ABSENT),
        ([], False, Finding.CANNOT_TELL),
        ([candidate()], True, Finding.FOUND),
        ([candidate()], False, Finding.FOUND),
        ([candidate(-4)], True, Finding.FOUND),
        ([candidate(14)], True, Finding.FOUND),
        ([candidate(60)], True, Finding.CANNOT_TELL),
        ([candidate(certain=False)], True, Finding.CANNOT_TELL),
        ([candidate(), candidate(1)], True, Finding.CANNOT_TELL),
        ([Candidate(Published("1", None, None))], True, Finding.CANNOT_TELL),
    ],
)
def test_verdicts(candidates: list[Candidate], complete: bool, finding: Finding) -> None:
    found = verdict(candidates, SENT, complete=complete)
    assert found.finding is finding
    assert (found.post is not None) is (finding is Finding.FOUND)


@given(st.lists(st.builds(candidate, st.floats(-10_000, 10_000)), min_size=1), st.booleans())
def test_absent_is_never_said_in_view_of_a_candidate(candidates: list[Candidate], complete: bool) -> None:
    assert verdict(candidates, SENT, complete=complete).finding is not Finding.ABSENT


def test_texts_are_compared_as_people_read_them() -> None:
    assert plain("Cafe\u0301  open\r\n now ☺️") == plain("Café open now ☺")
    assert plain("a") != plain("b")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.com", "http://www.Example.com/", True),
        ("example.com/a", "https://example.com/a/", True),
        ("https://example.com/a", "https://example.com/A", False),
        ("https://example.com/?a=1", "https://example.com/?a=2", False),
    ],
)
def test_addresses(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same
