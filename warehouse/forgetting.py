"""Removing from the lake what belongs to organizations that are gone.

Rows leave the tables at once, but snapshots released before still hold them. Until those are given up
(`warehouse.expiry`), ``allin.erasures`` names each organization with the first snapshot that is free of it.
The line is written before the first row goes, so a purge that is killed is brought to its end the next time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import duckdb
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from foundation.database import utc_now, worker_session
from foundation.settings import Settings, get_settings
from foundation.turns import turn
from warehouse.lake import current_snapshot, retrying

TABLES: Final = """
SELECT schema_name, table_name FROM duckdb_tables() JOIN duckdb_columns() USING
  (database_name, schema_name, table_name)
WHERE database_name = 'lake' AND column_name = 'organization_id' ORDER BY ALL
"""
PRESENT: Final = text("SELECT id FROM organizations WHERE id = ANY (:ids)").bindparams(
    bindparam("ids", type_=ARRAY(UUID(as_uuid=False)))
)
BEGIN: Final = text(
    "INSERT INTO erasures (organization_id, begun_at) SELECT unnest(CAST(:ids AS uuid[])), :now "
    "ON CONFLICT (organization_id) DO UPDATE SET begun_at = :now, snapshot_id = NULL"
)
END: Final = text("UPDATE erasures SET snapshot_id = :snapshot WHERE snapshot_id IS NULL")


def forget_gone(connection: duckdb.DuckDBPyConnection, settings: Settings | None = None) -> int:
    """Delete the rows of organizations that PostgreSQL no longer has; returns how many. May be repeated.

    What was landed after an organization was removed, by an ingest under way, goes the next time. Two at once
    run one after the other.

    Raises:
        duckdb.TransactionException: conflicts with other writers to the last attempt.
    """
    with turn("forget", settings or get_settings()):
        tables = [f"lake.{schema}.{name}" for schema, name in connection.execute(TABLES).fetchall()]
        gone = {table: _gone(connection, table, settings) for table in tables}
        with worker_session(settings) as session:
            if everybody := sorted(set().union(*gone.values())):
                session.execute(BEGIN, {"ids": everybody, "now": utc_now()})
        deleted = sum(_forget(connection, table, ids) for table, ids in gone.items() if ids)
        with worker_session(settings) as session:
            session.execute(END, {"snapshot": current_snapshot(connection)})
        return deleted


def _gone(connection: duckdb.DuckDBPyConnection, table: str, settings: Settings | None) -> set[str]:
    # First who is in the lake, then who of them is in PostgreSQL: whoever joins in between is in neither.
    found = connection.execute(f"SELECT DISTINCT organization_id FROM {table}").fetchall()  # noqa: S608 - our own names
    here = {str(row[0]) for row in found}
    with worker_session(settings) as session:
        return here - {str(each) for each in session.scalars(PRESENT, {"ids": sorted(here)})}


def _forget(connection: duckdb.DuckDBPyConnection, table: str, gone: Iterable[str]) -> int:
    statement = f"DELETE FROM {table} WHERE organization_id IN (SELECT unnest(?))"  # noqa: S608 - our own names
    deleted = retrying(lambda: connection.execute(statement, [sorted(gone)]).fetchone())
    return int(deleted[0]) if deleted else 0
