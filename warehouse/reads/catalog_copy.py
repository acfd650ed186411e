"""What the lake's catalog says of the marts in one snapshot, as a DuckLake of its own that is only read.

Each query over the lake asks its catalog for the tables' files and what they hold. In PostgreSQL that is a
dozen questions, of which each waits for its turn beside a build; in a DuckDB file of this process it is none.
The Parquet files are the lake's own. They stay for `warehouse.expiry.GRACE` after they went out of use, so a
copy that is much younger than that is true.

Tables: https://ducklake.select/docs/stable/specification/tables/overview
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import duckdb

from foundation.settings import Settings
from warehouse import lake

SCHEMA: Final = "marts"
PREFIX: Final = "catalog-"
ABANDONED: Final = 3600  # seconds
_COLUMNS: Final = """
SELECT table_name::text, array_agg(column_name::text) FROM information_schema.columns
WHERE table_schema = '{catalog}' AND table_name LIKE 'ducklake%' GROUP BY table_name ORDER BY table_name
"""
_TABLES: Final = """
SELECT table_id FROM {catalog}.ducklake_table AS t JOIN {catalog}.ducklake_schema AS s USING (schema_id)
WHERE s.schema_name = '{schema}' AND t.begin_snapshot <= {snapshot}
  AND (t.end_snapshot IS NULL OR t.end_snapshot > {snapshot})
"""
_INLINED: Final = re.compile(r"ducklake_inlined_(?:data|delete)_(\d+)")


def attach(connection: duckdb.DuckDBPyConnection, settings: Settings, snapshot: int, name: str) -> None:
    """Attach the marts of a snapshot of the attached lake under a name. Whoever detaches it removes it.

    Of a snapshot that is not kept nothing can be read.

    Raises:
        duckdb.IOException: the catalog can't be reached.
    """
    tmp = settings.home / "tmp"
    _clear(tmp)
    # The file's name goes with the folder; DuckDB keeps the file open for as long as it is attached.
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=tmp) as folder:
        path = lake.quoted(str(Path(folder, "catalog.duckdb")))
        connection.execute(f"ATTACH '{path}' AS {name}_copy")
        try:
            _copy(connection, settings.lake_catalog, snapshot, f"{name}_copy")
        finally:
            connection.execute(f"DETACH {name}_copy")
        connection.execute(
            f"ATTACH 'ducklake:{path}' AS {name} (READ_ONLY, CREATE_IF_NOT_EXISTS false, "
            f"DATA_PATH '{lake.quoted(lake.data_path(settings))}')"
        )


def _clear(tmp: Path) -> None:
    """Remove what processes left that were killed in the tenth of a second that a copy takes."""
    for folder in tmp.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another process removes it at this moment
            if time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)


def _copy(connection: duckdb.DuckDBPyConnection, catalog: str, snapshot: int, target: str) -> None:
    """Copy as of one moment what the snapshot sees."""
    connection.execute("BEGIN")
    try:
        tables = _asked(connection, _TABLES.format(catalog=catalog, schema=SCHEMA, snapshot=int(snapshot)))
        ids = ", ".join(str(row[0]) for row in tables) or "NULL"
        for table, columns in _asked(connection, _COLUMNS.format(catalog=catalog)):
            inlined = _INLINED.match(table)
            if inlined and (int(inlined[1]),) not in tables:
                continue
            rows = f"SELECT * FROM {catalog}.{table} WHERE {_seen(catalog, set(columns), ids, int(snapshot))}"  # noqa: S608
            connection.execute(f"CREATE TABLE {target}.main.{table} AS {_query(rows)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _seen(catalog: str, columns: set[str], tables: str, snapshot: int) -> str:
    """Which rows of a table of the catalog concern these tables in this snapshot."""
    alive = f"begin_snapshot <= {snapshot} AND (end_snapshot IS NULL OR end_snapshot > {snapshot})"
    conditions = ["true"]
    if {"begin_snapshot", "end_snapshot"} <= columns:
        conditions.append(alive)
    elif "data_file_id" in columns:
        files = f"SELECT data_file_id FROM {catalog}.ducklake_data_file WHERE {alive}"  # noqa: S608
        conditions.append(f"data_file_id IN ({files})")
    if "table_id" in columns:
        conditions.append(f"(table_id IS NULL OR table_id IN ({tables}))")
    if "snapshot_id" in columns:
        conditions.append(f"snapshot_id = {snapshot}")
    return " AND ".join(conditions)


def _asked(connection: duckdb.DuckDBPyConnection, statement: str) -> list[tuple[Any, ...]]:
    return connection.execute(_query(statement)).fetchall()


def _query(statement: str) -> str:
    """What PostgreSQL answers to a statement; DuckLake names the catalog it is attached to so."""
    return f"SELECT * FROM postgres_query('__ducklake_metadata_{lake.ALIAS}', '{lake.quoted(statement)}')"  # noqa: S608
