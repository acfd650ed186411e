"""The connections of this process to the networks: pooled, bounded in time, logged without secrets."""

from __future__ import annotations

import os
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from foundation.outgoing import HEADERS, GuardedTransport
from platforms.redaction import redact_request_logs

TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
# Bounds of one request to a server that a person named: its answer's bytes, and seconds with all it uploads.
GUARDED_BYTES = 16 * 1024 * 1024
GUARDED_S = 600.0


@lru_cache(maxsize=32)
def client(base_url: str, *, reused: bool, guarded: bool = False) -> httpx2.Client:
    """The client of this process for a base URL. `guarded` is for one that a person named.

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
        transport=GuardedTransport(max_bytes=GUARDED_BYTES, timeout_s=GUARDED_S) if guarded else None,
        follow_redirects=False,
        # A proxy set for the internet can't reach this machine's loopback, and would resolve a guarded name.
        trust_env=not (loopback or guarded),
        headers={"User-Agent": "AllIN/0.1", "Accept": "application/json", **(HEADERS if guarded else {})},
        # No cookie of one account's answer may travel with another's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


# A forked child must not speak on its parent's sockets.
os.register_at_fork(after_in_child=client.cache_clear)
