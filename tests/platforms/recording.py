"""A sandbox whose calls are written down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.app import create_app
from sandbox.services import open_services
from sandbox.settings import Settings
from tests.platforms.conftest import Sandbox


@dataclass(frozen=True)
class Exchange:
    """One call as it went over the wire; `path` is without the stand-in's prefix."""

    method: str
    path: str
    query: str
    body: Any
    status: int
    answer: Any


class Recorder:
    """ASGI middleware that keeps the calls to one stand-in with their answers."""

    def __init__(self, app: ASGIApp, network_key: str) -> None:
        self._app, self._prefix = app, f"/{network_key}"
        self.exchanges: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(f"{self._prefix}/"):
            await self._app(scope, receive, send)
            return
        sent, answered, status = [b""], [b""], [0]

        async def hear() -> Message:
            message = await receive()
            sent.append(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            status[0] = message.get("status", status[0])
            answered.append(message.get("body", b""))
            await send(message)

        await self._app(scope, hear, say)
        self.exchanges.append(
            Exchange(
                *(scope["method"], scope["path"].removeprefix(self._prefix), scope["query_string"].decode()),
                *(_json(b"".join(sent)), status[0], _json(b"".join(answered))),
            )
        )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


@contextmanager
def recorded(home: Path, network_key: str) -> Iterator[tuple[Sandbox, Recorder]]:
    """A sandbox of its own, and what is written down of one network's stand-in."""
    services = open_services(Settings(home=home, days=60))
    recorder = Recorder(create_app(services), network_key)
    server = uvicorn.Server(
        uvicorn.Config(recorder, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Sandbox(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"), recorder
    server.should_exit = True
    thread.join()
    services.store.close()
