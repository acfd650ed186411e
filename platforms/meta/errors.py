"""What Meta's error codes mean, whichever of its networks answers.

The HTTP status is mostly 400; the code decides.

Sources: developers.facebook.com, Graph API "Handling errors" and "Rate limits"; Instagram Platform
"Error codes"; Threads API "Troubleshooting".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    Rejected,
)
from platforms.http import Classifier, Reply, unanswered
from platforms.rates import bounded, retry_after, spent_until
from platforms.redaction import for_people

TOKEN_DEAD = frozenset({102, 104, 190})  # with any subcode: deauthorized, checkpoint, password, expired …
PERMISSION = frozenset({3, 10, *range(200, 300)})
THROTTLED = frozenset({4, 17, 32, 341, 613, 80001, 80002})  # app, user, page, feed, custom, business use case
TRANSIENT = frozenset({1, 2})
UNKNOWN_APP = 101
WRONG_SECRET = "validating client secret"  # code 1, though it is not transient  # noqa: S105
TOO_MUCH = "reduce the amount of data"  # code 1 as well
BLOCKED = 368
SUNSET = 2635  # "You are calling a deprecated version"
INVALID_PARAMETER = "100"
MISSING = "100/33"
# What the token endpoints answer to a code or token that is dead for good.
DEAD_CODES = frozenset({"invalid_grant", "100/36007", "100/36008", "100/36009"})
TOO_FEW_VIEWERS = "not enough viewers"  # code 10 about one post, not about a permission
# Asking while throttled prolongs the block, so wait long when the network names no moment.
THROTTLE_DEFAULT = timedelta(minutes=15)


@dataclass(frozen=True)
class Failure:
    """An error as Meta words it. `named` is code/subcode; `words` are for people, without secrets."""

    code: int
    subcode: int
    words: str
    reply: Reply
    write: bool

    @property
    def named(self) -> str:
        """The error's own name: its code, with the subcode where there is one."""
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)

    def as_error(self, kind: type[NetworkError], words: str) -> NetworkError:
        """The typed error, with what is to be said before Meta's own words."""
        return kind(f"{words}: {self.words}", code=self.named, status=self.reply.status)

    def unanswered(self, words: str) -> NetworkError:
        """The typed error of a call that may or may not have had its effect."""
        return unanswered(
            f"{words}: {self.words}", write=self.write, code=self.named, status=self.reply.status
        )


Special = Callable[[Failure], NetworkError | None]


def classifier(label: str, special: Special) -> Classifier:
    """The classifier of a network called `label`; `special` reads the codes that only it has, first."""

    def classify(reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
        document = reply.document or {}
        if document.get("error_type"):
            return _at_consent(label, document, reply, secrets)
        error = document.get("error")
        if not isinstance(error, dict):
            return _of_upload(label, document.get("debug_info"), reply, write=write, secrets=secrets)
        failure = _failure(error, reply, write, secrets)
        return special(failure) or _common(label, failure, error.get("is_transient") is True)

    return classify


def _failure(error: dict[str, Any], reply: Reply, write: bool, secrets: tuple[str, ...]) -> Failure:
    said = str(error.get("error_user_msg") or error.get("message") or "no reason given")
    code, subcode = error.get("code"), error.get("error_subcode")
    return Failure(
        code if isinstance(code, int) else -999,
        subcode if isinstance(subcode, int) else 0,
        for_people(said, *secrets),
        reply,
        write,
    )


def _common(label: str, failure: Failure, transient: bool) -> NetworkError:
    status = failure.reply.status
    if failure.code in TOKEN_DEAD:
        return failure.as_error(NeedsReconnect, f"{label} no longer accepts the account's token")
    if failure.code in THROTTLED or status == 429:
        until = throttled_until(failure.reply.headers, failure.reply.received_at)
        words = f"{label} asks to wait: {failure.words}"
        return RateLimited(words, until=until, code=failure.named, status=status)
    if failure.code == UNKNOWN_APP or WRONG_SECRET in failure.words:
        return wrong_app(label, failure.named, status)
    if failure.code == BLOCKED:
        # Posts that "were blocked" have been seen live, so such a post has to be looked for first.
        kind = Ambiguous if failure.write else NeedsPerson
        return failure.as_error(kind, f"{label} blocked this action")
    if failure.code == SUNSET:
        return failure.as_error(
            NeedsPerson, f"{label} has retired this version of its API; set ALLIN_FACEBOOK_API_VERSION"
        )
    if failure.code in PERMISSION:
        return failure.as_error(NeedsPerson, f"{label} does not permit this")
    failed = failure.code in TRANSIENT or transient or status >= 500
    if failed and TOO_MUCH not in failure.words:
        return failure.unanswered(f"{label} failed on its side")
    return failure.as_error(Rejected, f"{label} refused the request")


def _at_consent(label: str, document: dict[str, Any], reply: Reply, secrets: tuple[str, ...]) -> NetworkError:
    """The code exchange has a form of its own: error_type, code (the status), error_message."""
    words = for_people(str(document.get("error_message") or "no reason given"), *secrets)
    if reply.status >= 500:
        return unanswered(f"{label} failed on its side: {words}", write=True, status=reply.status)
    dead = "code" in words.lower()  # "Matching code was not found or was already used"
    name = "invalid_grant" if dead else "invalid_client"
    return Rejected(f"{label} refused the connection: {words}", code=name, status=reply.status)


def _of_upload(
    label: str, info: object, reply: Reply, *, write: bool, secrets: tuple[str, ...]
) -> NetworkError | None:
    """The error of the host that takes videos: ``{"debug_info": {"retriable", "type", "message"}}``."""
    if not isinstance(info, dict) or reply.status < 400:
        return None
    words = for_people(str(info.get("message") or "no reason given"), *secrets)
    code, status = str(info.get("type") or ""), reply.status
    if info.get("retriable") is True or status >= 500:
        return unanswered(f"{label} did not take the video: {words}", write=write, code=code, status=status)
    return Rejected(f"{label} refused the video: {words}", code=code, status=status)


def wrong_app(label: str, code: str | None, status: int | None) -> NeedsPerson:
    """The settings name an app, or a secret of it, that Meta does not know."""
    words = f"{label} does not accept the app's client id and secret; check the settings"
    return NeedsPerson(words, code=code, status=status)


def throttled_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When (aware UTC) asking makes sense again: Retry-After, or the longest wait of a business use case."""
    named = retry_after(headers, now) or spent_until(headers, now)
    return named or bounded(now + THROTTLE_DEFAULT, now)


def is_invalid_parameter(error: NetworkError) -> bool:
    """Whether an error is code 100: among them, a metric that is dead, misspelt, or not of this post."""
    return isinstance(error, Rejected) and (error.code or "").partition("/")[0] == INVALID_PARAMETER


def is_too_much(error: NetworkError) -> bool:
    """Whether Meta asks for a smaller page."""
    return isinstance(error, Rejected) and TOO_MUCH in error.message


def is_about_one_post(error: NetworkError) -> bool:
    """Whether one post's numbers are refused: it is gone, too old, or was hardly seen."""
    few = isinstance(error, NeedsPerson) and TOO_FEW_VIEWERS in error.message.lower()
    return few or is_invalid_parameter(error)
