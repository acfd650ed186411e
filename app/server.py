"""The app's one process: Streamlit pages, sign-in and API on one port. Run with ``python -m app.server``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.api.application import routes as api_routes
from app.web import failures, pages
from app.web.guard import SessionGuard
from app.web.headers import SecurityHeaders
from app.web.health import database_answers
from foundation.settings import get_settings

HERE = Path(__file__).resolve().parent
STOP_GRACE_S = 3  # open pages hold their WebSocket; they reconnect by themselves


async def mark(_request: Request) -> Response:
    """The product's mark, for the browser's tab."""
    return FileResponse(HERE / "brand" / "mark.svg", media_type="image/svg+xml")


async def health(_request: Request) -> Response:
    """The short address of the health check: 200 or 503."""
    database = await run_in_threadpool(database_answers)
    return JSONResponse({"status": "ok" if database else "unavailable"}, 200 if database else 503)


def build(extra: Sequence[BaseRoute] = ()) -> st.App:
    """The ASGI application, with `extra` routes beside its own."""
    return st.App(
        HERE / "shell" / "main.py",
        routes=[
            *pages.routes,
            Route("/health", health),
            Route("/brand/mark.svg", mark),
            *api_routes,
            *extra,
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(SessionGuard)],
        exception_handlers=failures.handlers,
    )


def serve(app: st.App) -> None:
    """Serve on the address and port of the settings until told to stop.

    Who a request comes from is what its connection says, and what a trusted proxy says of it.
    """
    settings = get_settings()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.app_port,
        access_log=False,
        ws_max_size=25 * 1024 * 1024,
        timeout_graceful_shutdown=STOP_GRACE_S,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


if __name__ == "__main__":
    serve(build())
