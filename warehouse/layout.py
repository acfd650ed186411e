"""How the lake is laid out for its readers, beyond what the models say of their order and partitions.

https://ducklake.select/docs/stable/duckdb/usage/configuration
"""

from __future__ import annotations

from typing import Final

import duckdb
import psycopg
from psycopg import sql

# Of the marts, which pages read while builds write: a page wants one organization of many, and small row
# groups let it skip the others; rows in the catalog would cost each query another question to PostgreSQL;
# LZ4 takes the space of Snappy, and texts are read a fifth faster.
# Of raw: a row group is held in memory while it is written, and one answer may be 100 kB and more.
OPTIONS: Final = {
    "marts": {
        "parquet_row_group_size": "20480",
        "data_inlining_row_limit": "0",
        "parquet_compression": "lz4_raw",
    },
    "raw": {"parquet_row_group_size": "2048"},
}

# DuckLake indexes its catalog by single ids only, but a query asks for a table's files and what they hold.
INDEXES: Final = {
    "ducklake_data_file": ("table_id",),
    "ducklake_delete_file": ("table_id",),
    "ducklake_file_column_stats": ("table_id", "column_id"),
    "ducklake_table_column_stats": ("table_id",),
}


def set_options(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the schemas their options, where they have others. Holds for files written from then on."""
    rows = connection.execute(
        "SELECT scope_entry, option_name, value FROM ducklake_options('lake') WHERE scope = 'SCHEMA'"
    ).fetchall()
    for schema, options in OPTIONS.items():
        for name, value in options.items():
            if (schema, name, value) not in rows:
                connection.execute(f"CALL lake.set_option('{name}', '{value}', schema => '{schema}')")


def index(connection: psycopg.Connection, catalog: str) -> None:
    """Index the tables of the lake's catalog, a schema of PostgreSQL. Looks first: asking takes a lock."""
    rows = connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = %s", [catalog]).fetchall()
    present = {row[0] for row in rows}
    for table, columns in INDEXES.items():
        name = f"allin_{table}"
        if name not in present:
            connection.execute(
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                    sql.Identifier(name),
                    sql.Identifier(catalog, table),
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                )
            )
