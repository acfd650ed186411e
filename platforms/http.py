"""One way of talking HTTP to every network: pooled, bounded in time, its errors saying what may be done next.

A *read* may be repeated: it is, a bounded number of times, obeying the moment a network names.
An *upload* prepares, publishes nothing, and is left to the caller to repeat. A *write* never is. What
separates its failures is whether the request can have arrived: nothing was sent
(``TemporarilyRejected``), refused by an answer (``Rejected`` and its kin), or sent without a whole
answer (``Ambiguous``).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import IO, Any, Protocol

import httpx2
import orjson

from platforms import limits
from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.rates import not_before, retry_after
from platforms.transport import TIMEOUT, client

READ_ATTEMPTS = 4
PATIENCE_S = 20.0  # the longest that one read waits, all its pauses together
RATE_LIMIT_DEFAULT = timedelta(minutes=1)

# Raised before the first byte of a request is written.
_NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True)
class Reply:
    """A whole answer. `document` is its JSON object, or None where it is none."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: str = field(repr=False)
    document: dict[str, Any] | None = field(repr=False)
    requested_at: datetime
    received_at: datetime
    refused: bool = False  # an error that the caller said it tolerates


Accepts = Callable[[Reply], bool]


def is_json(reply: Reply) -> bool:
    """A success as most calls answer it: 2xx with a JSON object."""
    return 200 <= reply.status < 300 and reply.document is not None


def is_done(reply: Reply) -> bool:
    """A success whatever its body: 2xx."""
    return 200 <= reply.status < 300


class Effect(Enum):
    """What a call can do, and so what its lost answer means."""

    READS = "reads"
    PREPARES = "prepares"
    PUBLISHES = "publishes"


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    token: str | None
    headers: Mapping[str, str]
    accepts: Accepts
    tolerated: Callable[[NetworkError], bool] | None = None
    basic: tuple[str, str] | None = None


class Classifier(Protocol):
    """A network's own reading of an answer: the error it is, or None to go by the HTTP status."""

    def __call__(self, reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
        """`secrets` are to be cut out of every message made from the answer."""


class Api:
    """The HTTP API of one network under one base URL. Thread-safe.

    `sleep` and `patience_s` (seconds a read may spend waiting) are there for tests and impatient callers.
    A `guarded` one is under an address that a person named: it reaches the public internet only.
    """

    def __init__(
        self,
        label: str,
        base_url: str,
        classify: Classifier,
        *,
        patience_s: float = PATIENCE_S,
        timeout: httpx2.Timeout = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        guarded: bool = False,
    ) -> None:
        self.label, self.base_url, self._guarded = label, base_url.rstrip("/"), guarded
        self._classify, self._patience_s, self._timeout, self._sleep = classify, patience_s, timeout, sleep

    def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        token: str | None,
        method: str = "GET",
        json_body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        tolerated: Callable[[NetworkError], bool] | None = None,
        accepts: Accepts | None = None,
    ) -> Reply:
        """Ask for a JSON object, repeated after transient failures. `method` POST is for questions only.

        An error that `tolerated` accepts is returned as the answer it came in, marked `refused`.

        Raises:
            NetworkError: of `platforms.errors`, never Ambiguous; RateLimited if waiting would take too long.
        """
        request = _Request(method, path, token, {**(headers or {})}, accepts or is_json, tolerated)
        content = {"params": dict(params or {}), "json": json_body}
        left_s = self._patience_s
        for attempt in range(1, READ_ATTEMPTS + 1):
            try:
                return self._send(request, Effect.READS, **content)
            except TokenRefused:
                raise
            except TemporarilyRejected as error:
                pause_s = _pause_s(error, attempt)
                if attempt == READ_ATTEMPTS or pause_s > left_s:
                    raise
                left_s -= pause_s
                self._sleep(pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def write(
        self,
        path: str,
        *,
        method: str = "POST",
        token: str | None = None,
        basic: tuple[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json_body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accepts: Accepts | None = None,
    ) -> Reply:
        """Send once, whatever happens, what may make something public.

        `path` may be a whole URL the network gave.

        Raises:
            Ambiguous: it was sent and no whole answer came: time-out, reset, 5xx, broken body.
            NetworkError: any other of `platforms.errors`: nothing was written.
        """
        request = _Request(method, path, token, {**(headers or {})}, accepts or is_json, basic=basic)
        parts: dict[str, Any] = {"params": dict(params or {}), "json": json_body, "data": form}
        return self._send(request, Effect.PUBLISHES, **parts, content=content)

    def upload(
        self,
        path: str,
        *,
        method: str = "POST",
        token: str | None = None,
        params: Mapping[str, str] | None = None,
        json_body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes | IO[bytes], str]]] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        accepts: Accepts | None = None,
    ) -> Reply:
        """Send once what can make nothing public: bytes, containers, registrations.

        `files` are (field, (file name, bytes or an open file, MIME type)); `path` may be a whole URL the
        network gave.
        `accepts` says which answers are successes: by default a JSON object with a 2xx status. `content`
        in blocks is streamed; give its ``Content-Length``.

        Raises:
            TemporarilyRejected: no whole answer came; it may be sent again.
            NetworkError: any other of `platforms.errors`, never Ambiguous.
        """
        request = _Request(method, path, token, {**(headers or {})}, accepts or is_json)
        parts: dict[str, Any] = {"params": dict(params or {}), "json": json_body, "data": form}
        parts |= {"content": content, "files": files}
        return self._send(request, Effect.PREPARES, **parts)

    def _send(self, request: _Request, effect: Effect, **content: Any) -> Reply:
        write = effect is Effect.PUBLISHES
        headers = {"Authorization": f"Bearer {request.token}"} if request.token else {}
        content = {name: value for name, value in content.items() if value}
        auth = httpx2.BasicAuth(*request.basic) if request.basic else None
        limits.before(request.method, request.path)
        requested_at = datetime.now(UTC)
        try:
            response = client(self.base_url, reused=effect is Effect.READS, guarded=self._guarded).request(
                request.method,
                request.path,
                headers={**headers, **request.headers},
                auth=auth,
                timeout=self._timeout,
                **content,
            )
        except _NOTHING_SENT as error:
            raise TemporarilyRejected(
                f"{self.label} could not be reached ({type(error).__name__}); nothing was sent"
            ) from None
        except httpx2.RequestError as error:
            raise unanswered(f"{self.label} did not answer ({type(error).__name__})", write=write) from None
        reply = Reply(
            status=response.status_code,
            headers=response.headers,
            body=response.text,
            document=_json_object(response),
            requested_at=requested_at,
            received_at=datetime.now(UTC),
        )
        secrets = tuple(filter(None, (request.token, *(request.basic or ()), *_values(content.get("data")))))
        problem = self._classify(reply, write=write, secrets=secrets)
        if problem is None and not request.accepts(reply):
            problem = self._by_status(reply, write=write)
        problem = not_before(problem, reply.headers, reply.received_at)
        limits.after(request.method, request.path, reply.headers, problem)
        if problem and request.tolerated and request.tolerated(problem):
            return replace(reply, refused=True)
        if problem:
            raise problem
        return reply

    def _by_status(self, reply: Reply, *, write: bool) -> NetworkError:
        """What HTTP alone says (RFC 9110), where the network's own words say nothing."""
        status, label = reply.status, self.label
        if status == 429:
            until = retry_after(reply.headers, reply.received_at) or reply.received_at + RATE_LIMIT_DEFAULT
            return RateLimited(f"{label} asks to wait", until=until, status=status)
        if status == 401:
            return TokenRefused(f"{label} refused the token", status=status)
        if status == 403:
            return NeedsPerson(f"{label} does not permit this", status=status)
        if 400 <= status < 500 and status != 408:
            return Rejected(f"{label} refused the request (HTTP {status})", status=status)
        return unanswered(f"{label} gave no usable answer (HTTP {status})", write=write, status=status)


def unanswered(
    message: str, *, write: bool, code: str | None = None, status: int | None = None
) -> NetworkError:
    """The error of a request whose outcome is not known: only a write is left in doubt by it."""
    kind = Ambiguous if write else TemporarilyRejected
    return kind(message, code=code, status=status)


def _pause_s(error: TemporarilyRejected, attempt: int) -> float:
    if isinstance(error, RateLimited):
        return max((error.until - datetime.now(UTC)).total_seconds(), 0.0) + random.uniform(0.0, 0.2)  # noqa: S311
    return float(0.4 * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - jitter is no secret


def _json_object(response: httpx2.Response) -> dict[str, Any] | None:
    try:
        document = orjson.loads(response.content)
    except orjson.JSONDecodeError:  # stricter than JSON: half of a surrogate pair is refused
        try:
            document = json.loads(response.text)
        except (ValueError, RecursionError):
            return None
    return document if isinstance(document, dict) else None


def _values(form: Mapping[str, str] | None) -> tuple[str, ...]:
    """Secret values of a form: those named like one."""
    return tuple(value for name, value in (form or {}).items() if name.endswith(("token", "secret", "code")))
