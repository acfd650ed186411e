"""A web server for tests that answers as told, if need be over TLS, and counts what reaches it."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass
class Answer:
    """What to say to a path; between chunks (or the headers' letters) it pauses for so many seconds."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=lambda: [b"hello"])
    pause_s: float = 0
    dripping_headers: bool = False


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1. `requests` are the headers that came, with lower-case names."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.requests: list[dict[str, str]] = []
        self.connections = self.sent = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Its origin, without TLS."""
        return f"http://127.0.0.1:{self.port}"

    def get_request(self) -> Any:
        """Accept a connection."""
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or speaks no TLS, is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append({name.lower(): value for name, value in self.headers.items()})
        answer = self.server.answers.get(self.path, Answer())
        if answer.dripping_headers:
            self._drip([b"H"] * 400, answer.pause_s)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._drip(answer.chunks, answer.pause_s)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.do_GET()

    def _drip(self, chunks: list[bytes], pause_s: float) -> None:
        for chunk in chunks:
            self.wfile.write(chunk)
            self.server.sent += len(chunk)
            time.sleep(pause_s)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(pem: Path | None = None) -> Iterator[Server]:
    """A running server; with a file of key and certificate it speaks TLS."""
    server = Server()
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def certificate(name: str, folder: Path) -> Path:
    """A file with a key and a certificate for the name, which vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    issued = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + issued.public_bytes(Encoding.PEM))
    return path
