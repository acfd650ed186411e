"""A server of raw sockets that misbehaves exactly as told, to tell apart what HTTP libraries blur."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Act = Callable[[socket.socket], None]


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def close(connection: socket.socket) -> None:
    connection.close()


def hang(_connection: socket.socket) -> None:
    """Say nothing, and keep the connection."""


def say(raw: bytes) -> Act:
    """Answer with these bytes and close."""

    def act(connection: socket.socket) -> None:
        connection.sendall(raw)
        connection.close()

    return act


def answer(status: int, body: str = "{}", **headers: Any) -> Act:
    """Answer properly."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body.encode())}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return say(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


class Wire:
    """Acts on one request after the other, repeating the last act; `requests` are those received whole."""

    def __init__(self, acts: list[Act]) -> None:
        self.acts, self.requests, self._kept = acts, list[bytes](), list[socket.socket]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # stopped
                return
            received = _request(connection)
            if not received:
                connection.close()
                continue
            self.requests.append(received)
            self._kept.append(connection)
            self.acts[min(len(self.requests), len(self.acts)) - 1](connection)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._kept:
            connection.close()


def _request(connection: socket.socket) -> bytes:
    """One whole request: its head, and as much body as it announces."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    announced = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(announced[0].split(b":")[1]) if announced else 0
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@contextmanager
def wire(*acts: Act) -> Iterator[Wire]:
    """A server that acts as told for the length of the block."""
    server = Wire(list(acts))
    try:
        yield server
    finally:
        server.stop()


def refusing_url() -> str:
    """An address nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
