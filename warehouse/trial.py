"""A copy of the lake to try something in: the catalog's tables are copied, the files are shared.

What is built in the copy writes files of its own and never touches the lake's; the night removes them
(`upkeep.remove_files`), for the lake's catalog does not name them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import sql

from foundation import postgres
from foundation.database import Role, libpq_dsn
from foundation.settings import Settings

CATALOG: Final = "lake_trial"
LOCK: Final = 20_261_124  # any constant of our own


class TrialError(RuntimeError):
    """The copy can't be made; a sentence for the operator."""


@contextmanager
def trial(settings: Settings) -> Iterator[Settings]:
    """Settings whose lake is a copy of this one, until the end of the block. One copy at a time.

    A process that is killed leaves the copy behind; the next one begins with an empty one.

    Raises:
        TrialError: another process has a copy.
    """
    dsn = libpq_dsn(postgres.database_url(settings), role=Role.WORKER)
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if row is None or not row[0]:
            raise TrialError("another dry run is under way: wait until it is done")
        _drop(connection)
        try:
            _copy(connection, settings.lake_catalog)
            yield settings.model_copy(update={"lake_catalog": CATALOG})
        finally:
            _drop(connection)


def _copy(connection: psycopg.Connection, source: str) -> None:
    """Copy the catalog as of one moment."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for name in _tables(connection, source):
            table, copied = sql.Identifier(source, name), sql.Identifier(CATALOG, name)
            connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(copied, table))
            connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(copied, table))


def _drop(connection: psycopg.Connection) -> None:
    with connection.transaction():
        for name in _tables(connection, CATALOG):
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(CATALOG, name)))


def _tables(connection: psycopg.Connection, schema: str) -> list[str]:
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
    return sorted(str(row[0]) for row in rows)
