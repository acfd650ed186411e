"""What the Graph API's error codes mean. Its HTTP status is mostly 400; the code decides.

Source: developers.facebook.com, Graph API "Handling errors" and "Rate limits" (v26.0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    Rejected,
)
from platforms.http import Reply, unanswered
from platforms.rates import bounded, retry_after
from platforms.redaction import for_people

LABEL = "Facebook"

TOKEN_DEAD = frozenset({102, 104, 190})  # with any subcode: deauthorized, checkpoint, password, expired …
PERMISSION = frozenset({3, 10, *range(200, 300)})
THROTTLED = frozenset({4, 17, 32, 341, 613, 80001, 80002})  # app, user, page, feed, custom, business use case
BLOCKED = 368
DUPLICATE = 506
TRANSIENT = frozenset({1, 2})
WRONG_SECRET = "validating client secret"  # code 1 as well  # noqa: S105
UNKNOWN_APP = 101
NO_ROLE = 492
INVALID_PARAMETER = "100"
TOO_MUCH = "reduce the amount of data"  # code 1, though it is not transient
# Asking while throttled prolongs the block, so wait long when the network names no moment.
THROTTLE_DEFAULT = timedelta(minutes=15)


def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error an answer of the Graph API carries, whatever its HTTP status; None if it carries none."""
    document = reply.document or {}
    error = document.get("error")
    if not isinstance(error, dict):
        return _of_upload(document.get("debug_info"), reply, write=write, secrets=secrets)
    code = error.get("code")
    number = code if isinstance(code, int) else -1
    subcode = error.get("error_subcode")
    named = f"{number}/{subcode}" if subcode else str(number)
    words = for_people(
        str(error.get("error_user_msg") or error.get("message") or "no reason given"), *secrets
    )
    status = reply.status
    if number in TOKEN_DEAD:
        return NeedsReconnect(_dead(subcode, words), code=named, status=status)
    if number in THROTTLED or status == 429:
        until = throttled_until(reply.headers, reply.received_at)
        return RateLimited(f"{LABEL} asks to wait: {words}", until=until, code=named, status=status)
    if number == DUPLICATE:
        return Duplicate(f"{LABEL} says it already has this post: {words}", code=named, status=status)
    if number == BLOCKED:
        # Posts that "were blocked" have been seen live, so such a post has to be looked for first.
        blocked = Ambiguous if write else NeedsPerson
        return blocked(f"{LABEL} blocked this action: {words}", code=named, status=status)
    if number == UNKNOWN_APP or WRONG_SECRET in words:
        refusal = f"{LABEL} does not accept the app's id and secret; check the settings"
        return NeedsPerson(refusal, code=named, status=status)
    if number in PERMISSION:
        return NeedsPerson(f"{LABEL} does not permit this: {words}", code=named, status=status)
    failed = number in TRANSIENT or error.get("is_transient") is True or status >= 500
    if failed and TOO_MUCH not in words:
        return unanswered(f"{LABEL} failed on its side: {words}", write=write, code=named, status=status)
    return Rejected(f"{LABEL} refused the request: {words}", code=named, status=status)


def _dead(subcode: object, words: str) -> str:
    """Why a token is dead, in words for its owner."""
    if subcode == NO_ROLE:
        return f"{LABEL} says that whoever connected the page has no role on it any more; connect it again"
    return f"{LABEL} no longer accepts the page's token: {words}"


def _of_upload(info: object, reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
    """The error of the host that takes videos: ``{"debug_info": {"retriable", "type", "message"}}``."""
    if not isinstance(info, dict) or reply.status < 400:
        return None
    words = for_people(str(info.get("message") or "no reason given"), *secrets)
    code, status = str(info.get("type") or ""), reply.status
    if info.get("retriable") is True or status >= 500:
        return unanswered(f"{LABEL} did not take the video: {words}", write=write, code=code, status=status)
    return Rejected(f"{LABEL} refused the video: {words}", code=code, status=status)


def throttled_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When (aware UTC) asking makes sense again: Retry-After, or the longest wait of a business use case."""
    named = retry_after(headers, now)
    if named:
        return named
    minutes = [
        wait
        for use in _usages(headers.get("x-business-use-case-usage", ""))
        if isinstance(wait := use.get("estimated_time_to_regain_access"), int | float) and wait > 0
    ]
    return bounded(now + (timedelta(minutes=max(minutes)) if minutes else THROTTLE_DEFAULT), now)


def is_invalid_parameter(error: NetworkError) -> bool:
    """Whether an error is code 100: among them, a metric that is dead or misspelt."""
    return isinstance(error, Rejected) and (error.code or "").partition("/")[0] == INVALID_PARAMETER


def is_too_much(error: NetworkError) -> bool:
    """Whether Meta asks for a smaller page."""
    return isinstance(error, Rejected) and TOO_MUCH in error.message


def _usages(header: str) -> list[dict[str, Any]]:
    """The entries of ``{"<page id>": [{...}, ...]}``; empty when the header is absent or not that."""
    try:
        document = json.loads(header)
    except ValueError:
        return []
    groups = document.values() if isinstance(document, dict) else []
    return [use for group in groups if isinstance(group, list) for use in group if isinstance(use, dict)]
