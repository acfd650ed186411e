"""The errors that only Instagram has, by code and subcode, and those of a container that failed.

Source: developers.facebook.com, Instagram Platform "Error codes".
"""

from __future__ import annotations

import re
from datetime import timedelta

from platforms.errors import (
    NeedsPerson,
    NetworkError,
    NotReady,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.meta.containers import QUOTA_PAUSE, State, unreachable
from platforms.meta.errors import Failure, classifier
from platforms.redaction import for_people

LABEL = "Instagram"

NOT_READY, NOT_READY_PAUSE = 2207027, timedelta(seconds=30)
QUOTA = 2207042
SPAM, RESTRICTED = 2207051, 2207050
CONTAINER_LATE = 2207008  # "retry after 30 seconds to 2 minutes"
EXPIRED = 2207020
NOT_FETCHED = 2207052
# Instagram's own trouble while it fetched or processed a file: the same file may do the next time.
PASSING = frozenset({2207001, 2207003, 2207032, 2207053})

_SUBCODE = re.compile(r"\b2207\d{3}\b")
WORDS = {
    2207004: "the image is too large",
    2207005: "the image format is not supported; Instagram takes JPEG",
    2207009: "the image's shape is outside 4:5 to 1.91:1",
    2207010: "the caption is too long",
    2207023: "the media type is unknown",
    2207026: "the video format is not supported",
    2207028: "a carousel needs 2 to 10 images or videos",
    2207040: "there are too many tags",
    2207050: "the account is restricted",
    2207051: "Instagram took the post for spam",
    2207057: "the moment of the cover is not within the video",
}


def _special(failure: Failure) -> NetworkError | None:
    subcode, received_at = failure.subcode, failure.reply.received_at
    if subcode == NOT_READY:
        return NotReady(f"{LABEL} is still processing the file", until=received_at + NOT_READY_PAUSE)
    if subcode == QUOTA:
        words = f"The account has used up its posts of the day on {LABEL}: {failure.words}"
        return RateLimited(words, until=received_at + QUOTA_PAUSE, code=failure.named)
    if subcode in (SPAM, RESTRICTED):
        return failure.as_error(NeedsPerson, f"{LABEL} does not let the account post")
    if subcode == NOT_FETCHED:
        return failure.as_error(NeedsPerson, unreachable(LABEL))
    if failure.write and subcode in (CONTAINER_LATE, EXPIRED):
        return failure.as_error(TemporarilyRejected, f"{LABEL} does not have what was prepared")
    if subcode in PASSING:
        return failure.unanswered(f"{LABEL} failed on its side")
    return None


classify = classifier(LABEL, _special)


def failed(state: State) -> NetworkError:
    """What a container's failure means: its `status` names the subcode within a sentence."""
    found = _SUBCODE.search(state.reason)
    subcode = int(found[0]) if found else 0
    words = WORDS.get(subcode) or for_people(state.reason) or "no reason given"
    code = str(subcode) if subcode else None
    if subcode == NOT_FETCHED:
        return NeedsPerson(unreachable(LABEL), code=code)
    if subcode in PASSING or subcode == EXPIRED:
        return TemporarilyRejected(f"{LABEL} could not process the file this time: {words}", code=code)
    if subcode in (SPAM, RESTRICTED):
        return NeedsPerson(f"{LABEL} does not let the account post: {words}", code=code)
    return Rejected(f"{LABEL} could not use the post: {words}", code=code)
