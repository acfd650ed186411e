"""When a network that says "too many requests" may be asked again, from its headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=31)


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The moment named by ``Retry-After`` (RFC 9110 10.2.3: seconds or an HTTP date), aware UTC, or None."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return now + timedelta(seconds=min(float(value), LONGEST.total_seconds()))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return bounded(moment, now)


def unix_time(value: str | None, now: datetime) -> datetime | None:
    """A header's Unix seconds as a moment between now and 31 days on (aware UTC), or None if it is none."""
    try:
        seconds = float(value or "")
        return bounded(datetime.fromtimestamp(seconds, UTC), now)
    except (ValueError, OverflowError, OSError):
        return None


def bounded(moment: datetime, now: datetime) -> datetime:
    """A moment not before now, and not so late that a broken header stops an account for good."""
    return min(max(moment, now), now + LONGEST)
