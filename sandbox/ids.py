"""Post ids as the networks form them; both sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_X_EPOCH_MS = 1_288_834_974_657
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970 (UTC)."""
    return (at - _UNIX) // timedelta(milliseconds=1)


def from_milliseconds(value: int) -> datetime:
    """The moment (UTC) of whole milliseconds since 1970."""
    return _UNIX + timedelta(milliseconds=value)


def snowflake(at: datetime, sequence: int = 0) -> str:
    """An X post id: milliseconds since 2010-11-04 in the high bits, `sequence` (0..4194303) in the low 22."""
    return str(((milliseconds(at) - _X_EPOCH_MS) << 22) | sequence)


def facebook_post_id(page_id: str, at: datetime, sequence: int = 0) -> str:
    """A Facebook post id, PAGEID_POSTID."""
    return f"{page_id}_12{milliseconds(at)}{sequence}"
