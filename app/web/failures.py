"""What people see when something of ours fails: what happened, and what to do next; never how."""

from __future__ import annotations

import logging

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.api.problems import RETRY_S, UNREACHABLE
from app.web.paths import HOME
from app.web.rendering import notice

__all__ = ["UNREACHABLE", "broken", "handlers", "unavailable"]

log = logging.getLogger(__name__)


def unavailable(_connection: HTTPConnection, error: Exception) -> Response:
    """The database does not answer (an error of `UNREACHABLE`): it may in a moment."""
    log.error("a page could not be made: %s", type(error).__name__)
    answer = notice(
        "AllIN can't be reached just now",
        "What you sent may not have been saved. Please try again in a minute.",
        status=503,
        go=("Try again", HOME),
    )
    answer.headers["Retry-After"] = str(RETRY_S)
    return answer


def broken(_connection: HTTPConnection, _error: Exception) -> Response:
    """A mistake of ours. The server logs it after this."""
    return notice(
        "Something went wrong on our side",
        "It was not your doing. Please try again; if it happens again, tell an administrator.",
        status=500,
        go=("Go on", HOME),
    )


handlers = {**dict.fromkeys(UNREACHABLE, unavailable), Exception: broken}
