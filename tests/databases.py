"""Databases for tests: copies of a migrated one, and one that is emptied from test to test.

Dropping a database makes the server write everything to disk, which takes longer than most tests.
"""

from __future__ import annotations

import time
import uuid

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from foundation.database import worker_session
from foundation.migrate import migrate

TEMPLATE = "template_allin"
# Whoever is still at work ends before the rows do; connections that wait in a pool do no harm.
_LEAVE = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  AND state <> 'idle'
"""
# The tables of our own schema come from the migrations; the lake's catalog and Dagster make theirs.
_EMPTY = """
DO $$
DECLARE found record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR found IN
    SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
      AND (schemaname, tablename) <> ('allin', 'alembic_version')
  LOOP
    IF found.schemaname = 'allin' THEN
      EXECUTE format('DELETE FROM %I.%I', found.schemaname, found.tablename);
    ELSE
      EXECUTE format('DROP TABLE IF EXISTS %I.%I CASCADE', found.schemaname, found.tablename);
    END IF;
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false)
  FROM pg_sequences WHERE schemaname = 'allin' AND last_value IS NOT NULL;
END $$
"""


def with_database(server_url: str, name: str) -> str:
    """The server's URL, for another database of it."""
    return server_url.replace("/postgres?", f"/{name}?")


def prepare(server_url: str) -> None:
    """Make the migrated database that the others are copies of; nothing here has to outlive the machine."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE {TEMPLATE}".encode())
    migrate(with_database(server_url, TEMPLATE))


def never_wait_for_the_disk(server_url: str) -> None:
    """Tests kill processes, never the machine: what the system has been given is not lost."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")


def copy(server_url: str) -> str:
    """A new, migrated database; its URL. It goes when the server does."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}".encode())
    return with_database(server_url, name)


def until_somebody_waits(timeout_s: float = 10) -> None:
    """Return once a connection waits for a lock.

    Raises:
        AssertionError: none did in time.
    """
    waits = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with worker_session() as session:
            if session.scalar(waits):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def empty(url: str) -> None:
    """Leave nothing in the database of what a test has put there, nor anyone who could."""
    with psycopg.connect(make_conninfo(url), autocommit=True) as connection:
        connection.execute(_LEAVE)
        connection.execute(_EMPTY)
