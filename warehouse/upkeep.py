"""Keeping the lake small: once a night rows nobody keeps are dropped, and files are merged and removed.

Every step may be killed at any line and done again, beside readers and writers. A file that goes out of use
stays most of a day longer, for queries that began before. What a reader of a released snapshot's marts sees
never changes.

https://ducklake.select/docs/stable/duckdb/maintenance/recommended_maintenance
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from foundation.database import utc_now
from foundation.settings import Settings
from platforms.registry import NETWORK_KEYS
from warehouse import expiry, schema
from warehouse.lake import flush, retrying

# A file goes this long after it went out of use, or after a killed writer left it behind.
FILES_KEPT: Final = expiry.GRACE
SCARCE: Final = 64 * 1024 * 1024  # bytes
REWRITE: Final = "CALL ducklake_rewrite_data_files('lake', delete_threshold => 0)"
# Of each table so many at a time: with 20 files of 512 MB to be made, a build's memory was not enough.
MERGE: Final = "CALL ducklake_merge_adjacent_files('lake', max_compacted_files => 4)"
OUT_OF_ROOM: Final = ("no space left", "file too large", "disk quota exceeded")


class Done(NamedTuple):
    """What one step of the night did: how many of its things, or None where other writers kept it from it."""

    step: str
    number: int | None


def tidy(
    connection: duckdb.DuckDBPyConnection, settings: Settings, now: datetime | None = None
) -> Iterator[Done]:
    """Run the steps one after the other; yields each when it is done. `now` is aware UTC.

    A step that other writers turn back to the last is left for the next night.

    Raises:
        duckdb.Error: a step failed for another reason; those before it stay done.
    """
    now = now or utc_now()
    steps: list[tuple[str, Callable[[], int]]] = [
        ("raw answers forgotten", lambda: forget_raw(connection, settings, now)),
        ("releases expired", lambda: len(expiry.expire_releases(now, settings))),
        ("snapshots expired", lambda: expiry.expire_snapshots(connection, now, settings)),
        ("tables compacted", lambda: compact(connection)),
        ("files out of use", lambda: expiry.forget_layers(now, settings)),
        ("files removed", lambda: remove_files(connection, now)),
    ]
    for name, step in steps:
        try:
            yield Done(name, step())
        except duckdb.TransactionException as error:
            if "conflict" not in str(error).lower():
                raise
            yield Done(name, None)


def forget_raw(connection: duckdb.DuckDBPyConnection, settings: Settings, now: datetime) -> int:
    """Delete raw answers older than their network's ``ALLIN_<NETWORK>_RAW_DAYS``; returns how many.

    The numbers drawn from them stay in the models, which parse each answer once.
    """
    return sum(
        _forget_raw(connection, network, now - timedelta(days=days))
        for network in NETWORK_KEYS
        if (days := settings.raw_days(network))
    )


def _forget_raw(connection: duckdb.DuckDBPyConnection, network: str, before: datetime) -> int:
    def delete() -> int:
        connection.execute("BEGIN")
        try:
            # What waits in quarantine can't be replayed without its answer.
            connection.execute(
                "DELETE FROM lake.raw.quarantine WHERE answer_id IN (SELECT answer_id FROM lake.raw.answers "
                "WHERE network = ? AND landed_at < ?)",
                [network, before],
            )
            row = connection.execute(
                "DELETE FROM lake.raw.answers WHERE network = ? AND landed_at < ?", [network, before]
            ).fetchone()
            connection.execute("COMMIT")
        except BaseException:
            schema.rollback(connection)
            raise
        return int(row[0]) if row else 0

    return retrying(delete)


def compact(connection: duckdb.DuckDBPyConnection) -> int:
    """Write inlined rows and small files to larger ones, without the rows that are deleted.

    Returns how many tables were written anew. Snapshots stay as they are.
    """
    flush(connection)
    rewritten = retrying(lambda: connection.execute(REWRITE).fetchall())
    written = {(str(row[0]), str(row[1])) for row in rewritten}
    while merged := retrying(lambda: _merge_some(connection)):
        written |= merged
    return len(written)


def _merge_some(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """The tables that have fewer files by it, with their schemas: none when all is merged."""
    rows = connection.execute(MERGE).fetchall()
    return {(str(schema_name), str(table)) for schema_name, table, before, after in rows if after < before}


def remove_files(connection: duckdb.DuckDBPyConnection, now: datetime) -> int:
    """Delete files that nothing names any more and those that killed writers left; returns how many."""
    before = now - FILES_KEPT
    calls = ("ducklake_cleanup_old_files", "ducklake_delete_orphaned_files")
    return sum(
        len(connection.execute(f"CALL {call}('lake', older_than => ?)", [before]).fetchall())
        for call in calls
    )


def shortage(settings: Settings, words: str = "") -> str | None:
    """Why the lake can't be written, in a sentence for people, where the disk is full; else None.

    `words` are those of an error, if there was one.
    """
    folder = Path(settings.lake)
    if "://" in settings.lake or not folder.is_dir():
        return None
    free = shutil.disk_usage(folder).free
    if free >= SCARCE and not any(sign in words.lower() for sign in OUT_OF_ROOM):
        return None
    return f"the disk of the warehouse is full ({free // 2**20:,} MB free): once there is room, it goes on"
