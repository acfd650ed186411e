"""The lake opens without a network, for many processes at once, and each role may do its part only."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from foundation.database import Role
from foundation.settings import REPOSITORY, Settings
from warehouse import lake, schema

OPEN = """
from warehouse import lake
with lake.connect() as connection:
    lake.ensure(connection)
    print(sorted(lake.environment()))
"""


def test_first_starts_at_the_same_moment_make_one_lake(settings: Settings) -> None:
    command = [sys.executable, "-c", OPEN]
    starts = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for start in starts:
        output, errors = start.communicate(timeout=120)
        assert start.returncode == 0, errors
        assert output.strip() == (
            "['ALLIN_BUILD_MEMORY_MB', 'ALLIN_EXTENSION_DIR', 'ALLIN_LAKE_CATALOG', 'ALLIN_LAKE_DSN', "
            "'ALLIN_LAKE_PATH']"
        )
    with lake.connect(settings, role=Role.APP, read_only=True) as connection:
        assert schema.tables(connection, "raw") == {
            "answers", "accounts", "quarantine", "gate_pages", "gate_figures", "publications",
            "gone_posts",
        }  # fmt: skip
        present = connection.execute(
            "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'lake'"
        ).fetchall()
        assert {name for (name,) in present} >= set(schema.SCHEMAS)


def test_dbt_can_open_the_lake_from_what_the_environment_says(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("CREATE TABLE lake.marts.t AS SELECT 42 AS n")
    environment = lake.environment(settings)
    directory = environment["ALLIN_EXTENSION_DIR"]
    with duckdb.connect(config={"extension_directory": directory}) as other:
        other.execute("LOAD ducklake; LOAD postgres_scanner")
        dsn, path = environment["ALLIN_LAKE_DSN"].replace("'", "''"), environment["ALLIN_LAKE_PATH"]
        other.execute(f"ATTACH '{dsn}' AS lake (DATA_PATH '{path}', META_SCHEMA 'lake')")
        assert other.execute("SELECT n FROM lake.marts.t").fetchall() == [(42,)]


@pytest.mark.parametrize("rows", [1, 5000], ids=["kept in the catalog", "kept in a file"])
def test_the_app_reads_new_tables_but_cannot_write(
    settings: Settings, connection: duckdb.DuckDBPyConnection, rows: int
) -> None:
    with lake.connect(settings, role=Role.APP) as reader:
        connection.execute("CREATE TABLE lake.marts.t (n INTEGER)")
        connection.execute("INSERT INTO lake.marts.t SELECT range FROM range(?)", [rows])
        connection.execute("DELETE FROM lake.marts.t WHERE n = 0")
        assert reader.execute("SELECT count(*) FROM lake.marts.t").fetchall() == [(rows - 1,)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            reader.execute("INSERT INTO lake.marts.t VALUES (1)")


def test_postgres_itself_refuses_the_app_a_commit(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("CREATE TABLE lake.marts.t (n INTEGER)")
    with duckdb.connect() as rogue:
        for name in ("postgres_scanner", "ducklake"):
            rogue.execute(f"LOAD '{lake._extension_file(name)}'")
        lake._attach(rogue, settings, Role.APP, ())
        with pytest.raises(duckdb.TransactionException, match="permission denied"):
            rogue.execute("INSERT INTO lake.marts.t VALUES (1)")


def test_reading_before_there_is_a_lake_says_so_and_makes_none(settings: Settings) -> None:
    with pytest.raises(lake.LakeError, match="can't be opened"):
        lake.connect(settings, role=Role.APP)
    with pytest.raises(lake.LakeError):
        lake.connect(settings, role=Role.APP)


def test_an_unreachable_catalog_is_one_line_without_the_password(settings: Settings) -> None:
    url = SecretStr("postgresql://someone:hunter2pass@127.0.0.1:9/none?connect_timeout=2")
    for read_only in (True, False):
        with pytest.raises(lake.LakeError) as caught:
            lake.connect(settings.model_copy(update={"database_url": url}), read_only=read_only)
        assert "hunter2pass" not in str(caught.value)
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_snapshot_stays_as_it_was(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE lake.marts.t AS SELECT 1 AS n")
    before = lake.current_snapshot(connection)
    connection.execute("UPDATE lake.marts.t SET n = 2")
    lake.flush(connection)
    assert lake.current_snapshot(connection) > before
    query = "SELECT n FROM lake.marts.t AT (VERSION => ?)"
    assert connection.execute(query, [before]).fetchall() == [(1,)]
    assert connection.execute("SELECT n FROM lake.marts.t").fetchall() == [(2,)]


def test_a_restarted_catalog_is_found_again(
    settings: Settings, connection: duckdb.DuckDBPyConnection, database_url: str
) -> None:
    connection.execute("CREATE TABLE lake.marts.t AS SELECT 1 AS n")
    with (
        lake.connect(settings, role=Role.APP) as reader,
        psycopg.connect(database_url, autocommit=True) as pg,
    ):
        assert reader.execute("SELECT n FROM lake.marts.t").fetchall() == [(1,)]
        pg.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        assert reader.execute("SELECT n FROM lake.marts.t").fetchall() == [(1,)]
        connection.execute("INSERT INTO lake.marts.t VALUES (2)")
        assert reader.execute("SELECT max(n) FROM lake.marts.t").fetchall() == [(2,)]


def test_a_connection_at_a_snapshot_stays_there(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("CREATE TABLE lake.marts.t AS SELECT 1 AS n")
    snapshot = lake.current_snapshot(connection)
    connection.execute("UPDATE lake.marts.t SET n = 2")
    with lake.connect_at(settings, snapshot) as reader:
        connection.execute("DROP TABLE lake.marts.t")
        assert reader.execute("SELECT n FROM t").fetchall() == [(1,)]
        with pytest.raises(duckdb.Error, match="read-only"):
            reader.execute("INSERT INTO t VALUES (3)")
    with pytest.raises(lake.LakeError):
        lake.connect_at(settings, 10_000)


@pytest.fixture
def guarded(settings: Settings, database_url: str) -> Iterator[Settings]:
    """The same installation, for a database user who has to give a password."""
    user, password = f"user_{uuid.uuid4().hex[:8]}", "it's a secret"
    with psycopg.connect(database_url, autocommit=True) as pg:
        row = pg.execute("SHOW hba_file").fetchone()
        assert row is not None
        rules = Path(row[0])
        before = rules.read_text()
        rules.write_text(f"local all {user} scram-sha-256\n{before}")
        pg.execute("SELECT pg_reload_conf()")
        pg.execute(
            f"CREATE ROLE {user} LOGIN PASSWORD 'it''s a secret' IN ROLE allin_app, allin_worker".encode()
        )
        url = make_conninfo(database_url, user=user, password=password)
        yield settings.model_copy(update={"database_url": SecretStr(url)})
        rules.write_text(before)
        pg.execute("SELECT pg_reload_conf()")


def test_a_password_opens_the_lake_and_shows_up_nowhere(guarded: Settings) -> None:
    with lake.connect(guarded) as connection:
        lake.ensure(connection)
        shown = connection.execute("SELECT path FROM duckdb_databases()").fetchall()
        secrets = connection.execute("FROM duckdb_secrets()").fetchall()
        assert "a secret" not in f"{shown} {secrets}"
    environment = lake.environment(guarded)
    assert environment["PGPASSWORD"] == "it's a secret"
    assert "a secret" not in environment["ALLIN_LAKE_DSN"]
    with lake.connect(guarded, role=Role.APP) as connection:
        assert connection.execute("SELECT count(*) FROM lake.raw.answers").fetchall() == [(0,)]


def test_a_wrong_password_is_refused_without_showing_it(guarded: Settings) -> None:
    url = make_conninfo(guarded.database_url.get_secret_value(), password="not the password")
    with pytest.raises(lake.LakeError, match="authentication failed") as caught:
        lake.connect(guarded.model_copy(update={"database_url": SecretStr(url)}), read_only=True)
    assert "not the password" not in str(caught.value)


def test_conflicting_commits_are_run_again_and_none_is_lost(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    """Four writers each replace one row by its successor; every increment must be there."""
    connection.execute("CREATE TABLE lake.marts.counter AS SELECT 0 AS n")
    conflicts = 0
    counted = threading.Lock()

    def increment(writer: duckdb.DuckDBPyConnection) -> None:
        nonlocal conflicts
        writer.execute("BEGIN")
        try:
            writer.execute("UPDATE lake.marts.counter SET n = n + 1")
            writer.execute("COMMIT")
        except duckdb.TransactionException:
            schema.rollback(writer)
            with counted:
                conflicts += 1
            raise

    def run(_: int) -> None:
        with lake.connect(settings) as writer:
            for _ in range(5):
                lake.retrying(lambda: increment(writer), attempts=12)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert conflicts > 0
    assert connection.execute("SELECT n FROM lake.marts.counter").fetchall() == [(20,)]


def test_other_failures_are_not_repeated() -> None:
    calls = []

    def fail() -> None:
        calls.append(1)
        raise duckdb.TransactionException("TransactionContext Error: permission denied")

    with pytest.raises(duckdb.TransactionException, match="permission"):
        lake.retrying(fail)
    assert calls == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '/tmp/allin-out.csv'",
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH '/tmp/allin-other.duckdb'",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "CREATE TABLE lake.marts.mine AS SELECT 1",
        "DROP TABLE lake.raw.answers",
    ],
)
def test_what_people_ask_reaches_nothing_but_the_lake(settings: Settings, statement: str) -> None:
    with lake.connect(settings) as writer:
        lake.ensure(writer)
        snapshot = lake.current_snapshot(writer)
    with lake.connect_at(settings, snapshot) as connection:
        assert connection.execute("SELECT count(*) FROM lake.raw.answers").fetchone() == (0,)
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
