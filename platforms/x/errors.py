"""What X's answers mean: problem documents after RFC 7807, and two older shapes.

Source: docs.x.com "Response codes" and "Rate limits". A problem's type is matched by its last
part, because its host was api.twitter.com once and is api.x.com now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from platforms.errors import (
    Duplicate,
    NeedsPerson,
    NetworkError,
    RateLimited,
    Rejected,
    TokenRefused,
)
from platforms.http import Reply, unanswered
from platforms.rates import retry_after, unix_time
from platforms.redaction import for_people

LABEL = "X"

# Problems that only a person can end: no permission, the app's own standing, no credit.
PERSON = frozenset(
    {
        "client-forbidden",
        "oauth1-permissions",
        "unsupported-authentication",
        "not-authorized-for-resource",
        "credits",
        "credits-depleted",
    }
)
# How X words that an account is blocked; it has no code for that.
BLOCKED = ("suspended", "temporarily locked")
USAGE_CAPPED = "usage-capped"
LEGACY_RATE_LIMIT = "88"
WINDOW = timedelta(minutes=15)
# Header families, each with -remaining and -reset; the first is documented, the others were seen.
LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of X is, or None for a success or an answer that HTTP alone explains."""
    status, problem = reply.status, reply.document
    if problem is None or 200 <= status < 300:
        return None
    kind = _type(problem)
    words = for_people(_words(problem), *secrets)
    if status == 429 or kind == LEGACY_RATE_LIMIT:
        return _limited(reply, problem, kind, words)
    if status == 402 or kind in PERSON:
        reason = "The account that pays for X's API has no credit" if status == 402 else "X forbids this"
        return NeedsPerson(f"{reason}: {words}", code=kind, status=status)
    if status == 403 and any(word in words.lower() for word in BLOCKED):
        return NeedsPerson(f"{LABEL} has blocked this account: {words}", code=kind, status=status)
    if status == 401:
        return TokenRefused(f"{LABEL} refused the access token: {words}", code=kind, status=status)
    if status == 403 and "duplicate content" in words.lower():
        return Duplicate(f"{LABEL} says it already has this post: {words}", code=kind, status=status)
    if 400 <= status < 500 and status != 408:
        return Rejected(f"{LABEL} refused the request: {words}", code=kind, status=status)
    return unanswered(f"{LABEL} failed on its side: {words}", write=write, code=kind, status=status)


def _limited(reply: Reply, problem: Mapping[str, Any], kind: str | None, words: str) -> NetworkError:
    if kind == USAGE_CAPPED and problem.get("period") != "Daily":
        return NeedsPerson(f"The usage cap of X's API is reached: {words}", code=kind, status=reply.status)
    until = limited_until(reply.headers, reply.received_at)
    if kind == USAGE_CAPPED:
        until = reply.received_at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return RateLimited(f"{LABEL} asks to wait: {words}", until=until, code=kind, status=reply.status)


def limited_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """The moment (aware UTC) every exhausted limit has been reset; without any header, 15 minutes on."""
    resets = [
        unix_time(headers.get(f"{family}-reset"), now)
        for family in LIMITS
        if headers.get(f"{family}-remaining", "").strip() == "0"
    ]
    named = [moment for moment in (*resets, retry_after(headers, now)) if moment]
    return max(named, default=now + WINDOW)


def _type(problem: Mapping[str, Any]) -> str | None:
    """The problem's own name: the last part of its type, or the legacy or OAuth error code."""
    kind = str(problem.get("type") or "").rstrip("/").rpartition("/")[2]
    if kind and kind != "about:blank":
        return kind
    first = next((e for e in problem.get("errors") or [] if isinstance(e, dict) and "code" in e), None)
    return str(first["code"]) if first else problem.get("error")


def problem_types(document: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of the problems beside the data of a partial answer (HTTP 200 with ``errors``)."""
    errors = [e for e in document.get("errors") or [] if isinstance(e, dict)]
    return frozenset(str(e.get("type") or "").rpartition("/")[2] for e in errors)


def _words(problem: Mapping[str, Any]) -> str:
    """What X says in words, the most specific first."""
    errors = [e for e in problem.get("errors") or [] if isinstance(e, dict)]
    details = "; ".join(str(e["message"]) for e in errors if e.get("message"))
    keys = ("detail", "error_description", "title")
    return details or next((str(problem[key]) for key in keys if problem.get(key)), "no reason given")
