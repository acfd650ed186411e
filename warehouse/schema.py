"""The tables raw answers are landed in, and the schemas dbt builds into."""

from __future__ import annotations

from typing import Final

import duckdb

SCHEMAS: Final = ("raw", "staging", "intermediate", "marts")

# One row for each HTTP answer, as it came. No primary key in DuckLake: `landing` keeps answer_id unique.
ANSWERS: Final = """
CREATE TABLE lake.raw.answers (
  answer_id VARCHAR NOT NULL, organization_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL,
  network VARCHAR NOT NULL, entity VARCHAR NOT NULL, request JSON NOT NULL,
  requested_at TIMESTAMPTZ NOT NULL, observed_hour TIMESTAMPTZ NOT NULL, status INTEGER NOT NULL,
  body JSON NOT NULL, run_id VARCHAR NOT NULL, landed_at TIMESTAMPTZ NOT NULL
)
"""
PARTITION: Final = "ALTER TABLE lake.raw.answers SET PARTITIONED BY (network, entity)"

# The registry of connected accounts as of the last ingest; never a token.
ACCOUNTS: Final = """
CREATE TABLE lake.raw.accounts (
  account_id VARCHAR NOT NULL, organization_id VARCHAR NOT NULL, organization_name VARCHAR NOT NULL,
  brand_id VARCHAR NOT NULL, brand_name VARCHAR NOT NULL, timezone VARCHAR NOT NULL,
  network VARCHAR NOT NULL, external_id VARCHAR NOT NULL, account_name VARCHAR NOT NULL,
  connected_at TIMESTAMPTZ NOT NULL, status VARCHAR NOT NULL
)
"""


def create_missing(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas and raw tables that are not there, in one transaction.

    Raises:
        duckdb.TransactionException: another process created them at the same moment.
    """
    connection.execute("BEGIN")
    try:
        for name in SCHEMAS:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{name}")
        present = tables(connection, "raw")
        if "answers" not in present:
            connection.execute(ANSWERS)
            connection.execute(PARTITION)
        if "accounts" not in present:
            connection.execute(ACCOUNTS)
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def tables(connection: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """The tables of a schema of the lake."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake' AND schema_name = ?", [name]
    ).fetchall()
    return {str(row[0]) for row in rows}


def rollback(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave the open transaction; a failed COMMIT has already left it."""
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException as error:
        if "no transaction is active" not in str(error):
            raise
