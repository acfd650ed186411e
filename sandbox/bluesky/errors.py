"""Answers as XRPC words errors: ``{"error": name, "message": words}``."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse


class XrpcError(Exception):
    """An answer of a host that is an error."""

    def __init__(
        self, status: int, error: str, message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.status, self.error, self.message = status, error, message or error
        self.headers = dict(headers or {})


async def on_xrpc_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for XrpcError."""
    if not isinstance(error, XrpcError):
        raise error
    return refusal(error.status, error.error, error.message, error.headers)


def refusal(status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a call that failed."""
    return JSONResponse({"error": error, "message": message}, status, dict(headers or {}))


def invalid(words: str) -> XrpcError:
    """400: the request is wrong."""
    return XrpcError(400, "InvalidRequest", words)
