"""Files with addresses, and the steps of a publication, for the networks that publish by containers."""

from __future__ import annotations

import functools
import http.server
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import uvicorn
from PIL import Image

import platforms.http
from platforms import transport
from platforms.contract import Account, Network, Published
from platforms.errors import NetworkError, NotReady, RateLimited, TemporarilyRejected
from platforms.message import Media, Message
from sandbox.app import create_app
from sandbox.services import open_services
from sandbox.settings import Settings as SandboxSettings
from tests.platforms.conftest import Sandbox

# The boxes of an MP4 file that tell what it is; the sandbox looks at nothing more.
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 4_000


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder's files can be fetched."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def own_sandbox(home: Path) -> Iterator[Sandbox]:
    """A sandbox for these tests alone: they move its clock far."""
    services = open_services(SandboxSettings(home=home, days=200))
    config = uvicorn.Config(create_app(services), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Sandbox(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    server.should_exit = True
    thread.join()
    services.store.close()


@dataclass(frozen=True)
class Files:
    """A folder whose files have addresses under `url`."""

    folder: Path
    url: str

    def image(self, width: int = 640, height: int = 640, kind: str = "JPEG") -> Media:
        """A picture of its own."""
        path = self.folder / f"{uuid.uuid4().hex}.{'jpg' if kind == 'JPEG' else kind.lower()}"
        Image.new("RGB", (width, height), "teal").save(path, kind)
        return self.media(path, f"image/{kind.lower()}", width, height)

    def video(self) -> Media:
        """A video of ten seconds, as far as anyone looks."""
        path = self.folder / f"{uuid.uuid4().hex}.mp4"
        path.write_bytes(MP4)
        return self.media(path, "video/mp4", 1080, 1920, 10.0)

    def media(self, path: Path, mime: str, width: int, height: int, duration_s: float | None = None) -> Media:
        """The file as a message has it."""
        url = f"{self.url}/{path.name}"
        return Media(
            path.name, path, mime, path.stat().st_size, width, height, duration_s, "What is seen", url
        )


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the pauses between the attempts of a read, but not those that a network asks for."""
    asked = platforms.http._pause_s

    def pause_s(error: TemporarilyRejected, attempt: int) -> float:
        return asked(error, attempt) if isinstance(error, RateLimited) else 0.0

    monkeypatch.setattr(platforms.http, "_pause_s", pause_s)


@dataclass(frozen=True)
class Spoken:
    """One call: method, path, what was given in address or form, and the answer's JSON."""

    method: str
    path: str
    given: dict[str, str]
    answer: Any


@contextmanager
def overheard() -> Iterator[list[Spoken]]:
    """The calls that connectors make in the block."""
    calls: list[Spoken] = []
    clients: list[httpx2.Client] = []
    asked = transport.client

    def note(response: httpx2.Response) -> None:
        response.read()
        url, body = urlsplit(str(response.request.url)), response.request.content
        values = parse_qs(url.query) | parse_qs(body.decode(errors="replace"))
        given = {name: value[0] for name, value in values.items()}
        calls.append(Spoken(response.request.method, url.path, given, response.json()))

    def client(*where: Any, **how: Any) -> httpx2.Client:
        found = asked(*where, **how)
        found.event_hooks = {"response": [note]}
        clients.append(found)
        return found

    with patch("platforms.http.client", client):
        yield calls
    for found in clients:
        found.event_hooks = {}


def a_text() -> str:
    """Words nobody has used before."""
    return f"Fresh out of the oven, <b> & all: {uuid.uuid4().hex} 🥐"


@dataclass(frozen=True)
class Scene:
    """A network with an account on the sandbox, and files to publish."""

    network: Network
    account: Account
    sandbox: Sandbox
    files: Files

    def now(self) -> datetime:
        """The sandbox's time."""
        return datetime.fromisoformat(self.sandbox.get("clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        answer = httpx2.post(
            f"{self.sandbox.url}/_sandbox/clock", json={"advance_s": seconds}, trust_env=False
        )
        answer.raise_for_status()

    def prepared(self, message: Message, known: dict[str, Any] | None = None) -> dict[str, Any]:
        """Prepare to the end, as a publisher does that is called again whenever it is time."""
        kept = dict(known or {})
        for _ in range(10):
            kept, error = self.stepped(message, kept)
            if error is None:
                return kept
            if not isinstance(error, NotReady):
                raise error
            self.advance(5)
        raise AssertionError("it never gets ready")

    def stepped(self, message: Message, known: dict[str, Any]) -> tuple[dict[str, Any], NetworkError | None]:
        """Prepare as far as it goes: what was kept last, and the error that ended it."""
        kept = [known]
        steps = self.network.publish.prepare(self.account, message, known)
        try:
            while (ids := next(steps, None)) is not None:
                kept.append(ids)
        except NetworkError as error:
            return kept[-1], error
        return kept[-1], None

    def published(self, message: Message) -> tuple[Published, dict[str, Any]]:
        """Prepare and submit."""
        kept = self.prepared(message)
        return self.network.publish.submit(self.account, message, kept), kept

    def accepted(self) -> list[dict[str, Any]]:
        """Everything that was accepted on the account."""
        posts = self.sandbox.get("posts", network=self.network.key, account=self.account.external_id)["posts"]
        return list(posts)
