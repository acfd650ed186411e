"""What was published through AllIN, with its labels and campaign, as rows of ``raw.publications``."""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import utc_now
from warehouse.lake import retrying
from warehouse.schema import rollback

SCHEMA: Final = pl.Schema(
    {
        "publication_id": pl.String(),
        "organization_id": pl.String(),
        "account_id": pl.String(),
        "external_id": pl.String(),
        "labels": pl.List(pl.String()),
        "campaign": pl.String(),
        "published_at": pl.Datetime("us", "UTC"),
    }
)
PUBLISHED: Final = text(
    "SELECT p.id::text AS publication_id, p.organization_id::text AS organization_id, "
    "p.account_id::text AS account_id, p.external_id, "
    "ARRAY(SELECT unnest(t.labels) ORDER BY 1) AS labels, c.name AS campaign, p.published_at "
    "FROM publications p JOIN posts t ON t.id = p.post_id LEFT JOIN campaigns c ON c.id = t.campaign_id "
    "WHERE p.state = 'published' AND p.external_id IS NOT NULL AND p.published_at IS NOT NULL"
)
# A publication that is gone from PostgreSQL stays: what the marts say of its post would otherwise depend on
# when they were built. That of an organization that is gone goes with everything else of it.
CHANGED: Final = """
CREATE OR REPLACE TEMP TABLE changed_publications AS
SELECT * FROM wanted_publications EXCEPT SELECT * EXCLUDE (landed_at) FROM lake.raw.publications
"""
REPLACE: Final = (
    "DELETE FROM lake.raw.publications WHERE publication_id IN (SELECT publication_id FROM "
    "changed_publications)"
)
INSERT: Final = "INSERT INTO lake.raw.publications SELECT *, ? FROM changed_publications"


def published(session: Session) -> pl.DataFrame:
    """Everything published on any account, as PostgreSQL has it now (SCHEMA); needs a worker session."""
    rows = session.execute(PUBLISHED).mappings().all()
    return pl.DataFrame([dict(row) for row in rows], schema=SCHEMA)


def land_publications(connection: duckdb.DuckDBPyConnection, wanted: pl.DataFrame) -> int:
    """Write those that are new or changed to ``raw.publications``, in one transaction; returns how many.

    Raises:
        duckdb.TransactionException: conflicts with other writers to the last attempt; nothing was kept.
    """
    connection.register("wanted_publications", wanted.to_arrow())
    try:
        return retrying(lambda: _replace(connection))
    finally:
        connection.unregister("wanted_publications")


def _replace(connection: duckdb.DuckDBPyConnection) -> int:
    connection.execute("BEGIN")
    try:
        connection.execute(CHANGED)
        counted = connection.execute("SELECT count(*) FROM changed_publications").fetchone()
        changed = int(counted[0]) if counted else 0
        if changed:
            connection.execute(REPLACE)
            connection.execute(INSERT, [utc_now()])
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
    return changed
