"""The one session cookie that pages and routes share."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from identity.sessions import SESSION_LIFETIME

COOKIE = "allin_session"


def session_token(connection: HTTPConnection) -> str | None:
    """The token the browser sent, if any."""
    return connection.cookies.get(COOKIE)


def set_session(response: Response, connection: HTTPConnection, token: str) -> None:
    """Hand the browser its session: out of scripts' reach, and not sent along by other sites' forms."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=connection.url.scheme in ("https", "wss"),
    )


def clear_session(response: Response) -> None:
    """Make the browser forget its session."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
