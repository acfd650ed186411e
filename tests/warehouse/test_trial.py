"""A copy of the lake, in which anything may be built."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg
import pytest

from foundation.settings import Settings
from warehouse import lake
from warehouse.trial import CATALOG, TrialError, trial

COUNT = "SELECT count(*), sum(n) FROM lake.marts.t"


@pytest.fixture
def table(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A lake with rows in files, rows in the catalog, and deletions."""
    connection.execute("CREATE TABLE lake.marts.t AS SELECT range AS n FROM range(1000)")
    connection.execute("INSERT INTO lake.marts.t VALUES (1000), (1001)")
    connection.execute("DELETE FROM lake.marts.t WHERE n < 10")
    return connection


def copied_tables(url: str) -> int:
    with psycopg.connect(url) as pg:
        row = pg.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", (CATALOG,)).fetchone()
    assert row is not None
    return int(row[0])


def test_what_is_built_in_the_copy_stays_there(
    settings: Settings, table: duckdb.DuckDBPyConnection, database_url: str
) -> None:
    before = table.execute(COUNT).fetchone()
    snapshot = lake.current_snapshot(table)
    files = set(Path(settings.lake).rglob("*.parquet"))
    with trial(settings) as copy, lake.connect(copy) as inside:
        assert inside.execute(COUNT).fetchone() == before
        inside.execute("DELETE FROM lake.marts.t WHERE n > 500")
        inside.execute("INSERT INTO lake.marts.t SELECT range FROM range(3000)")
        inside.execute("CREATE TABLE lake.marts.other AS SELECT 1 AS n")
        table.execute("INSERT INTO lake.marts.t SELECT 1 FROM range(2000)")  # neither waits for the other
        assert inside.execute("SELECT count(*) FROM lake.marts.t").fetchone() == (491 + 3000,)
        assert table.execute("SELECT count(*) FROM lake.marts.t").fetchone() == (992 + 2000,)
        with pytest.raises(TrialError, match="another dry run"), trial(settings):
            pass
        assert inside.execute(f"{COUNT} AT (VERSION => {snapshot})").fetchone() == before
    assert copied_tables(database_url) == 0
    assert table.execute(f"{COUNT} AT (VERSION => {snapshot})").fetchone() == before
    assert files <= set(Path(settings.lake).rglob("*.parquet"))
    with pytest.raises(duckdb.CatalogException):
        table.execute("SELECT * FROM lake.marts.other")


def test_what_a_killed_trial_left_is_swept_by_the_next(
    settings: Settings, table: duckdb.DuckDBPyConnection, database_url: str
) -> None:
    with psycopg.connect(database_url) as pg:
        pg.execute(f"SET ROLE allin_worker; CREATE TABLE {CATALOG}.ducklake_snapshot (half text)".encode())
    with trial(settings) as copy, lake.connect(copy) as inside:
        assert inside.execute(COUNT).fetchone() == table.execute(COUNT).fetchone()
    with pytest.raises(ZeroDivisionError), trial(settings):
        raise ZeroDivisionError
    assert copied_tables(database_url) == 0
