"""The mirror: the marts of the current release in PostgreSQL, for people with psql or a BI tool.

Schema `marts` has one table a mart, with the rows of those organizations that have a reader
(`warehouse.analysts.readers`), and `release`, which says what they stand on. Row-level security shows a
reader its own organization's rows. An organization's rows are replaced in one transaction, so a reader sees
one release or the next, also within a long transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import duckdb
import psycopg
from psycopg import sql
from sqlalchemy import text

from foundation import postgres
from foundation.database import Role, libpq_dsn, worker_session
from foundation.settings import Settings, get_settings
from warehouse import lake
from warehouse.analysts import copy
from warehouse.analysts.describing import described
from warehouse.analysts.readers import GROUP
from warehouse.releases import Release

SCHEMA: Final = "marts"
RELEASE: Final = "release"
BATCH: Final = 5000  # rows
LOCK_TIMEOUT: Final = "15s"  # for a table that somebody looks at without end
TYPES: Final[Mapping[str, str]] = {
    "VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date", "DOUBLE": "double precision", "FLOAT": "real",
    "BIGINT": "bigint", "INTEGER": "integer", "SMALLINT": "smallint", "TINYINT": "smallint",
    "UINTEGER": "bigint", "USMALLINT": "integer", "UTINYINT": "smallint", "HUGEINT": "numeric",
    "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamptz", "TIME": "time",
    "VARCHAR[]": "text[]",
}  # fmt: skip
LONG_NAMES: Final[Mapping[str, str]] = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time without time zone": "time",
}
WITH_READERS: Final = text(
    "SELECT DISTINCT r.organization_id FROM readers r JOIN organizations o ON o.id = r.organization_id "
    "WHERE o.deleted_at IS NULL ORDER BY 1"
)
OWN: Final = "organization_id = (SELECT allin.reader_organization())"

Postgres = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Standing:
    """What an organization's mirror stands on: the release, and since when (aware UTC)."""

    release_id: int
    released_at: datetime
    mirrored_at: datetime


@dataclass(frozen=True)
class Mirrored:
    """What came of one organization: how many rows were written, or why none were."""

    organization_id: UUID
    rows: int
    problem: str | None = None


def refresh(release: Release, settings: Settings | None = None) -> list[Mirrored]:
    """Bring the mirror of every organization that has a reader to this release, and empty that of others.

    One that stands on it already, or on a newer one, is left as it is. What fails for one organization is in
    its result, and holds up no other. May be repeated, and run by two at once.

    Raises:
        LakeError, psycopg.Error: the lake or PostgreSQL can't be reached.
    """
    settings = settings or get_settings()
    with worker_session(settings) as session:
        wanted = list(session.scalars(WITH_READERS))
    with _connected(settings) as connection:
        _forget_others(connection, wanted)
        if not wanted:
            return []
        with lake.connect_at(settings, release.snapshot_id) as marts:
            tables = _tables(marts)
            _ensure(connection, tables)
            return [_tried(connection, marts, tables, organization, release) for organization in wanted]


def refresh_one(organization_id: UUID, release: Release, settings: Settings | None = None) -> Mirrored:
    """The same for one organization, whose first reader was just made.

    Raises:
        LakeError, psycopg.Error: the lake or PostgreSQL can't be reached.
    """
    settings = settings or get_settings()
    with _connected(settings) as connection, lake.connect_at(settings, release.snapshot_id) as marts:
        tables = _tables(marts)
        _ensure(connection, tables)
        return _tried(connection, marts, tables, organization_id, release)


def standing(organization_id: UUID, settings: Settings | None = None) -> Standing | None:
    """What the organization's mirror stands on; None: it is empty."""
    with worker_session(settings) as session:
        if session.scalar(text(f"SELECT to_regclass('{SCHEMA}.{RELEASE}')")) is None:
            return None
        row = session.execute(
            text(
                f"SELECT release_id, released_at, mirrored_at FROM {SCHEMA}.{RELEASE} "  # noqa: S608
                "WHERE organization_id = :id"
            ),
            {"id": str(organization_id)},
        ).one_or_none()
    return None if row is None else Standing(*row)


@contextmanager
def _connected(settings: Settings) -> Iterator[Postgres]:
    dsn = libpq_dsn(postgres.database_url(settings), role=Role.WORKER)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'".encode())
        yield connection


def _tables(marts: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The marts with their columns and DuckDB's types."""
    found: dict[str, dict[str, str]] = {name: {} for name in copy.marts(marts)}
    rows = marts.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = 'lake' AND schema_name = 'marts' ORDER BY table_name, column_index"
    ).fetchall()
    for table, column, kind in rows:
        if table in found:
            found[table][column] = kind
    return found


def _tried(
    connection: Postgres,
    marts: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Mapping[str, str]],
    organization_id: UUID,
    release: Release,
) -> Mirrored:
    try:
        return Mirrored(organization_id, _replace(connection, marts, tables, str(organization_id), release))
    except (psycopg.Error, duckdb.Error) as error:
        if connection.broken:
            raise
        return Mirrored(organization_id, 0, type(error).__name__)


def _replace(
    connection: Postgres,
    marts: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Mapping[str, str]],
    organization: str,
    release: Release,
) -> int:
    """Replace an organization's rows in one transaction; how many were written."""
    written = 0
    with connection.transaction():
        # The row of `release` comes first: whoever comes second waits for it here, and finds the work done.
        taken = connection.execute(
            f"INSERT INTO {SCHEMA}.{RELEASE} VALUES (%s, %s, %s, now()) "  # noqa: S608 - our own names
            "ON CONFLICT (organization_id) DO UPDATE SET release_id = excluded.release_id, "
            "released_at = excluded.released_at, mirrored_at = now() "
            f"WHERE {RELEASE}.release_id < excluded.release_id RETURNING release_id".encode(),
            (organization, release.id, release.released_at),
        ).fetchone()
        if taken is None:
            return 0
        for table in _mirrored(connection):  # also those that this release has not: it may be an earlier one
            if table == RELEASE:
                continue
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE organization_id = %s").format(sql.Identifier(SCHEMA, table)),
                [organization],
            )
            if table in tables:
                written += _insert(connection, marts, table, tables[table], organization)
    return written


def _mirrored(connection: Postgres) -> list[str]:
    """The tables of the mirror by name."""
    rows = connection.execute(
        b"SELECT tablename FROM pg_tables WHERE schemaname = 'marts' ORDER BY tablename"
    ).fetchall()
    return [str(name) for (name,) in rows]


def _insert(
    connection: Postgres,
    marts: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    organization: str,
) -> int:
    picked = ", ".join(_picked(column, kind) for column, kind in columns.items())
    rows = marts.execute(
        f"SELECT {picked} FROM lake.marts.{table} WHERE organization_id = ?",  # noqa: S608 - our own names
        [organization],
    )
    named = {
        "table": sql.Identifier(SCHEMA, table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
    # COPY goes past row-level security and so is refused on a table that has it, by anybody.
    connection.execute(
        sql.SQL("CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0").format(
            **named
        )
    )
    written = 0
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY incoming ({columns}) FROM STDIN").format(**named)) as target:
            while batch := rows.fetchmany(BATCH):
                for row in batch:
                    target.write_row(row)
                written += len(batch)
        cursor.execute(
            sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming").format(**named)
        )
        cursor.execute(b"DROP TABLE incoming")
    return written


def _picked(column: str, kind: str) -> str:
    """A column as PostgreSQL can take it: it knows no text with a zero in it."""
    if kind == "VARCHAR":
        return f"replace(\"{column}\", chr(0), '')"
    return f'"{column}"' if kind in TYPES else f'"{column}"::VARCHAR'


def _forget_others(connection: Postgres, wanted: list[UUID]) -> None:
    """Empty what is mirrored of organizations that have no reader any more."""
    with connection.transaction():
        for table in _mirrored(connection):
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE organization_id <> ALL (%s)").format(
                    sql.Identifier(SCHEMA, table)
                ),
                [[str(one) for one in wanted]],
            )


def _ensure(connection: Postgres, tables: Mapping[str, Mapping[str, str]]) -> None:
    """Create the tables and columns that are missing, closed to others before there is a row."""
    with connection.transaction():
        # One at a time; a lock by number could be taken by a reader.
        connection.execute(b"LOCK TABLE allin.readers IN SHARE ROW EXCLUSIVE MODE")
        _ensure_table(
            connection,
            RELEASE,
            {
                "organization_id": "text",
                "release_id": "bigint",
                "released_at": "timestamptz",
                "mirrored_at": "timestamptz",
            },
            key="PRIMARY KEY (organization_id)",
        )
        for table, columns in tables.items():
            _ensure_table(
                connection, table, {name: TYPES.get(kind, "text") for name, kind in columns.items()}
            )


def _ensure_table(
    connection: Postgres, table: str, columns: Mapping[str, str], key: str | None = None
) -> None:
    name = sql.Identifier(SCHEMA, table)
    there = _present(connection, table)
    if not there:
        connection.execute(sql.SQL("CREATE TABLE {} ()").format(name))
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
        connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name))
    changed = {column: kind for column, kind in columns.items() if there.get(column) != kind}
    for column, kind in changed.items():
        if column in there:  # its type is another now; the rows come anew with this release
            connection.execute(sql.SQL("ALTER TABLE {} DROP COLUMN {}").format(name, sql.Identifier(column)))
        connection.execute(
            sql.SQL("ALTER TABLE {table} ADD COLUMN {column} {kind}").format(
                table=name, column=sql.Identifier(column), kind=sql.SQL(kind)
            )
        )
        # What the planner knows of a column's values is of all organizations, and EXPLAIN would tell.
        connection.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET STATISTICS 0").format(name, sql.Identifier(column))
        )
    if changed:
        for comment in described(table, f"{SCHEMA}.{table}", list(columns)):
            connection.execute(comment.encode())
    if not there:
        _open(connection, name, key)


def _open(connection: Postgres, name: sql.Identifier, key: str | None) -> None:
    """The policies of a new table, and what finds an organization's rows."""
    own, group = sql.SQL(OWN), sql.Identifier(GROUP)
    connection.execute(
        sql.SQL("ALTER TABLE {} ADD {}").format(name, sql.SQL(key))
        if key
        else sql.SQL("CREATE INDEX ON {} (organization_id)").format(name)
    )
    connection.execute(
        sql.SQL("CREATE POLICY reader ON {} FOR SELECT TO {} USING ({})").format(name, group, own)
    )
    connection.execute(
        sql.SQL("CREATE POLICY worker ON {} TO allin_worker USING (true) WITH CHECK (true)").format(name)
    )
    connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, group))


def _present(connection: Postgres, table: str) -> dict[str, str]:
    """The columns of a table with their types, by the names of `TYPES`; none: there is no such table."""
    rows: list[tuple[str, str]] = connection.execute(
        b"SELECT attname, format_type(atttypid, NULL) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
        b"WHERE relnamespace = 'marts'::regnamespace AND relname = %s AND attnum > 0 AND NOT attisdropped",
        (table,),
    ).fetchall()
    return {column: LONG_NAMES.get(kind, kind) for column, kind in rows}
