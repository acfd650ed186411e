"""Errors as a Mastodon server words them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse


class MastodonError(Exception):
    """An answer of a server that is an error; `description` is for OAuth's."""

    def __init__(
        self, status: int, error: str, description: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.status, self.error, self.description = status, error, description
        self.headers = dict(headers or {})


async def on_mastodon_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for MastodonError."""
    if not isinstance(error, MastodonError):
        raise error
    return refusal(error.status, error.error, error.description, error.headers)


def refusal(
    status: int, error: str, description: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer to a call that failed."""
    body = {"error": error, **({"error_description": description} if description else {})}
    return JSONResponse(body, status, dict(headers or {}))


def failed(words: str) -> MastodonError:
    """422: the request is understood, and wrong."""
    return MastodonError(422, f"Validation failed: {words}")


def not_found() -> MastodonError:
    """404: there is none, or not for this account."""
    return MastodonError(404, "Record not found")
