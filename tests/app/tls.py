"""A reverse proxy in front of the app, as in production: it ends TLS, and says who asks and how."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CALLER = "203.0.113.9"  # who asks, as the proxy says


@contextlib.contextmanager
def proxy(folder: Path, port: int, target: tuple[str, int]) -> Iterator[list[str]]:
    """Take https connections at the port and pass them on to the target; yields what browsers ask for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    loop = asyncio.new_event_loop()
    heads: list[str] = []

    async def serve(outside: StreamReader, back: StreamWriter) -> None:
        await _serve(outside, back, target, heads)

    loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", port, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield heads
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _serve(
    outside: StreamReader, back: StreamWriter, target: tuple[str, int], heads: list[str]
) -> None:
    """One request, or one WebSocket."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        head = await outside.readuntil(b"\r\n\r\n")
        heads.append(head.decode("latin-1"))
        answer, inside = await asyncio.open_connection(*target)
        inside.write(_introduced(head))
        await asyncio.gather(_pass(outside, inside), _pass(answer, back))


async def _pass(source: StreamReader, sink: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while received := await source.read(65536):
            sink.write(received)
            await sink.drain()
    sink.close()


def _introduced(head: bytes) -> bytes:
    first, _, rest = head.partition(b"\r\n")
    said = f"X-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.1, {CALLER}\r\n".encode()
    if b"upgrade: websocket" not in rest.lower():
        rest = rest.replace(b"Connection: keep-alive", b"Connection: close")
    return first + b"\r\n" + said + rest


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "proxy.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
