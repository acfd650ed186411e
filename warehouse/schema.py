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

# Answers of batches that broke their raw contract. They stay in raw.answers; no model reads one that waits
# (verdict null) or was rejected.
QUARANTINE: Final = """
CREATE TABLE lake.raw.quarantine (
  answer_id VARCHAR NOT NULL, organization_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL,
  network VARCHAR NOT NULL, entity VARCHAR NOT NULL, check_name VARCHAR NOT NULL, reason VARCHAR NOT NULL,
  run_id VARCHAR NOT NULL, found_at TIMESTAMPTZ NOT NULL, settled_at TIMESTAMPTZ, verdict VARCHAR
)
"""

# What the raw contract has looked at (`warehouse.gates`): a row for each answer, with the way from page to
# page, and a row for each figure in it, lightly read. Posts and days are subjects; a subject without
# numbers has one row without a metric. Figures are kept for some days, to compare the next answers with.
GATE_PAGES: Final = """
CREATE TABLE lake.raw.gate_pages (
  answer_id VARCHAR NOT NULL, organization_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL,
  network VARCHAR NOT NULL, entity VARCHAR NOT NULL, path VARCHAR NOT NULL,
  observed_hour TIMESTAMPTZ NOT NULL,
  asked VARCHAR, following VARCHAR, run_id VARCHAR NOT NULL, landed_at TIMESTAMPTZ NOT NULL
)
"""
GATE_FIGURES: Final = """
CREATE TABLE lake.raw.gate_figures (
  answer_id VARCHAR NOT NULL, organization_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL,
  network VARCHAR NOT NULL, entity VARCHAR NOT NULL, path VARCHAR NOT NULL,
  observed_hour TIMESTAMPTZ NOT NULL,
  kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, stamp TIMESTAMPTZ, metric VARCHAR, value DOUBLE
)
"""
# What was published through AllIN, with its labels and campaign: facts of the registry, replaced when they
# change.
PUBLICATIONS: Final = """
CREATE TABLE lake.raw.publications (
  publication_id VARCHAR NOT NULL, organization_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL,
  external_id VARCHAR NOT NULL, labels VARCHAR[] NOT NULL, campaign VARCHAR,
  published_at TIMESTAMPTZ NOT NULL, landed_at TIMESTAMPTZ NOT NULL
)
"""
# Posts that a list read to its end left out (`warehouse.gates.gone`), with the hour of that list.
GONE_POSTS: Final = """
CREATE TABLE lake.raw.gone_posts (
  organization_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL, network VARCHAR NOT NULL,
  external_id VARCHAR NOT NULL, observed_hour TIMESTAMPTZ NOT NULL, noticed_at TIMESTAMPTZ NOT NULL
)
"""
TABLES: Final = {
    "accounts": ACCOUNTS,
    "quarantine": QUARANTINE,
    "gate_pages": GATE_PAGES,
    "gate_figures": GATE_FIGURES,
    "publications": PUBLICATIONS,
    "gone_posts": GONE_POSTS,
}


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
        for name, statement in TABLES.items():
            if name not in present:
                connection.execute(statement)
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
