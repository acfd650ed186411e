"""Errors as Pinterest words them: a number and a sentence."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse


class PinterestError(Exception):
    """An answer of Pinterest that is an error."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def worded(error: PinterestError) -> JSONResponse:
    """The answer."""
    return JSONResponse({"code": error.code, "message": error.message}, error.status, error.headers)


async def on_pinterest_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for PinterestError."""
    if not isinstance(error, PinterestError):
        raise error
    return worded(error)


def unauthorized() -> PinterestError:
    """401: no token, or one that does not work."""
    return PinterestError(401, 2, "Authentication failed.")


def forbidden(words: str = "You are not permitted to access that resource.") -> PinterestError:
    """403: a scope is missing."""
    return PinterestError(403, 29, words)


def invalid(words: str) -> PinterestError:
    """400: the request is wrong."""
    return PinterestError(400, 1, words)


def throttled(headers: dict[str, str] | None = None) -> PinterestError:
    """429: a limit is used up."""
    return PinterestError(429, 8, "You have exceeded your rate limit. Try again later.", headers)
