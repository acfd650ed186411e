"""What Google's answers mean: an error with reasons; flat ones from its OAuth.

Source: developers.google.com, YouTube Data API "Errors" and "Quota"; Analytics API "Errors". YouTube sends
no quota headers: a day's quota comes back at midnight Pacific time.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from platforms.errors import NeedsPerson, NetworkError, RateLimited, Rejected, TokenRefused
from platforms.http import Reply, unanswered
from platforms.redaction import for_people

LABEL = "YouTube"
PACIFIC = ZoneInfo("America/Los_Angeles")

DAILY = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
SHORTLY = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
UPLOADS = "uploadLimitExceeded"  # of the channel, in a day that slides
TOKEN = frozenset({"authError", "UNAUTHENTICATED"})
PERSON = {
    "youtubeSignupRequired": "This Google account has no YouTube channel yet; make one first",
    "insufficientPermissions": "The account did not give AllIN this permission; connect it again",
    "accessNotConfigured": "The YouTube API is not switched on in the Google project",
    "authenticatedUserAccountSuspended": "YouTube has suspended this account",
    "authenticatedUserAccountClosed": "This YouTube account is closed",
    "commentsDisabled": "Comments are switched off for this video; of videos made for kids they always are",
    "ineligibleAccount": "This Google account has no YouTube channel to comment with",
    "authenticatedUserNotChannel": "This Google account has no YouTube channel yet; make one first",
}
PASSING = "processingFailure"  # with status 400, though the same may succeed the next time
NOT_SUPPORTED = "badRequest"
UNKNOWN_METRIC = "invalidParameter"
NOT_FOUND = frozenset({"videoNotFound", "playlistNotFound", "channelNotFound", "notFound"})
# Why a video that was taken is not shown, in words.
REASONS = {
    "conversion": "it could not be converted",
    "invalidFile": "the file is not a video it knows",
    "emptyFile": "the file is empty",
    "tooSmall": "the file is too small",
    "codec": "it does not know the video's codec",
    "uploadAborted": "the upload was broken off",
    "copyright": "of a copyright infringement",
    "inappropriate": "it has inappropriate content",
    "duplicate": "the channel has the same video already",
    "termsOfUse": "it breaks the terms of use",
    "uploaderAccountSuspended": "the account is suspended",
    "uploaderAccountClosed": "the account is closed",
    "length": "the video is longer than the channel may upload",
    "claim": "someone claimed its content",
    "trademark": "of a trademark infringement",
    "legal": "of a legal complaint",
}


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of Google carries; None if it carries none."""
    error = (reply.document or {}).get("error")
    if not error or reply.status < 300:
        return None
    code, words = _code_and_words(error, reply.document or {})
    words, status = for_people(words, *secrets), reply.status
    until = _until(code, status, reply.received_at)
    if until is not None:
        of: Literal["app", "account"] = "app" if code in DAILY else "account"
        words = f"{LABEL} asks to wait: {words}"
        return RateLimited(words, until=until, code=code, status=status, of=of)
    if code in PERSON:
        return NeedsPerson(f"{PERSON[code]}.", code=code, status=status)
    if status >= 500 or status == 408 or code == PASSING:
        return unanswered(f"{LABEL} failed on its side: {words}", write=write, code=code, status=status)
    if code in TOKEN or (status == 401 and isinstance(error, dict)):
        return TokenRefused(f"{LABEL} refused the access token: {words}", code=code, status=status)
    if status == 403:
        return NeedsPerson(f"{LABEL} does not permit this: {words}", code=code, status=status)
    return Rejected(f"{LABEL} refused the request: {words}", code=code, status=status)


def next_day(now: datetime) -> datetime:
    """The next midnight in Pacific time after `now` (aware UTC), as aware UTC."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PACIFIC).astimezone(UTC)


def unshown(status: dict[str, Any]) -> Rejected | None:
    """The error of a video that YouTube took and does not show, by its `status`; None while all is well."""
    state = status.get("uploadStatus")
    if state not in ("failed", "rejected", "deleted"):
        return None
    reason = status.get("rejectionReason") if state == "rejected" else status.get("failureReason")
    if state == "deleted":
        return Rejected(f"{LABEL} no longer has the video: it was deleted.", code="deleted")
    words = REASONS.get(str(reason), "it did not say why")
    return Rejected(f"{LABEL} does not show the video, because {words}.", code=reason)


def is_unknown_metric(error: NetworkError) -> bool:
    """Whether the Analytics API refuses a report, among other things for a metric it no longer has."""
    return isinstance(error, Rejected) and error.code in (NOT_SUPPORTED, UNKNOWN_METRIC)


def is_not_found(error: NetworkError) -> bool:
    """Whether there is no such thing: also the uploads of a channel that never uploaded."""
    return isinstance(error, Rejected) and (error.code in NOT_FOUND or error.status == 404)


def _until(code: str | None, status: int, now: datetime) -> datetime | None:
    if code in DAILY:
        return next_day(now)
    if code == UPLOADS:
        return now + timedelta(days=1)
    return now + timedelta(minutes=1) if code in SHORTLY or status == 429 else None


def _code_and_words(error: Any, document: dict[str, Any]) -> tuple[str | None, str]:
    """The first reason and what is said of it, of either shape."""
    if not isinstance(error, dict):
        return str(error), str(document.get("error_description") or error)
    listed = [entry for entry in error.get("errors") or [] if isinstance(entry, dict)]
    reason = next((str(entry["reason"]) for entry in listed if entry.get("reason")), error.get("status"))
    return reason, str(error.get("message") or reason or "no reason given")
