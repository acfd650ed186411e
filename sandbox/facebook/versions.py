"""Versions of the Graph API: how long each lives, and which one answers for an expired one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from starlette.requests import Request

from sandbox.facebook.errors import GraphError

NEWEST = "v26.0"
# The first day each is gone (changelog of the Graph API, 2026-07-29).
_GONE = {
    "v20.0": datetime(2026, 9, 24, tzinfo=UTC),
    "v21.0": datetime(2027, 1, 21, tzinfo=UTC),
    "v22.0": datetime(2027, 5, 20, tzinfo=UTC),
    "v23.0": datetime(2027, 10, 8, tzinfo=UTC),
    "v24.0": datetime(2028, 2, 18, tzinfo=UTC),
    "v25.0": datetime(2028, 7, 29, tzinfo=UTC),
}
_VERSION = re.compile(r"/(v\d+\.\d+)(?=/)")


def served(request: Request, now: datetime) -> str:
    """The version that answers a call; the oldest live one for one that is gone, or for none.

    Raises GraphError 2635 for a version there has never been.
    """
    found = _VERSION.search(str(request.scope.get("asked_path", request.url.path)))
    alive = [version for version, gone in _GONE.items() if now < gone] + [NEWEST]
    if found is None:
        return alive[0]
    asked = found[1]
    if float(asked[1:]) > float(NEWEST[1:]):
        raise GraphError(2635, f"(#2635) There is no version {asked} of the Graph API.")
    return asked if asked in alive else alive[0]
