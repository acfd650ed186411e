"""The errors that only Facebook has.

Source: developers.facebook.com, Graph API "Handling errors" (v26.0).
"""

from __future__ import annotations

from platforms.errors import Duplicate, NeedsReconnect, NetworkError
from platforms.meta.errors import Failure, classifier

LABEL = "Facebook"

DUPLICATE = 506
NO_ROLE = "190/492"


def _special(failure: Failure) -> NetworkError | None:
    if failure.code == DUPLICATE:
        return failure.as_error(Duplicate, f"{LABEL} says it already has this post")
    if failure.named == NO_ROLE:
        words = f"{LABEL} says that whoever connected the page has no role on it any more; connect it again"
        return NeedsReconnect(words, code=failure.named, status=failure.reply.status)
    return None


classify = classifier(LABEL, _special)
