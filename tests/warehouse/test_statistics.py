"""A column of which a file knows nothing is read right, whatever comes after."""

from __future__ import annotations

import duckdb
import psycopg
import pytest

from foundation.settings import Settings
from warehouse import lake, statistics

TABLE = "CREATE TABLE lake.marts.t (day DATE, n BIGINT)"
BY_YEAR = "ALTER TABLE lake.marts.t SET PARTITIONED BY (year(day))"
# A file a year: that of 2017 knows no number.
FIRST = "INSERT INTO lake.marts.t VALUES ('2017-01-01', NULL), ('2024-01-01', 9), ('2026-01-01', 8)"
SECOND = "INSERT INTO lake.marts.t VALUES ('2026-02-01', 40), ('2026-03-01', 453)"
READ = "SELECT n FROM (SELECT * FROM lake.marts.t ORDER BY ALL) WHERE n IS NOT NULL"
FEW = "SELECT count(*), min(n) FROM lake.marts.t WHERE n < 20"
OFF = f"DROP TRIGGER {statistics.NAME} ON lake.ducklake_table_column_stats"


def filled(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in (TABLE, BY_YEAR, FIRST, SECOND):
        connection.execute(statement)


def read(settings: Settings) -> tuple[list[int], tuple[int, int]]:
    """The numbers, and how many are small with the least of them, as a process of its own sees them."""
    with lake.connect(settings, read_only=True) as connection:
        few = connection.execute(FEW).fetchone()
        assert few
        return [n for (n,) in connection.execute(READ).fetchall()], few


def test_what_a_file_does_not_know_is_not_taken_for_known(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    filled(connection)
    assert read(settings) == ([9, 8, 40, 453], (2, 8))


def test_a_lake_of_before_is_mended(
    settings: Settings, connection: duckdb.DuckDBPyConnection, database_url: str
) -> None:
    with psycopg.connect(database_url) as catalog:
        catalog.execute(OFF)
    filled(connection)
    if read(settings) == ([9, 8, 40, 453], (2, 8)):
        pytest.fail("DuckLake no longer needs the trigger: remove warehouse/statistics.py")
    with lake.connect(settings):
        pass
    assert read(settings) == ([9, 8, 40, 453], (2, 8))
