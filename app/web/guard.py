"""Nobody sees a page without a session: a thin ASGI middleware in front of the pages."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.cookies import session_token
from app.web.failures import UNREACHABLE, unavailable
from app.web.paths import ENTRANCES, HOME, OVERVIEW, PAGES, POSTS, SIGN_IN, WELCOME, onward
from app.web.rendering import go_to, notice
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.sessions import signed_in

# Routes that decide for themselves, and the files of the pages, which hold nobody's data. A slash at the
# end opens the whole folder.
OPEN = (*ENTRANCES, "/health", "/api/", "/brand/", "/files/", "/_stcore/", "/static/", "/favicon.png")
DRAWN = ("/media/", "/component/")  # what Streamlit serves to its pages beside them: downloads, pictures


class SessionGuard:
    """Sends a browser without a valid session from any page to the sign-in page, and back afterwards; who
    is in no organization is sent to where they can get into one. The root leads to a member's first page,
    and an address that is no page is answered as such.

    A page's data travels over its WebSocket and is checked at every rerun (`app.shell.access`); this guard
    only spares people an empty page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        connection = HTTPConnection(scope) if scope["type"] == "http" else None
        if connection is not None and _is_page(connection):
            answer = await run_in_threadpool(_instead, connection)
            if answer is not None:
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_page(connection: HTTPConnection) -> bool:
    return "text/html" in connection.headers.get("accept", "") and not _is_open(connection.scope["path"])


def _is_open(path: str) -> bool:
    return any(path.startswith(entry) if entry.endswith("/") else path == entry for entry in OPEN)


def _instead(connection: HTTPConnection) -> Response | None:
    """What who may not see the page gets in its place; None: they may."""
    try:
        visitor = signed_in(session_token(connection))
    except UNREACHABLE as error:  # no handler of the app's is around a middleware
        return unavailable(connection, error)
    path, query = connection.url.path, connection.url.query and f"?{connection.url.query}"
    if visitor is None:
        return go_to(SIGN_IN + onward(path + query))
    if not isinstance(visitor, Principal):
        return go_to(WELCOME)
    if path == HOME:
        return go_to((OVERVIEW if may(visitor, Permission.ANALYTICS_READ) else POSTS) + query)
    return None if path.rstrip("/") in PAGES or path.startswith(DRAWN) else _no_page()


def _no_page() -> Response:
    return notice(
        "There is no such page",
        "The address may be mistyped, or the page has moved.",
        status=404,
        go=("Go to AllIN", HOME),
    )
