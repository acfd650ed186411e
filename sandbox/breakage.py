"""The outermost layer: strips Facebook's version from paths and makes the calls go wrong that a fault means.

Dropping a connection needs the server's transport, which uvicorn's `send` belongs to.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.facebook import tokens as facebook_tokens
from sandbox.facebook.errors import GraphError, graph_error, invalid_token
from sandbox.faults import FaultSpec
from sandbox.services import Services
from sandbox.x import tokens as x_tokens

_FACEBOOK_VERSION = re.compile(r"^/facebook/v\d+\.\d+(?=/)")
_NETWORK = re.compile(r"^/(facebook|x|llm|mailgun)(/.*)$")
_PAGE = re.compile(r"^/(\d+)(?:_\d+)?(?:/|$)")


class Breakage:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, services: Callable[[], Services]) -> None:
        self._app, self._services = app, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, broken if a fault says so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _FACEBOOK_VERSION.sub("/facebook", scope["path"])
        scope = {**scope, "path": path, "raw_path": path.encode()}
        fault = self._fault(scope)
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        await _BREAKERS[fault.kind](self._app, scope, receive, send)

    def _fault(self, scope: Scope) -> FaultSpec | None:
        match = _NETWORK.match(scope["path"])
        if match is None:
            return None
        services = self._services()
        network, path = match.groups()
        for fault_id, spec in services.faults.candidates(network, scope["method"], path):
            if spec.account is not None and spec.account != _account(services, network, path, scope):
                continue
            if services.faults.strikes(fault_id, spec):
                return spec
        return None


def _account(services: Services, network: str, path: str, scope: Scope) -> str | None:
    """The account a call is for: from a Facebook or Mailgun path, else from the token."""
    if network == "mailgun":
        return path.split("/")[2] if path.count("/") > 2 else None  # the sending domain
    found = _PAGE.match(path)
    if network == "facebook" and found:
        return found[1]
    headers = Headers(scope=scope)
    bearer = headers.get("authorization", "").partition(" ")[2]
    if network == "x":
        grant = x_tokens.check(services, bearer)
        return grant.account if grant else None
    query = parse_qs(scope["query_string"].decode())
    token = facebook_tokens.find(services, query.get("access_token", [bearer])[0])
    return token.subject if token else None


async def _drop(receive: Receive, send: Send) -> None:
    """Cut the connection without an answer, and wait until the server has noticed."""
    send.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await receive())["type"] != "http.disconnect":
        pass


async def _run(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    """Let the application answer, and keep the answer back."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await app(scope, receive, keep)
    return kept


async def _accept_then_drop(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _run(app, scope, receive)
    await _drop(receive, send)


async def _drop_before_accept(_app: ASGIApp, _scope: Scope, receive: Receive, send: Send) -> None:
    await _drop(receive, send)


async def _accept_then_5xx(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _run(app, scope, receive)
    await _server_error(scope)(scope, receive, send)


async def _truncated(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The whole length announced, half of the body sent, then the connection cut."""
    messages = await _run(app, scope, receive)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    await send(messages[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await asyncio.sleep(0.05)
    await _drop(receive, send)


async def _malformed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _run(app, scope, receive)
    page = HTMLResponse("<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>")
    await page(scope, receive, send)


def _server_error(scope: Scope) -> Response:
    if scope["path"].startswith("/facebook"):
        return graph_error(
            GraphError(
                2,
                "An unexpected error has occurred. Please retry your request later.",
                status=500,
                transient=True,
            )
        )
    if scope["path"].startswith("/x"):
        detail = {
            "title": "Service Unavailable",
            "detail": "Service Unavailable",
            "type": "about:blank",
            "status": 503,
        }
        return JSONResponse(detail, 503)
    if scope["path"].startswith("/mailgun"):
        return JSONResponse({"message": "Internal Server Error"}, 500)
    return _llm_error(503, "The engine is currently overloaded, please try again later", "server_error")


def _too_many(scope: Scope) -> Response:
    if scope["path"].startswith("/facebook"):
        return graph_error(GraphError(4, "(#4) Application request limit reached", transient=True))
    if scope["path"].startswith("/x"):
        body = {
            "title": "Too Many Requests",
            "detail": "Too Many Requests",
            "type": "about:blank",
            "status": 429,
        }
        return JSONResponse(body, 429)
    if scope["path"].startswith("/mailgun"):
        return JSONResponse({"message": "Too many requests"}, 429, headers={"Retry-After": "90"})
    return _llm_error(429, "Rate limit reached", "rate_limit_exceeded")


def _unauthorized(scope: Scope) -> Response:
    if scope["path"].startswith("/facebook"):
        return graph_error(invalid_token(463, "Error validating access token: Session has expired."))
    if scope["path"].startswith("/x"):
        body = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
        return JSONResponse(body, 401)
    if scope["path"].startswith("/mailgun"):
        return PlainTextResponse("Forbidden", 401)
    return _llm_error(401, "Incorrect API key provided", "invalid_api_key")


def _llm_error(status: int, message: str, code: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": code, "param": None, "code": code}}, status)


def _instead(make: Callable[[Scope], Response]) -> Breaker:
    async def answer(_app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await make(scope)(scope, receive, send)

    return answer


async def _as_usual(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


Breaker = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]
_BREAKERS: dict[str, Breaker] = {
    "accept_then_drop": _accept_then_drop,
    "accept_then_5xx": _accept_then_5xx,
    "drop_before_accept": _drop_before_accept,
    "delay": _as_usual,
    "429": _instead(_too_many),
    "5xx": _instead(_server_error),
    "401": _instead(_unauthorized),
    "malformed": _malformed,
    "truncated": _truncated,
}
