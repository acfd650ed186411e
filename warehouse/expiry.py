"""Which snapshots of the lake are given up: all but the released ones that are kept, and what is under way.

A released snapshot is given up when it is older than ``ALLIN_RELEASES_KEPT_DAYS``, or when it holds rows of
an organization that was removed for good: being forgotten goes before looking back. Its release is marked in
the transaction before, under the pointer's lock, so nobody goes back to it meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import duckdb
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import worker_session
from foundation.settings import Settings
from warehouse import holds
from warehouse.lake import retrying

# What is younger is left alone: it may be a candidate at its audit, or read by a query that began before.
GRACE: Final = timedelta(hours=20)  # less than from one night to the next
# A build that is said to run for longer was killed with nobody to note it.
LONGEST_BUILD: Final = timedelta(days=7)
OLD: Final = "they are older than {days} days, which is how long earlier releases are kept"
ERASED: Final = "they held numbers of an organization that was removed for good"
# Of rows that name the same snapshot (a rollback and its origin) the youngest counts. The newest row is what
# people see.
_EXPIRE: Final = """
UPDATE releases SET expired_at = :now, expired_because = :because
WHERE expired_at IS NULL AND snapshot_id IN (
  SELECT snapshot_id FROM releases GROUP BY snapshot_id HAVING {condition}
) AND snapshot_id <> (SELECT snapshot_id FROM releases ORDER BY id DESC LIMIT 1)
RETURNING id
"""
_SETTLED: Final = """
DELETE FROM erasures WHERE snapshot_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM releases WHERE expired_at IS NULL AND releases.snapshot_id < erasures.snapshot_id)
"""
_SINCE: Final = """
SELECT min(started_at) FROM builds WHERE status = 'running' AND started_at > :longest
"""
BELOW_MARTS: Final = ("raw", "staging", "intermediate")


def expire_releases(now: datetime, settings: Settings) -> list[int]:
    """Mark the releases whose numbers are kept no longer, except the one people see; returns their ids.

    `now` is aware UTC. May be repeated.
    """
    conditions = {ERASED: "snapshot_id < (SELECT max(e.snapshot_id) FROM erasures AS e)"}
    if days := settings.releases_kept_days:
        conditions[OLD.format(days=days)] = "max(released_at) < :oldest"
    values = {"now": now, "oldest": now - timedelta(days=days)}
    expired: list[int] = []
    with worker_session(settings) as session:
        holds.take_pointer(session)
        for because, condition in conditions.items():
            statement = text(_EXPIRE.format(condition=condition))
            wanted = {name: values[name] for name in ("now", "oldest") if f":{name}" in statement.text}
            expired += session.scalars(statement, {**wanted, "because": because}).all()
        session.execute(text(_SETTLED))
    return expired


def expire_snapshots(connection: duckdb.DuckDBPyConnection, now: datetime, settings: Settings) -> int:
    """Give up the snapshots that no kept release names and that are older than `GRACE`; returns how many.

    Their files are only listed for deletion (`upkeep.remove_files`). May be repeated, killed at any line, and
    run twice at once.
    """
    before = _left_alone_since(now, settings)
    with worker_session(settings) as session:
        # Nobody goes back to a release, or makes one, while it is decided what goes.
        holds.take_pointer(session)
        kept = session.scalars(text("SELECT snapshot_id FROM releases WHERE expired_at IS NULL")).all()
        old = _unreleased(connection, before, list(kept))
        if old:
            statement = f"CALL ducklake_expire_snapshots('lake', versions => [{', '.join(map(str, old))}])"
            retrying(lambda: connection.execute(statement))
    return len(old)


def _left_alone_since(now: datetime, settings: Settings) -> datetime:
    with worker_session(settings) as session:
        running = session.scalar(text(_SINCE), {"longest": now - LONGEST_BUILD})
    return min(now - GRACE, running) if running is not None else now - GRACE


def _unreleased(connection: duckdb.DuckDBPyConnection, before: datetime, kept: list[int]) -> list[int]:
    """Old snapshots without a release; the newest of all is none of them, because it is the lake."""
    query = (
        "SELECT snapshot_id FROM ducklake_snapshots('lake') WHERE snapshot_time < ? "
        "AND NOT list_contains(CAST(? AS BIGINT[]), snapshot_id) "
        "AND snapshot_id < (SELECT max(snapshot_id) FROM ducklake_snapshots('lake')) ORDER BY ALL"
    )
    return [int(row[0]) for row in connection.execute(query, [before, kept]).fetchall()]


def forget_layers(now: datetime, settings: Settings) -> int:
    """List for deletion the old files of raw answers and models below the marts; returns how many.

    A released snapshot spans the whole lake and would keep every raw answer for good. People look back at
    marts alone, so the layers below have no past: a file that is out of use since `GRACE` is given up even
    where a kept snapshot names it, and with it what was deleted from raw. May be repeated.

    Tables of the catalog: https://ducklake.select/docs/stable/specification/tables/overview
    """
    before = _left_alone_since(now, settings)
    with worker_session(settings) as session:
        newest = _in_catalog(session, settings, _NEWEST_BEFORE, {"before": before})
        if newest is None:
            return 0
        values = {"schemas": list(BELOW_MARTS), "newest": newest, "now": now}
        return int(_in_catalog(session, settings, _FORGET, values) or 0)


def _in_catalog(session: Session, settings: Settings, statement: str, values: dict[str, Any]) -> Any:
    """The first value of a statement about the catalog's tables, `{catalog}` being their schema."""
    name = sql.Identifier(settings.lake_catalog).as_string()
    return session.scalar(text(statement.replace("{catalog}", name)), values)


_NEWEST_BEFORE: Final = (
    "SELECT max(snapshot_id) FROM {catalog}.ducklake_snapshot WHERE snapshot_time < :before"
)
_FORGET: Final = """
WITH layers AS (
  SELECT DISTINCT t.table_id, s.path || t.path AS folder
  FROM {catalog}.ducklake_table AS t JOIN {catalog}.ducklake_schema AS s USING (schema_id)
  WHERE s.schema_name = ANY (:schemas) AND s.path_is_relative AND t.path_is_relative
), files AS (
  DELETE FROM {catalog}.ducklake_data_file AS f USING layers
  WHERE f.table_id = layers.table_id AND f.end_snapshot <= :newest
  RETURNING f.data_file_id, f.path, f.path_is_relative, folder
), deletes AS (
  DELETE FROM {catalog}.ducklake_delete_file AS f USING layers
  WHERE f.table_id = layers.table_id AND f.end_snapshot <= :newest
  RETURNING f.delete_file_id, f.path, f.path_is_relative, folder
), statistics AS (
  DELETE FROM {catalog}.ducklake_file_column_stats WHERE data_file_id IN (SELECT data_file_id FROM files)
), variants AS (
  DELETE FROM {catalog}.ducklake_file_variant_stats WHERE data_file_id IN (SELECT data_file_id FROM files)
), partitions AS (
  DELETE FROM {catalog}.ducklake_file_partition_value WHERE data_file_id IN (SELECT data_file_id FROM files)
), listed AS (
  INSERT INTO {catalog}.ducklake_files_scheduled_for_deletion
  SELECT data_file_id, CASE WHEN path_is_relative THEN folder || path ELSE path END, path_is_relative, :now
  FROM (TABLE files UNION ALL TABLE deletes) AS gone
  RETURNING 1
)
SELECT count(*) FROM listed
"""
