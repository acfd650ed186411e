"""What LinkedIn's answers mean: a status, a code in words, and a serviceErrorCode.

Sources: Microsoft Learn "Error handling", "Rate limits" and "Versioning". The codes under 401 (65600 to
65602) are from reports of developers, not from a document.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from platforms.errors import (
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import Reply, unanswered
from platforms.rates import retry_after
from platforms.redaction import for_people

LABEL = "LinkedIn"
VERSIONS = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING"})
REVOKED = frozenset({"65601", "REVOKED_ACCESS_TOKEN"})
SETTING = "ALLIN_LINKEDIN_API_VERSION"


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of LinkedIn is, or None for a success or an answer that HTTP alone explains."""
    status, document = reply.status, reply.document
    if 200 <= status < 300 or (document is None and status != 426):
        return None
    document = document or {}
    code = str(document.get("code") or document.get("error") or document.get("serviceErrorCode") or "")
    words = for_people(str(document.get("message") or document.get("error_description") or code), *secrets)
    if status == 426 or code in VERSIONS:
        advice = f"LinkedIn has ended the version of its API that AllIN speaks; set {SETTING} to a newer one"
        return NeedsPerson(f"{advice} (YYYYMM): {words}", code=code, status=status)
    if status == 429:
        until = throttled_until(reply, words)
        return RateLimited(f"{LABEL} asks to wait: {words}", until=until, code=code, status=status)
    if status == 401:
        return _unauthorized(document.get("serviceErrorCode"), code, words)
    if status == 422 and "duplicate" in words.lower():
        return Duplicate(f"{LABEL} says it already has this post: {words}", code=code, status=status)
    return _refused(status, code, words, write=write)


def throttled_until(reply: Reply, words: str) -> datetime:
    """When LinkedIn takes calls again (aware UTC): its days end at 00:00 UTC, and it names no moment."""
    named = retry_after(reply.headers, reply.received_at)
    if named is not None or "throttle" not in words.lower():
        return named or reply.received_at + timedelta(minutes=1)
    midnight = reply.received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def _unauthorized(service: object, code: str, words: str) -> NetworkError:
    if str(service) in REVOKED or code in REVOKED:
        advice = "the access was taken back at LinkedIn; connect the account again"
        return NeedsReconnect(f"{LABEL}: {advice} ({words})", code=code, status=401)
    return TokenRefused(f"{LABEL} refused the access token: {words}", code=code, status=401)


def _refused(status: int, code: str, words: str, *, write: bool) -> NetworkError:
    if status == 403:
        return NeedsPerson(f"{LABEL} does not permit this: {words}", code=code, status=status)
    if status == 409:  # another change of the same thing was under way; this one was not made
        return TemporarilyRejected(f"{LABEL} was busy with it: {words}", code=code, status=status)
    if 400 <= status < 500 and status != 408:
        return Rejected(f"{LABEL} refused the request: {words}", code=code, status=status)
    return unanswered(f"{LABEL} failed on its side: {words}", write=write, code=code, status=status)
