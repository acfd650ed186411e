"""One attached DuckDB for the process: attaching costs tenths of a second, a cursor half a millisecond."""

from __future__ import annotations

import threading

import duckdb

from foundation import postgres
from foundation.database import Role
from foundation.settings import Settings
from warehouse import lake

_lock = threading.Lock()
_connections: dict[tuple[str, str], duckdb.DuckDBPyConnection] = {}


def cursor(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A cursor of its own on this process's read-only lake, for one thread. The caller closes it.

    A catalog that was restarted in between is found again by the connection itself.

    Raises:
        LakeError: the catalog can't be reached, or there is no lake yet.
    """
    key = (postgres.database_url(settings), settings.lake)
    with _lock:
        if key not in _connections:
            _connections[key] = lake.connect(settings, role=Role.APP, read_only=True)
        return _connections[key].cursor()


def close() -> None:
    """Close what this process holds open."""
    with _lock:
        for connection in _connections.values():
            connection.close()
        _connections.clear()
