"""Answers as TikTok words them: an envelope with a code, "ok" when all is well."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse


class TikTokError(Exception):
    """An answer of TikTok that is an error. Some come with HTTP 200."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


async def on_tiktok_error(_request: Request, error: Exception) -> JSONResponse:
    """Exception handler for TikTokError."""
    if not isinstance(error, TikTokError):
        raise error
    return enveloped({}, error.status, error.code, error.message or error.code.replace("_", " "))


def enveloped(data: dict[str, Any], status: int = 200, code: str = "ok", message: str = "") -> JSONResponse:
    """An answer in TikTok's envelope."""
    error = {"code": code, "message": message, "log_id": secrets.token_hex(16).upper()}
    return JSONResponse({"data": data, "error": error}, status)


def invalid(words: str) -> TikTokError:
    """400: the request is wrong."""
    return TikTokError(400, "invalid_params", words)
