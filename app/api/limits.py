"""Requests a minute, counted over all processes, and told in the headers of each answer.

Headers: draft-ietf-httpapi-ratelimit-headers-11 (``RateLimit-Policy``, ``RateLimit``), and the three older
ones that more clients read (its version 06).
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from foundation.settings import Settings
from identity import limits
from identity.errors import TooManyTriesError
from identity.limits import Limit, Usage

WINDOW_S: Final = 60
POLICY: Final = "requests"


def count(request: Request, caller: str, settings: Settings) -> None:
    """Count one request of the caller, once; what is left is kept for the answer.

    Raises:
        TooManyTriesError: it is one too many.
    """
    if getattr(request.state, "usage", None) is not None:
        return
    limit = Limit("api", settings.api_requests_per_minute, WINDOW_S)
    try:
        request.state.usage = limits.count(limit, caller, settings)
    except TooManyTriesError as error:
        request.state.usage = Usage(limit, 0, error.retry_after_s)
        raise


def tell(request: Request, headers: MutableHeaders) -> None:
    """Say in the answer's headers what is left, if the request was counted. Times are in seconds."""
    usage: Usage | None = getattr(request.state, "usage", None)
    if usage is None:
        return
    headers["RateLimit-Policy"] = f'"{POLICY}";q={usage.limit.count};w={usage.limit.window_s}'
    headers["RateLimit"] = f'"{POLICY}";r={usage.remaining};t={usage.reset_s}'
    headers["RateLimit-Limit"] = str(usage.limit.count)
    headers["RateLimit-Remaining"] = str(usage.remaining)
    headers["RateLimit-Reset"] = str(usage.reset_s)
