"""Keeping DuckLake's statistics of a column true: what is unknown must not be taken to be known later.

Where a file of an insert holds nothing but nulls of a column, DuckLake 1.5.5 notes that the table's least and
most are unknown, as it should. The next insert then takes its own least and most for the table's. DuckDB
believes them: it leaves rows out, and packs what lies outside into too few bits, so that 9 is read as 65545.
A trigger keeps unknown what is unknown; DuckDB then goes by the files' own statistics.

https://ducklake.select/docs/stable/specification/tables/ducklake_table_column_stats
"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

from foundation.database import Role

NAME: Final = "allin_keep_unknown"
PRESENT: Final = (
    "SELECT EXISTS (SELECT FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
    "WHERE t.tgname = %s AND c.relnamespace = to_regnamespace(%s))"
)
FUNCTION: Final = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.min_value IS NULL THEN NEW.min_value := NULL; END IF;
  IF OLD.max_value IS NULL THEN NEW.max_value := NULL; END IF;
  RETURN NEW;
END $$
"""
# What was written without it may be wrong already, and unknown is always true.
FORGET: Final = "UPDATE {table} SET min_value = NULL, max_value = NULL"
TRIGGER: Final = (
    "CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
)


def guard(connection: psycopg.Connection, catalog: str) -> None:
    """Have the lake's catalog (a schema of PostgreSQL) keep the unknown. Looks first; may be repeated.

    Raises:
        psycopg.Error: the catalog can't be changed, or is not there.
    """
    row = connection.execute(PRESENT, [NAME, sql.Identifier(catalog).as_string()]).fetchone()
    if row is not None and row[0]:
        return
    names = {
        "name": sql.Identifier(NAME),
        "function": sql.Identifier(catalog, NAME),
        "table": sql.Identifier(catalog, "ducklake_table_column_stats"),
    }
    with connection.transaction():
        connection.execute(
            sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(Role.WORKER))
        )  # the catalog is its
        for statement in (FUNCTION, FORGET, TRIGGER):
            connection.execute(sql.SQL(statement).format(**names))
