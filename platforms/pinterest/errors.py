"""What Pinterest's answers mean: a number and a sentence, of which the HTTP status is the surer part.

Source: Pinterest's OpenAPI 5.23, the examples of its error answers. The numbers are not listed anywhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from platforms.errors import (
    NeedsPerson,
    NetworkError,
    RateLimited,
    Rejected,
    TokenRefused,
)
from platforms.http import Reply, unanswered
from platforms.rates import bounded, retry_after, unix_time
from platforms.redaction import for_people

LABEL = "Pinterest"
NOT_THEIRS = 7  # with HTTP 401: the token is fine, the board or pin is somebody else's
WAIT = timedelta(minutes=1)
_LONGEST_S = 31 * 86_400.0


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of Pinterest is, or None for a success or one that HTTP alone explains."""
    status, document = reply.status, reply.document
    if 200 <= status < 300 or document is None:
        return None
    code = str(document.get("code", ""))
    words = for_people(str(document.get("message") or "no reason given"), *secrets)
    if status == 429:
        until = limited_until(reply)
        return RateLimited(f"{LABEL} asks to wait: {words}", until=until, code=code, status=status)
    if status == 401 and document.get("code") != NOT_THEIRS:
        return TokenRefused(f"{LABEL} refused the access token: {words}", code=code, status=status)
    if status in (401, 403):
        return NeedsPerson(f"{LABEL} does not permit this: {words}", code=code, status=status)
    if 400 <= status < 500 and status != 408:
        return Rejected(f"{LABEL} refused the request: {words}", code=code, status=status)
    return unanswered(f"{LABEL} failed on its side: {words}", write=write, code=code, status=status)


def limited_until(reply: Reply) -> datetime:
    """The moment (aware UTC) Pinterest takes calls again; it names the seconds until then."""
    now = reply.received_at
    named = retry_after(reply.headers, now)
    if named is not None:
        return named
    value = reply.headers.get("x-ratelimit-reset", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        return now + WAIT
    if 0 < seconds <= _LONGEST_S:
        return bounded(now + timedelta(seconds=seconds), now)
    return unix_time(value, now) or now + WAIT
