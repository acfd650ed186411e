"""How the lake is laid out, which pages feel and nobody sees."""

from __future__ import annotations

import duckdb
import psycopg
import pytest
import yaml

from foundation.database import libpq_dsn
from foundation.settings import REPOSITORY, Settings
from warehouse import lake
from warehouse.layout import INDEXES

OPTIONS = (
    "SELECT scope_entry, option_name, value FROM ducklake_options('lake') WHERE scope = 'SCHEMA' ORDER BY ALL"
)
GROUPS = "SELECT count(DISTINCT row_group_id) FROM parquet_metadata(?)"
FILES = "SELECT data_file FROM ducklake_list_files('lake', ?, schema => 'marts')"


def only_file(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    files = connection.execute(FILES, [table]).fetchall()
    assert len(files) == 1
    return str(files[0][0])


def test_marts_are_files_of_small_groups_from_the_first_row_on(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("CREATE TABLE lake.marts.few AS SELECT 1 AS n")
    assert only_file(connection, "few")
    connection.execute("CREATE TABLE lake.marts.many AS SELECT range AS n FROM range(61440)")
    assert connection.execute(GROUPS, [only_file(connection, "many")]).fetchone() == (3,)


def test_options_and_indexes_are_made_once(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    options = connection.execute(OPTIONS).fetchall()
    assert options == [
        ("marts", "data_inlining_row_limit", "0"),
        ("marts", "parquet_compression", "lz4_raw"),
        ("marts", "parquet_row_group_size", "20480"),
        ("raw", "parquet_row_group_size", "2048"),
    ]
    before = lake.current_snapshot(connection)
    with lake.connect(settings) as another:
        lake.ensure(another)
        assert another.execute(OPTIONS).fetchall() == options
        assert lake.current_snapshot(another) == before
    with psycopg.connect(libpq_dsn(settings.database_url.get_secret_value())) as owner:
        indexed = owner.execute(
            "SELECT tablename FROM pg_indexes WHERE schemaname = %s AND indexname LIKE 'allin%%'",
            [settings.lake_catalog],
        ).fetchall()
    assert sorted(row[0] for row in indexed) == sorted(INDEXES)


@pytest.mark.parametrize("as_built", [True, False])
def test_a_long_history_is_a_file_a_month(connection: duckdb.DuckDBPyConnection, as_built: bool) -> None:
    months = 120  # more than the files DuckDB keeps open unless it is told otherwise
    profile = yaml.safe_load((REPOSITORY / "dbt" / "profiles.yml").read_text())
    built = profile["allin"]["outputs"]["lake"]["settings"]["partitioned_write_max_open_files"]
    connection.execute(f"SET partitioned_write_max_open_files = {built if as_built else 100}")
    connection.execute("SET partitioned_write_flush_threshold = 8192")
    connection.execute("CREATE TABLE lake.marts.history (day DATE)")
    connection.execute("ALTER TABLE lake.marts.history SET PARTITIONED BY (year(day), month(day))")
    rows = f"SELECT DATE '2010-01-01' + to_months((range % {months})::INTEGER) AS day FROM range(100000)"
    connection.execute(f"INSERT INTO lake.marts.history {rows}")
    files = connection.execute(FILES, ["history"]).fetchall()
    assert (len(files) == months) is as_built
