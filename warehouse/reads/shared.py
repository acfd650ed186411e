"""What the reads of a process share: attaching the lake costs tenths of a second, a cursor hardly any."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

import duckdb

from foundation import postgres
from foundation.database import Role
from foundation.settings import Settings
from warehouse import lake
from warehouse.reads.query import accounts_of, all_accounts

# Releases whose accounts are held, the newest asked for: 20,000 accounts take some 5 MB.
RELEASES: Final = 8


@dataclass
class _Held:
    connection: duckdb.DuckDBPyConnection
    snapshots: list[int] = field(default_factory=list)  # whose accounts are held


_lock = threading.Lock()
_held: dict[tuple[str, str], _Held] = {}


def cursor(settings: Settings, snapshot: int) -> duckdb.DuckDBPyConnection:
    """A cursor of its own on this process's read-only lake, for one thread. The caller closes it.

    It is in a transaction, in which the accounts of the snapshot stand in the table `accounts_of` names. A
    catalog that was restarted in between is found again by the connection itself.

    Raises:
        LakeError: the catalog can't be reached, or there is no lake yet.
        duckdb.Error: the snapshot has no accounts to read.
    """
    with _lock:
        held = _of(settings)
        made = held.connection.cursor()
        try:
            _hold_accounts(held, snapshot)
            made.execute("BEGIN")
            # From here on the transaction sees the table, even if it is dropped.
            made.execute(f"SELECT account_id FROM {accounts_of(snapshot)} LIMIT 0")  # noqa: S608
        except BaseException:
            made.close()
            raise
        return made


def close() -> None:
    """Close what this process holds open."""
    with _lock:
        for held in _held.values():
            held.connection.close()
        _held.clear()


def _hold_accounts(held: _Held, snapshot: int) -> None:
    """A table of DuckDB's own: reading one of Python's, such as Arrow's, costs each query some 5 ms."""
    if snapshot in held.snapshots:
        held.snapshots.remove(snapshot)
    else:
        held.connection.execute(all_accounts(accounts_of(snapshot)), {"snapshot": snapshot})
    held.snapshots.append(snapshot)
    while len(held.snapshots) > RELEASES:
        held.connection.execute(f"DROP TABLE {accounts_of(held.snapshots.pop(0))}")


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
