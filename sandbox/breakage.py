"""The outermost layer: strips Facebook's version from paths and makes the calls go wrong that a fault means.

Dropping a connection needs the server's transport, which uvicorn's `send` belongs to.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults import FaultSpec
from sandbox.services import Services
from sandbox.standin import StandIn
from sandbox.standins import STANDINS

_FACEBOOK_VERSION = re.compile(r"^/(facebook|instagram|threads)/v\d+\.\d+(?=/)")
_NETWORK = re.compile(r"^/([a-z]+)(/.*)$")


class Breakage:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, services: Callable[[], Services]) -> None:
        self._app, self._services = app, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, broken if a fault says so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _FACEBOOK_VERSION.sub(r"/\1", scope["path"])
        scope = {**scope, "path": path, "raw_path": path.encode(), "asked_path": scope["path"]}
        fault = self._fault(scope)
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        await _BREAKERS[fault.kind](self._app, scope, receive, send)

    def _fault(self, scope: Scope) -> FaultSpec | None:
        match = _NETWORK.match(scope["path"])
        if match is None or match[1] not in STANDINS:
            return None
        services = self._services()
        network, path = match.groups()
        for fault_id, spec in services.faults.candidates(network, scope["method"], path):
            if spec.account is not None and spec.account != STANDINS[network].account_of(
                services, path, scope
            ):
                continue
            if services.faults.strikes(fault_id, spec):
                return spec
        return None


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
    return _standin(scope).server_error()


def _too_many(scope: Scope) -> Response:
    return _standin(scope).too_many()


def _unauthorized(scope: Scope) -> Response:
    return _standin(scope).unauthorized()


def _standin(scope: Scope) -> StandIn:
    return STANDINS[scope["path"].split("/")[1]]


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
