"""Limits on how often something may be tried, counted in PostgreSQL so that they hold over all processes.

A window begins with the first count and is over `window_s` seconds later, by the database's clock. Counting
is one statement that commits at once, whatever becomes of the request that was counted. It waits for no
disk: the table is unlogged, and a commit that wrote nothing to the write-ahead log has nothing to flush.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from foundation.settings import Settings
from identity.autocommit import door_statements
from identity.errors import TooManyTriesError

LONGEST_WINDOW_S: Final = 86_400
CLEANED_EVERY_S: Final = 600  # by each process
IPV6_NETWORK: Final = 64  # bits


@dataclass(frozen=True)
class Limit:
    """At most `count` in `window_s` seconds, which are at most a day."""

    name: str
    count: int
    window_s: int


@dataclass(frozen=True)
class Usage:
    """What is left of a limit; `reset_s` seconds from now it is whole again."""

    limit: Limit
    remaining: int
    reset_s: int


_OVER = "kept.started_at <= now() - make_interval(secs => :window_s)"
_COUNT = text(
    f"""
    INSERT INTO rate_limits AS kept (key, started_at, count) VALUES (:key, now(), 1)
    ON CONFLICT (key) DO UPDATE SET
      started_at = CASE WHEN {_OVER} THEN now() ELSE kept.started_at END,
      count = CASE WHEN {_OVER} THEN 1 ELSE least(kept.count + 1, :refused) END
    RETURNING count, ceil(extract(epoch FROM started_at - now()) + :window_s)::integer
    """  # noqa: S608 - put together from constants
)
_FORGET = text("DELETE FROM rate_limits WHERE key = :key")
_GIVE_BACK = text("UPDATE rate_limits SET count = count - 1 WHERE key = :key AND count > 0")
_CLEAN = text(
    """
    DELETE FROM rate_limits WHERE key IN (
      SELECT key FROM rate_limits WHERE started_at < now() - make_interval(secs => :longest)
      FOR UPDATE SKIP LOCKED
    )
    """
)


def count(limit: Limit, key: str, settings: Settings | None = None) -> Usage:
    """Count one try of `key` (any text; only its digest is kept).

    Raises:
        TooManyTriesError: it is one too many; trying on does not make the wait longer.
    """
    values = {"key": _stored(limit, key), "window_s": limit.window_s, "refused": limit.count + 1}
    with door_statements(settings) as connection:
        counted, reset_s = connection.execute(_COUNT, values).one()
        _clean_now_and_then(connection)
    reset_s = min(max(reset_s, 1), limit.window_s)
    if counted > limit.count:
        raise TooManyTriesError(reset_s)
    return Usage(limit, limit.count - counted, reset_s)


def forget(limit: Limit, key: str, settings: Settings | None = None) -> None:
    """Begin anew for `key`: its tries were no attack."""
    with door_statements(settings) as connection:
        connection.execute(_FORGET, {"key": _stored(limit, key)})


def give_back(limit: Limit, key: str, settings: Settings | None = None) -> None:
    """Take one count of `key` back: that try was no attack, whatever the others were."""
    with door_statements(settings) as connection:
        connection.execute(_GIVE_BACK, {"key": _stored(limit, key)})


def network_of(ip: str | None) -> str:
    """What to count an IP address by: itself, or of IPv6 its network, all of which is one customer's."""
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return ip or "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_NETWORK), strict=False))


def _stored(limit: Limit, key: str) -> str:
    return hashlib.sha256(f"{limit.name}:{key}".encode(errors="surrogatepass")).hexdigest()


class _Cleaning:
    """When this process last removed what is over."""

    at = time.monotonic()


def _clean_now_and_then(connection: Connection) -> None:
    if time.monotonic() - _Cleaning.at > CLEANED_EVERY_S:
        _Cleaning.at = time.monotonic()
        connection.execute(_CLEAN, {"longest": LONGEST_WINDOW_S})
