"""What TikTok's answers mean: an envelope with a code, whatever the HTTP status; flat ones from its OAuth.

Source: developers.tiktok.com, "Error handling" and the errors of each endpoint. TikTok sends no rate
headers; its windows are sliding minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from platforms.errors import NeedsPerson, NetworkError, RateLimited, Rejected, TokenRefused
from platforms.http import Reply, unanswered
from platforms.redaction import for_people

LABEL = "TikTok"

FINE = "ok"
WINDOW = timedelta(minutes=1)
TOO_MANY_POSTS = "spam_risk_too_many_posts"
# The cap on a creator's posts is of a sliding day, and TikTok does not say when it has room again.
POSTS_WINDOW = timedelta(hours=1)

TOKEN = frozenset({"access_token_invalid", "access_token_expired"})
LIMITED = frozenset({"rate_limit_exceeded", TOO_MANY_POSTS, "spam_risk_too_many_pending_share"})
OWN_FAULTS = frozenset({"internal_error", "server_error", "temporarily_unavailable"})
PERSON = {
    "scope_not_authorized": "The account did not give AllIN this permission; connect it again",
    "scope_permission_missed": "The account did not give AllIN this permission; connect it again",
    "spam_risk": "TikTok stopped the account from posting for now",
    "spam_risk_user_banned_from_posting": "TikTok has banned the account from posting",
    "reached_active_user_cap": "The TikTok app has reached its number of people for today",
    "unaudited_client_can_only_post_to_private_accounts": (
        "TikTok has not reviewed the app yet: until then only private accounts can be posted to"
    ),
    "url_ownership_unverified": "TikTok does not know that this installation's public address is yours: "
    "verify it in the settings of the TikTok app",
    "app_version_check_failed": "The account's TikTok app is too old; update it",
}
# What a post can fail with once it was taken, in words.
FAILURES = {
    "file_format_check_failed": "the file is in a format it can't use",
    "duration_check_failed": "the video is too long or too short",
    "frame_rate_check_failed": "the video's frame rate is not between 23 and 60 a second",
    "picture_size_check_failed": "a picture is too large or too small",
    "video_pull_failed": "the video could not be fetched",
    "photo_pull_failed": "a photo could not be fetched",
    "publish_cancelled": "the post was cancelled",
    "auth_removed": "the account took its permission back",
    "spam_risk_too_many_posts": "the account has posted too much today",
    "spam_risk_user_banned_from_posting": "the account is banned from posting",
    "spam_risk_text": "the text was taken for spam",
    "spam_risk": "it was taken for spam",
}


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of TikTok carries, also with HTTP 200; None if it carries none."""
    code, words = _code_and_words(reply.document or {})
    if code is None or code == FINE:
        return None
    words, status = for_people(words, *secrets), reply.status
    if code in TOKEN:
        return TokenRefused(f"{LABEL} refused the access token: {words}", code=code, status=status)
    if code in LIMITED or status == 429:
        until = reply.received_at + (POSTS_WINDOW if code == TOO_MANY_POSTS else WINDOW)
        return RateLimited(f"{LABEL} asks to wait: {words}", until=until, code=code, status=status)
    if code in PERSON:
        return NeedsPerson(f"{PERSON[code]}.", code=code, status=status)
    if code in OWN_FAULTS or status >= 500:
        return unanswered(f"{LABEL} failed on its side: {words}", write=write, code=code, status=status)
    return Rejected(f"{LABEL} refused the request: {words}", code=code, status=status)


def failure(reason: str | None) -> Rejected:
    """The error of a post that TikTok took and then did not publish."""
    words = FAILURES.get(reason or "", "it did not say why")
    return Rejected(f"{LABEL} did not publish it: {words}.", code=reason)


def _code_and_words(document: dict[str, Any]) -> tuple[str | None, str]:
    """The code and what is said of it: of the envelope ``{"error": {...}}``, or flat as OAuth words it."""
    error = document.get("error")
    if isinstance(error, dict):
        code = str(error.get("code") or "")
        return code or None, str(error.get("message") or code)
    if isinstance(error, str) and error:
        return error, str(document.get("error_description") or error)
    return None, ""
