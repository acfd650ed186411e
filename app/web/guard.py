"""Nobody sees a page without a session: a thin ASGI middleware in front of the pages."""

from __future__ import annotations

from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.cookies import session_token
from app.web.sign_in import SIGN_IN, SIGN_OUT
from identity.sessions import signed_in

# Routes that decide for themselves, and the files of the pages, which hold nobody's data. A slash at the
# end opens the whole folder.
OPEN = (SIGN_IN, SIGN_OUT, "/health", "/api/", "/brand/", "/_stcore/", "/static/", "/favicon.png")


class SessionGuard:
    """Sends a browser without a valid session from any page to the sign-in page, and back afterwards.

    A page's data travels over its WebSocket and is checked at every rerun (`app.shell.access`); this guard
    only spares people an empty page, and keeps pages out of other sites' frames.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if "text/html" in connection.headers.get("accept", "") and (
            await run_in_threadpool(signed_in, session_token(connection)) is None
        ):
            await _redirect(connection)(scope, receive, send)
            return

        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Frame-Options"] = "SAMEORIGIN"
            await send(message)

        await self._app(scope, receive, send_unframed)


def _is_open(path: str) -> bool:
    return any(path.startswith(entry) if entry.endswith("/") else path == entry for entry in OPEN)


def _redirect(connection: HTTPConnection) -> RedirectResponse:
    query = connection.url.query
    target = connection.url.path + (f"?{query}" if query else "")
    return RedirectResponse(f"{SIGN_IN}?next={quote(target)}", 303)
