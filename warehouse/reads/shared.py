"""What the reads of a process share: attaching the lake costs tenths of a second, a cursor hardly any."""

from __future__ import annotations

import itertools
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import duckdb

from foundation import postgres
from foundation.database import Role
from foundation.settings import Settings
from warehouse import lake
from warehouse.reads import catalog_copy
from warehouse.reads.query import Source

RELEASES: Final = 8  # are held, those last asked for: of 20,000 accounts some 5 MB each
SECONDS: Final = 3600  # one is held for, far less than files that went out of use stay


@dataclass(frozen=True)
class _Release:
    """What the process holds of a release: its catalog is attached, its accounts are a table."""

    name: str
    until: float  # on the monotonic clock

    @property
    def source(self) -> Source:
        # A table of DuckDB's own: reading one of Python's, such as Arrow's, costs each query some 5 ms.
        return Source(f"{self.name}.{catalog_copy.SCHEMA}", f"memory.main.accounts_of_{self.name}")


@dataclass
class _Held:
    connection: duckdb.DuckDBPyConnection
    releases: OrderedDict[int, _Release] = field(default_factory=OrderedDict)  # by snapshot


_lock = threading.Lock()
_held: dict[tuple[str, str], _Held] = {}
_numbers = itertools.count(1)


def cursor(settings: Settings, snapshot: int) -> tuple[duckdb.DuckDBPyConnection, Source]:
    """A cursor of its own, for one thread, and where it finds the marts of a snapshot. The caller closes it.

    It is in a transaction, for which the release stays, whatever others let go of meanwhile. A catalog that
    was restarted in between is found again by the connection itself.

    Raises:
        LakeError: the catalog can't be reached, or there is no lake yet.
        duckdb.Error: the snapshot is not kept, or has no accounts.
    """
    with _lock:
        held = _of(settings)
        source = _release(held, settings, snapshot).source
        made = held.connection.cursor()
        try:
            made.execute("BEGIN")
            for table in (source.accounts, f"{source.marts}.dim_accounts"):
                made.execute(f"SELECT account_id FROM {table} LIMIT 0")  # noqa: S608 - from here on it stays
        except BaseException:
            made.close()
            raise
        return made, source


def close() -> None:
    """Close what this process holds open."""
    with _lock:
        for held in _held.values():
            held.connection.close()
        _held.clear()


def _release(held: _Held, settings: Settings, snapshot: int) -> _Release:
    if (release := held.releases.get(snapshot)) and release.until > time.monotonic():
        held.releases.move_to_end(snapshot)
        return release
    if release:
        _let_go(held, snapshot)
    release = _Release(f"release_{int(snapshot)}_{next(_numbers)}", time.monotonic() + SECONDS)
    try:
        catalog_copy.attach(held.connection, settings, snapshot, release.name)
    except duckdb.IOException:
        raise lake.LakeError("the lake's catalog can't be reached") from None
    accounts, marts = release.source.accounts, release.source.marts
    try:
        held.connection.execute(f"CREATE TABLE {accounts} AS SELECT * FROM {marts}.dim_accounts")  # noqa: S608
    except BaseException:
        held.connection.execute(f"DETACH {release.name}")
        raise
    held.releases[snapshot] = release
    while len(held.releases) > RELEASES:
        _let_go(held, next(iter(held.releases)))
    return release


def _let_go(held: _Held, snapshot: int) -> None:
    release = held.releases.pop(snapshot)
    held.connection.execute(f"DROP TABLE {release.source.accounts}")
    held.connection.execute(f"DETACH {release.name}")


def _of(settings: Settings) -> _Held:
    key = (postgres.database_url(settings), settings.lake)
    if key not in _held:
        connection = lake.connect(settings, role=Role.APP, read_only=True)
        # A file of the lake never changes, so what was read of it holds.
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        connection.execute("SET GLOBAL validate_external_file_cache = 'NO_VALIDATION'")
        # Else DuckDB reads the header of each page byte by byte, a system call each.
        connection.execute("SET GLOBAL prefetch_all_parquet_files = true")
        # It would read each list of the best posts twice, to look up rows by number, which Parquet can't.
        connection.execute("SET GLOBAL disabled_optimizers = 'late_materialization'")
        _held[key] = _Held(connection)
    return _held[key]
