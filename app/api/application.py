"""The API as one application: its routes, what every answer has in common, and its description."""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import docs, openapi, problems
from app.api.routes import ROUTERS, media

PREFIX: Final = "/api/v1"
MAX_BODY: Final = 1024 * 1024  # bytes


class Api(FastAPI):
    """A FastAPI application that describes its routes with what they have in common."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if not self.openapi_schema:
            self.openapi_schema = openapi.describe(self.routes)
        return self.openapi_schema


class Envelope:
    """Keeps answers out of caches, and bodies within 1 MB (of files: as much as a file may have)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen, most = 0, _most(scope)

        async def receive_some() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413)
            return message

        async def send_uncached(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > most:
            refused = problems.answer(HTTPException(413), Request(scope))
            await refused(scope, receive, send_uncached)
            return
        await self._app(scope, receive_some, send_uncached)


def _most(scope: Scope) -> int:
    is_upload = scope["method"] == "POST" and scope["path"] == f"{PREFIX}{media.UPLOAD}"
    return MAX_BODY + media.LARGEST if is_upload else MAX_BODY


async def _refused(request: Request, error: Exception) -> Response:
    """The answer to a request that no route took."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        error.headers = {"Allow": ", ".join(sorted(_methods(request)))}
    return problems.answer(error, request)


def _methods(request: Request) -> set[str]:
    """The methods that the address takes, whichever of its routes takes them."""
    fitting = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return {method for route in fitting for method in route.methods or ()}


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer where nothing is."""
    refused = problems.answer(HTTPException(404), Request(scope))
    await refused(scope, receive, send)


def build() -> Api:
    """The application under `PREFIX`. FastAPI's own pages load scripts from elsewhere, so they stay off."""
    made = Api(
        title=openapi.TITLE,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Envelope)],
        exception_handlers={HTTPException: _refused, RequestValidationError: _refused, Exception: _refused},
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    # Not included but taken over as they are: an included router is matched route by route, twice.
    made.router.routes.extend(route for router in ROUTERS for route in router.routes)
    return made


class _Everything(Mount):
    """Takes every address below it; Starlette's own leaves those with a line break in them to others."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


api: Final = build()
# All under /api, so that what is not there is told like everything else.
routes: Final[list[BaseRoute]] = [_Everything(PREFIX, api), *docs.routes, _Everything("/api", _nothing)]
