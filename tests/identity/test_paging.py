from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import InvalidError
from identity.paging import MAX_NUMBER, after, moment, number, one_more, page


def cursor_of(*values: Any) -> str:
    found = page([values, ()], 1, lambda row: row, lambda row: row).next_cursor
    assert found is not None
    return found


@given(st.lists(st.integers()), st.integers(1, 200))
def test_a_page_has_the_first_rows_and_a_cursor_only_when_there_are_more(rows: list[int], limit: int) -> None:
    found = page(rows[: one_more(limit)], limit, lambda row: row, lambda row: [row])
    assert found.items == rows[:limit]
    assert (found.next_cursor is None) is (len(rows) <= limit)


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.uuids(),
    st.integers(-MAX_NUMBER, MAX_NUMBER),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=100),
)
def test_a_cursor_brings_back_the_values_it_was_made_of(
    at: datetime, id_: UUID, count: int, text: str
) -> None:
    assert after(cursor_of(at, id_, count, text), moment, UUID, number, str) == (at, id_, count, text)


def test_without_a_cursor_a_list_begins_at_its_beginning() -> None:
    assert after(None, number) is None


@pytest.mark.parametrize("limit", [0, -1, 201, 2**70])
def test_a_page_has_between_1_and_200_rows(limit: int) -> None:
    with pytest.raises(InvalidError) as refusal:
        one_more(limit)
    assert refusal.value.field == "limit"


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "ü",
        "\ud800",
        "W10",  # no padding
        encoded([]),
        encoded({}),
        encoded([1]),
        encoded(["1", "2"]),
        encoded(["x"]),
        encoded([str(2**63)]),
        encoded(["1" * 900]),
        encoded([None]),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
        base64.urlsafe_b64encode(b"\xff").decode(),
        "A" * 1_000_000,
    ],
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        after(cursor, number)
    assert refusal.value.field == "cursor"


@pytest.mark.parametrize("text", ["\0", "a\0", "\ud800"])
def test_what_the_database_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        after(encoded([text]), str)


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "yesterday", "0001-01-01T00:00:00"])
def test_a_moment_carries_its_zone(text: str) -> None:
    with pytest.raises(InvalidError):
        after(encoded([text, str(uuid4())]), moment, UUID)


@given(st.text())
def test_a_text_is_a_cursor_or_is_refused(text: str) -> None:
    with contextlib.suppress(InvalidError):
        after(text, str)
