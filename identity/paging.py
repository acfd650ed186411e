"""Lists in pages. A cursor holds the place of the last row, so a page stays right while rows come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from identity.errors import InvalidError

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
MAX_CURSOR: Final = 1000  # characters
MAX_NUMBER: Final = 2**63 - 1  # PostgreSQL's bigint


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, in its order; `next_cursor` asks for those after them, None: there are none."""

    items: list[T]
    next_cursor: str | None


def page(
    rows: Sequence[R], limit: int, make: Callable[[R], T], place: Callable[[R], Sequence[Any]]
) -> Page[T]:
    """The page of the first `limit` rows; one row more shows that there is a next page.

    `make` turns a row into what is listed, `place` into the values that the list is ordered by.
    """
    shown = rows[:limit]
    more = len(rows) > limit
    return Page([make(row) for row in shown], _encoded(place(shown[-1])) if more else None)


def one_more(limit: int) -> int:
    """How many rows to ask for, to know whether there is a next page.

    Raises:
        InvalidError: `limit` is not between 1 and 200.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidError(f"Ask for 1 to {MAX_LIMIT} at a time.", field="limit")
    return limit + 1


def after(cursor: str | None, *kinds: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """The place of the row before the page: its values, read by `kinds`; None is before the first.

    Raises:
        InvalidError: this is no cursor of such a list.
    """
    if cursor is None:
        return None
    try:
        return tuple(kind(value) for kind, value in zip(kinds, _decoded(cursor), strict=True))
    except (ValueError, OverflowError, RecursionError):
        raise InvalidError(
            "This cursor is not one of this list: begin without one.", field="cursor"
        ) from None


def moment(value: str) -> datetime:
    """A kind of value: an aware moment. Raises ValueError."""
    at = datetime.fromisoformat(value)
    if at.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    return at


def number(value: str) -> int:
    """A kind of value: an integer that PostgreSQL can hold. Raises ValueError."""
    found = int(value)
    if abs(found) > MAX_NUMBER:
        raise ValueError("too large")
    return found


def _encoded(values: Sequence[Any]) -> str:
    texts = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode()


def _decoded(cursor: str) -> list[str]:
    if len(cursor) > MAX_CURSOR:
        raise ValueError("too long")
    values = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    if not isinstance(values, list) or not all(
        isinstance(value, str) and _storable(value) for value in values
    ):
        raise ValueError("not made here")
    return values


def _storable(value: str) -> bool:
    """Whether PostgreSQL's text can hold it. Raises UnicodeEncodeError for half of a surrogate pair."""
    return b"\0" not in value.encode()
