"""Errors as Google words them: a list of reasons under one code."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}


class GoogleError(Exception):
    """An answer of Google that is an error."""

    def __init__(self, status: int, reason: str, message: str = "", domain: str = "youtube") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message, self.domain = status, reason, message or reason, domain


def worded(error: GoogleError) -> JSONResponse:
    """The answer."""
    entry = {"message": error.message, "domain": error.domain, "reason": error.reason}
    body = {"code": error.status, "message": error.message, "errors": [entry]}
    if error.status in _STATUSES:
        body["status"] = _STATUSES[error.status]
    return JSONResponse({"error": body}, error.status)


async def on_google_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for GoogleError."""
    if not isinstance(error, GoogleError):
        raise error
    return worded(error)


def bad_request(message: str, reason: str = "badRequest") -> GoogleError:
    """400: the request is wrong."""
    return GoogleError(400, reason, message)


def unauthorized() -> GoogleError:
    """401: no token, or one that does not work."""
    words = "Request had invalid authentication credentials."
    return GoogleError(401, "authError", words, "global")


def not_found(reason: str, what: str) -> GoogleError:
    """404: there is no such thing."""
    return GoogleError(404, reason, f"The {what} that you requested cannot be found.")
