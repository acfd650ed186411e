"""What the reads of a process share: attaching the lake costs tenths of a second, a cursor hardly any."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import duckdb
import pyarrow as pa

from foundation import postgres
from foundation.database import Role
from foundation.settings import Settings
from warehouse import lake

# Organizations whose accounts are held: of 50 accounts 30 kB each.
ORGANIZATIONS: Final = 256

Whose: TypeAlias = tuple[str, int]  # an organization, a snapshot


@dataclass
class _Held:
    connection: duckdb.DuckDBPyConnection
    accounts: OrderedDict[Whose, pa.Table] = field(default_factory=OrderedDict)


_lock = threading.Lock()
_held: dict[tuple[str, str], _Held] = {}


def cursor(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A cursor of its own on this process's read-only lake, for one thread. The caller closes it.

    A catalog that was restarted in between is found again by the connection itself.

    Raises:
        LakeError: the catalog can't be reached, or there is no lake yet.
    """
    with _lock:
        return _of(settings).connection.cursor()


def accounts(settings: Settings, whose: Whose, look_up: Callable[[], pa.Table]) -> pa.Table:
    """The accounts of an organization in a snapshot, which never change: looked up once."""
    with _lock:
        kept = _of(settings).accounts
        if whose in kept:
            kept.move_to_end(whose)
            return kept[whose]
    found = look_up()
    with _lock:
        kept[whose] = found
        while len(kept) > ORGANIZATIONS:
            kept.popitem(last=False)
    return found


def close() -> None:
    """Close what this process holds open."""
    with _lock:
        for held in _held.values():
            held.connection.close()
        _held.clear()


def _of(settings: Settings) -> _Held:
    key = (postgres.database_url(settings), settings.lake)
    if key not in _held:
        connection = lake.connect(settings, role=Role.APP, read_only=True)
        # A file of the lake never changes, so what was read of it holds.
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        connection.execute("SET GLOBAL validate_external_file_cache = 'NO_VALIDATION'")
        _held[key] = _Held(connection)
    return _held[key]
