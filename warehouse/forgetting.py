"""Removing from the lake what belongs to organizations that are gone."""

from __future__ import annotations

from typing import Final

import duckdb
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from foundation.database import worker_session
from foundation.settings import Settings
from warehouse.lake import retrying

TABLES: Final = """
SELECT schema_name, table_name FROM duckdb_tables() JOIN duckdb_columns() USING
  (database_name, schema_name, table_name)
WHERE database_name = 'lake' AND column_name = 'organization_id' ORDER BY ALL
"""
PRESENT: Final = text("SELECT id FROM organizations WHERE id = ANY (:ids)").bindparams(
    bindparam("ids", type_=ARRAY(UUID(as_uuid=False)))
)


def forget_gone(connection: duckdb.DuckDBPyConnection, settings: Settings | None = None) -> int:
    """Delete the rows of organizations that PostgreSQL no longer has; returns how many. May be repeated.

    What was landed after an organization was removed, by an ingest under way, goes the next time. Snapshots
    that were released before keep their rows.

    Raises:
        duckdb.TransactionException: conflicts with other writers to the last attempt.
    """
    return sum(
        _forget(connection, f"lake.{schema}.{name}", settings)
        for schema, name in connection.execute(TABLES).fetchall()
    )


def _forget(connection: duckdb.DuckDBPyConnection, table: str, settings: Settings | None) -> int:
    # First who is in the lake, then who of them is in PostgreSQL: whoever joins in between is in neither.
    found = connection.execute(f"SELECT DISTINCT organization_id FROM {table}").fetchall()  # noqa: S608 - our own names
    here = {str(row[0]) for row in found}
    with worker_session(settings) as session:
        gone = sorted(here - {str(each) for each in session.scalars(PRESENT, {"ids": sorted(here)})})
    if not gone:
        return 0
    statement = f"DELETE FROM {table} WHERE organization_id IN (SELECT unnest(?))"  # noqa: S608 - our own names
    deleted = retrying(lambda: connection.execute(statement, [gone]).fetchone())
    return int(deleted[0]) if deleted else 0
