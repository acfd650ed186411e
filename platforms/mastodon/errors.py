"""What the answers of Mastodon servers mean: ``{"error": words}``, or an OAuth error with a description.

Sources: docs.joinmastodon.org "Error", "Rate limits", "OAuth"; RFC 6749 5.2.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError, RateLimited, Rejected
from platforms.http import Reply, unanswered
from platforms.rates import bounded, retry_after
from platforms.redaction import for_people

LABEL: Final = "Mastodon"
NOT_FOUND: Final = "not_found"
WINDOW: Final = timedelta(minutes=5)
_OAUTH: Final = re.compile(r"[a-z]+(_[a-z]+)+")


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of Mastodon is, or None for a success or an answer that HTTP alone explains."""
    status, document = reply.status, reply.document
    if 200 <= status < 300 or document is None or not isinstance(document.get("error"), str):
        return None
    error = str(document["error"])
    words = for_people(str(document.get("error_description") or error), *secrets)
    if status == 429:
        return RateLimited(f"{LABEL} asks to wait: {words}", until=_until(reply), status=status)
    if _OAUTH.fullmatch(error) and 400 <= status < 500:
        return Rejected(f"{LABEL} refused: {words}", code=error, status=status)
    if status == 401:
        # There are no refresh tokens: a token that is refused was taken back.
        return NeedsReconnect(f"{LABEL} ended this connection; connect the account again", status=status)
    if status == 403:
        return NeedsPerson(f"{LABEL} does not permit this: {words}", status=status)
    if status in (404, 410):
        return Rejected(f"{LABEL} does not have this: {words}", code=NOT_FOUND, status=status)
    if 400 <= status < 500 and status != 408:
        return Rejected(f"{LABEL} refused the request: {words}", status=status)
    return unanswered(f"{LABEL} failed on its side: {words}", write=write, status=status)


def _until(reply: Reply) -> datetime:
    """The moment (aware UTC) the limit is reset, which Mastodon names in ISO 8601; else five minutes on."""
    now = reply.received_at
    try:
        return bounded(
            datetime.fromisoformat(reply.headers.get("x-ratelimit-reset", "")).astimezone(UTC), now
        )
    except ValueError:
        return retry_after(reply.headers, now) or now + WINDOW
