"""When a network that says "too many requests" may be asked again, from its headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from platforms.errors import NetworkError, RateLimited, TemporarilyRejected, TokenRefused

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


def not_before(
    problem: NetworkError | None, headers: Mapping[str, str], now: datetime
) -> NetworkError | None:
    """A refusal for now, until its answer's ``Retry-After`` where that is later; also that of a 503."""
    named = retry_after(headers, now)
    if named is None or not isinstance(problem, TemporarilyRejected) or isinstance(problem, TokenRefused):
        return problem
    if not isinstance(problem, RateLimited):
        return RateLimited(problem.message, until=named, code=problem.code, status=problem.status)
    problem.until = max(problem.until, named)
    return problem


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


# Header families that tell what is left: X; Pinterest and Mastodon; Bluesky.
_FAMILIES = ("x-rate-limit", "x-ratelimit", "ratelimit")


def spent_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when (aware UTC) nothing more may be asked, by an answer's headers; None while something is left.

    Sources: X "Rate limits" and Bluesky (Unix seconds), Mastodon "Rate limits" (ISO 8601), Meta "Rate
    limits", X-Business-Use-Case-Usage (minutes until access is regained).
    """
    spent = [family for family in _FAMILIES if headers.get(f"{family}-remaining", "").strip() == "0"]
    named = [_reset(headers.get(f"{family}-reset"), now) for family in spent]
    minutes = _minutes_blocked(headers.get("x-business-use-case-usage", ""))
    named += [bounded(now + timedelta(minutes=minutes), now)] if minutes else []
    return max((moment for moment in named if moment), default=None)


def _reset(value: str | None, now: datetime) -> datetime | None:
    moment = unix_time(value, now)
    if moment is not None or not value:
        return moment
    try:
        return bounded(datetime.fromisoformat(value).astimezone(UTC), now)
    except ValueError:
        return None


def _minutes_blocked(header: str) -> float:
    try:
        usages = [usage for kinds in json.loads(header).values() for usage in kinds]
        return max((float(usage.get("estimated_time_to_regain_access", 0)) for usage in usages), default=0.0)
    except (ValueError, AttributeError, TypeError):
        return 0.0
