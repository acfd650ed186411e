"""Requests to addresses that people name: they reach the public internet and nothing behind our own walls.

Someone who may name an address (an identity provider, a picture to fetch) must not make this installation
speak to its own network for them. So: https alone; the name is resolved once, every address it has must be
public, and the connection goes to the very address that was looked at, so that a second, different answer of
the name server changes nothing. TLS still proves the host's name. An answer is bounded in size and time.
No proxy is used: it would resolve the name again, out of our sight.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore2
import httpx2

from foundation.public_addresses import AddressRefusedError, public_addresses

__all__ = [
    "HEADERS",
    "AddressRefusedError",
    "AnswerTooLargeError",
    "GuardedTransport",
    "check_address",
    "guarded_client",
    "origin",
]

# What comes compressed can become any size, so it is neither asked for nor taken.
HEADERS = {"User-Agent": "AllIN/0.1", "Accept-Encoding": "identity"}

ONLY_HTTPS = "only https addresses can be used"
_PORTS = {"http": 80, "https": 443}

_LOWER_ERRORS = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)

_Options = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]


class AnswerTooLargeError(httpx2.ReadError):
    """The answer is larger than was allowed; the rest was not read."""


def origin(url: str | httpx2.URL) -> str:
    """Scheme, host and port of an address, as ``https://host:443``.

    Raises:
        httpx2.InvalidURL: it is no address.
    """
    parsed = httpx2.URL(url)
    return f"{parsed.scheme}://{parsed.host}:{parsed.port or _PORTS.get(parsed.scheme, 0)}"


def check_address(url: str, *, allow: Collection[str] = ()) -> None:
    """Whether `guarded_client` would send to this address as things stand: to tell whoever names it at once.

    Raises:
        httpx2.InvalidURL: it is no address.
        AddressRefusedError: it is no https address, or its host is not on the public internet.
        httpx2.ConnectError: its host has no address.
    """
    parsed = httpx2.URL(url)
    if parsed.scheme not in _PORTS or not parsed.host:
        raise httpx2.InvalidURL("no address of a web server")
    if origin(parsed) in {origin(allowed) for allowed in allow}:
        return
    if parsed.scheme != "https":
        raise AddressRefusedError(ONLY_HTTPS)
    public_addresses(parsed.host, parsed.port or _PORTS["https"])


def guarded_client(*, allow: Collection[str] = (), max_bytes: int, timeout_s: float) -> httpx2.Client:
    """A client for addresses that people name.

    Its requests raise httpx2.TransportError, of which AddressRefusedError and AnswerTooLargeError are kinds.
    It follows no redirect; asked to, it would check each one like any other address.

    Args:
        allow: origins that the installation's own settings name: these alone may be http, and private.
        max_bytes: the most that is read of an answer, with its headers.
        timeout_s: the longest that a request may take, from connecting to the answer's end, in seconds.
    """
    transport = GuardedTransport(allow=allow, max_bytes=max_bytes, timeout_s=timeout_s)
    return httpx2.Client(transport=transport, timeout=timeout_s, headers=HEADERS)


class GuardedTransport(httpx2.BaseTransport):
    """What `guarded_client` sends with, for clients of other kinds. Each request has its own connection."""

    def __init__(self, *, allow: Collection[str] = (), max_bytes: int, timeout_s: float) -> None:
        self._allow = frozenset(origin(allowed) for allowed in allow)
        self._guarded = _pool(_Connections(max_bytes, timeout_s, guarded=True))
        self._open = _pool(_Connections(max_bytes, timeout_s, guarded=False))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request, or refuse to."""
        pool = self._open if origin(request.url) in self._allow else self._guarded
        if pool is self._guarded and request.url.scheme != "https":
            raise AddressRefusedError(ONLY_HTTPS)
        with _translated():
            answer = pool.handle_request(_lower(request))
        response = httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )
        if response.headers.get("content-encoding", "identity") != "identity":
            answer.close()
            raise httpx2.RemoteProtocolError("the answer is compressed, which was not asked for")
        return response

    def close(self) -> None:
        """Close what is open."""
        self._guarded.close()
        self._open.close()


def _pool(connections: _Connections) -> httpcore2.ConnectionPool:
    # Without kept connections a connection's bounds are those of one request.
    return httpcore2.ConnectionPool(
        ssl_context=_ssl_context(), max_keepalive_connections=0, network_backend=connections
    )


@lru_cache(maxsize=1)
def _ssl_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def _lower(request: httpx2.Request) -> httpcore2.Request:
    """The request in the terms of the library below."""
    url = httpcore2.URL(
        scheme=request.url.raw_scheme,
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    assert isinstance(request.stream, httpx2.SyncByteStream)  # noqa: S101 - the client is not async
    return httpcore2.Request(
        request.method,
        url,
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _translated() -> Iterator[None]:
    """The lower library's errors as the upper's, which have the same names."""
    try:
        yield
    except _LOWER_ERRORS as error:
        kind: type[httpx2.TransportError] = getattr(httpx2, type(error).__name__, httpx2.TransportError)
        raise kind(str(error)) from error


class _Connections(httpcore2.SyncBackend):
    """Opens connections; if guarded, to public addresses alone."""

    def __init__(self, max_bytes: int, timeout_s: float, *, guarded: bool) -> None:
        self._max_bytes, self._timeout_s, self._guarded = max_bytes, timeout_s, guarded

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first of the host's addresses that answers."""
        budget = _Budget(self._max_bytes, time.monotonic() + self._timeout_s)
        failure: Exception = httpx2.ConnectError("the host has no address")
        for address in public_addresses(host, port) if self._guarded else [host]:
            try:
                left = budget.time_left(timeout)
                return _Bounded(
                    super().connect_tcp(address, port, left, local_address, socket_options), budget
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


@dataclass
class _Budget:
    """What is left of a request's bytes and time; `deadline` is on the monotonic clock, in seconds."""

    bytes_left: int
    deadline: float

    def time_left(self, timeout: float | None) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpx2.ReadTimeout("the answer took too long")
        return left if timeout is None else min(left, timeout)

    def spend(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise AnswerTooLargeError("the answer is too large")


class _Bounded(httpcore2.NetworkStream):
    """A connection within a budget."""

    def __init__(self, stream: httpcore2.NetworkStream, budget: _Budget) -> None:
        self._stream, self._budget = stream, budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._budget.time_left(timeout))
        self._budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._budget.time_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = self._budget.time_left(timeout)
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, left), self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
