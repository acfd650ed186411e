"""What Bluesky's answers mean: ``{"error": name, "message": words}``.

Sources: atproto.com "HTTP API (XRPC)", the lexicons' lists of errors, and the answers of a host (2026-11).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from platforms.errors import (
    NeedsPerson,
    NetworkError,
    RateLimited,
    Rejected,
    TokenRefused,
)
from platforms.http import Reply, unanswered
from platforms.rates import retry_after, unix_time
from platforms.redaction import for_people

LABEL: Final = "Bluesky"
NOT_FOUND: Final = "RecordNotFound"
KNOWN_VIDEO: Final = "already_exists"
BAD_TOKENS: Final = frozenset({"ExpiredToken", "InvalidToken"})
# The account itself was stopped, by its host or by its owner.
STOPPED: Final = frozenset({"AccountTakedown", "AccountSuspended", "AccountDeactivated", "RepoDeactivated"})
WINDOW: Final = timedelta(minutes=5)


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of Bluesky is, or None for a success or an answer that HTTP alone explains."""
    status, document = reply.status, reply.document
    if 200 <= status < 300 or document is None or not isinstance(document.get("error"), str):
        return None
    code = str(document["error"])
    words = for_people(str(document.get("message") or code), *secrets)
    if status == 429 or code == "RateLimitExceeded":
        words = f"{LABEL} asks to wait: {words}"
        return RateLimited(words, until=_until(reply), code=code, status=status)
    if code in STOPPED:
        return NeedsPerson(f"{LABEL} has stopped this account: {words}", code=code, status=status)
    if status == 401 or code in BAD_TOKENS:
        return TokenRefused(f"{LABEL} refused the access: {words}", code=code, status=status)
    if status == 403:
        return NeedsPerson(f"{LABEL} does not permit this: {words}", code=code, status=status)
    if 400 <= status < 500 and status != 408:
        return Rejected(f"{LABEL} refused the request: {words}", code=code, status=status)
    return unanswered(f"{LABEL} failed on its side: {words}", write=write, code=code, status=status)


def classify_video(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The same of the video service, where a video that is known already is no error."""
    if (reply.document or {}).get("error") == KNOWN_VIDEO:
        return None
    return classify(reply, write=write, secrets=secrets)


def _until(reply: Reply) -> datetime:
    """The moment (aware UTC) the limit is reset; five minutes on where nothing is said."""
    now = reply.received_at
    named = unix_time(reply.headers.get("ratelimit-reset"), now) or retry_after(reply.headers, now)
    return named or now + WINDOW
