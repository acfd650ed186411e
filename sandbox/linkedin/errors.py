"""Errors as LinkedIn words them."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse


class LinkedInError(Exception):
    """An answer of LinkedIn that is an error; `service` is its serviceErrorCode."""

    def __init__(self, status: int, code: str, message: str, service: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.service = status, code, message, service


def worded(error: LinkedInError) -> JSONResponse:
    """The answer, with the ids LinkedIn traces calls by and no word about limits."""
    body: dict[str, Any] = {"message": error.message, "status": error.status, "code": error.code}
    if error.service is not None:
        body["serviceErrorCode"] = error.service
    return JSONResponse(body, error.status, {"x-li-uuid": secrets.token_hex(8), "x-li-fabric": "sandbox"})


async def on_linkedin_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for LinkedInError."""
    if not isinstance(error, LinkedInError):
        raise error
    return worded(error)


def unauthorized() -> LinkedInError:
    """401: no token, or one that does not work."""
    return LinkedInError(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)


def forbidden(what: str) -> LinkedInError:
    """403: no scope or no role for it."""
    return LinkedInError(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}", 100)


def invalid(field: str, code: str = "INVALID_VALUE_FOR_FIELD") -> LinkedInError:
    """400: something in the request is wrong."""
    return LinkedInError(400, code, f"{field} :: {code.replace('_', ' ').lower()}")


def not_found(what: str) -> LinkedInError:
    """404: there is no such thing."""
    return LinkedInError(404, "NOT_FOUND", f"Could not find entity {what}")


def throttled() -> LinkedInError:
    """429: the day's calls are used up."""
    words = "Resource level throttle limit for calls to this resource is reached."
    return LinkedInError(429, "TOO_MANY_REQUESTS", words, 101)
