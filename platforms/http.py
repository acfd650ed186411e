"""One way of talking HTTP to every network: pooled, bounded in time, its errors saying what may be done next.

A *read* may be repeated: it is, a bounded number of times, obeying the moment a network names.
A *write* never is. What separates its failures is whether the request can have arrived:
nothing was sent (``TemporarilyRejected``), refused by an answer (``Rejected`` and its kin),
or sent without a whole answer (``Ambiguous``).
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol

import httpx2

from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.rates import retry_after
from platforms.redaction import redact_request_logs

TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
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


class Classifier(Protocol):
    """A network's own reading of an answer: the error it is, or None to go by the HTTP status."""

    def __call__(self, reply: Reply, *, write: bool, secrets: tuple[str, ...]) -> NetworkError | None:
        """`secrets` are to be cut out of every message made from the answer."""


class Api:
    """The HTTP API of one network under one base URL. Thread-safe.

    `sleep` and `patience_s` (seconds a read may spend waiting) are there for tests and impatient callers.
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
    ) -> None:
        self.label, self.base_url = label, base_url.rstrip("/")
        self._classify, self._patience_s, self._timeout, self._sleep = classify, patience_s, timeout, sleep

    def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        token: str,
        tolerated: Callable[[NetworkError], bool] | None = None,
    ) -> Reply:
        """GET a JSON object, repeated after transient failures.

        An error that `tolerated` accepts is returned as the answer it came in, marked `refused`.

        Raises:
            NetworkError: of `platforms.errors`, never Ambiguous; RateLimited if waiting would take too long.
        """
        left_s = self._patience_s
        for attempt in range(1, READ_ATTEMPTS + 1):
            try:
                return self._send("GET", path, token=token, tolerated=tolerated, params=dict(params or {}))
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
        token: str | None = None,
        basic: tuple[str, str] | None = None,
        json_body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """POST once, whatever happens, as JSON or as a form.

        Raises:
            Ambiguous: it was sent and no whole answer came: time-out, reset, 5xx, broken body.
            NetworkError: any other of `platforms.errors`: nothing was written.
        """
        return self._send("POST", path, token=token, basic=basic, json=json_body, data=form)

    def _send(
        self,
        method: str,
        path: str,
        *,
        token: str | None,
        basic: tuple[str, str] | None = None,
        tolerated: Callable[[NetworkError], bool] | None = None,
        **content: Any,
    ) -> Reply:
        write = method != "GET"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        auth = httpx2.BasicAuth(*basic) if basic else None
        requested_at = datetime.now(UTC)
        try:
            response = _client(self.base_url, reused=not write).request(
                method, path, headers=headers, auth=auth, timeout=self._timeout, **content
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
            document=_json_object(response.text),
            requested_at=requested_at,
            received_at=datetime.now(UTC),
        )
        secrets = tuple(filter(None, (token, *(basic or ()), *_values(content.get("data")))))
        problem = self._classify(reply, write=write, secrets=secrets) or self._by_status(reply, write=write)
        if problem and tolerated and tolerated(problem):
            return replace(reply, refused=True)
        if problem:
            raise problem
        return reply

    def _by_status(self, reply: Reply, *, write: bool) -> NetworkError | None:
        """What HTTP alone says (RFC 9110), where the network's own words say nothing."""
        status, label = reply.status, self.label
        if 200 <= status < 300 and reply.document is not None:
            return None
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


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _values(form: Mapping[str, str] | None) -> tuple[str, ...]:
    """Secret values of a form: those named like one."""
    return tuple(value for name, value in (form or {}).items() if name.endswith(("token", "secret", "code")))


@lru_cache(maxsize=32)
def _client(base_url: str, *, reused: bool) -> httpx2.Client:
    """The client of this process for a base URL.

    Writes get a connection of their own: on a kept one, a reset by a server that had just closed
    it for idleness could not be told from one after the request had arrived.
    """
    redact_request_logs()
    keep = 10 if reused else 0
    loopback = httpx2.URL(base_url).host in ("127.0.0.1", "localhost", "::1")
    return httpx2.Client(
        base_url=base_url,
        timeout=TIMEOUT,
        limits=httpx2.Limits(max_connections=20, max_keepalive_connections=keep, keepalive_expiry=4.0),
        follow_redirects=False,
        trust_env=not loopback,  # a proxy set for the internet can't reach this machine's loopback
        headers={"User-Agent": "AllIN/0.1", "Accept": "application/json"},
        # No cookie of one account's answer may travel with another's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


# A forked child must not speak on its parent's sockets.
os.register_at_fork(after_in_child=_client.cache_clear)
