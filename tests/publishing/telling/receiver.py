"""A program that is told things: a real HTTP server on loopback, with answers on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Got:
    """A request as it came; names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: str
    at: float


@dataclass(frozen=True)
class Answer:
    """What is answered, after `delay_s` seconds."""

    status: int = 200
    body: bytes = b"thank you"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


class Receiver:
    """What came, and what is answered next; `usual` when nothing is planned."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.got: list[Got] = []
        self.planned: list[Answer] = []
        self.usual = Answer()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.origin}/hook"

    @property
    def ids(self) -> list[str]:
        """The messages' ids, in the order in which they came."""
        return [one.headers["webhook-id"] for one in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver: Receiver

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, headers, body, time.monotonic()))
            answer = receiver.planned.pop(0) if receiver.planned else receiver.usual
            time.sleep(answer.delay_s)
            try:
                self.send_response(answer.status)
                for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:
                pass  # whoever asked has hung up

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
