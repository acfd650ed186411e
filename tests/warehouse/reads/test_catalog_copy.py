"""A copy of the catalog shows of each snapshot what the lake shows of it, whatever is done to the lake."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest

from foundation.database import Role, utc_now
from foundation.settings import Settings
from warehouse import expiry, lake, releases, upkeep
from warehouse.reads import catalog_copy, shared

CHANGES = (
    "INSERT INTO lake.marts.t SELECT 'few', range + {step} FROM range(3)",  # kept in the catalog
    "INSERT INTO lake.marts.t SELECT 'many', range * {step} FROM range(2000)",
    "DELETE FROM lake.marts.t WHERE n % 7 = {step} % 7",
    "DELETE FROM lake.marts.t WHERE n = {step}",
    "UPDATE lake.marts.t SET name = 'other' WHERE n % 11 = {step} % 11",
    "CREATE OR REPLACE TABLE lake.marts.{other} AS SELECT {step} AS n",
    "INSERT INTO lake.raw.t SELECT range FROM range({step})",
)


@pytest.fixture
def changed(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A lake whose marts keep small changes in the catalog, as those of earlier versions did."""
    connection.execute("CALL lake.set_option('data_inlining_row_limit', '10', schema => 'marts')")
    connection.execute("CREATE TABLE lake.marts.t (name VARCHAR, n BIGINT)")
    connection.execute("CREATE TABLE lake.raw.t (n BIGINT)")
    return connection


@pytest.fixture
def reading(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    lake.ensure(connection)
    with lake.connect(settings, role=Role.APP, read_only=True) as made:
        yield made


def shown(connection: duckdb.DuckDBPyConnection, settings: Settings, snapshot: int) -> list[object]:
    """All rows of the marts in a snapshot by way of a copy, and the names of its tables."""
    name = f"copy_{snapshot}"
    catalog_copy.attach(connection, settings, snapshot, name)
    try:
        rows = connection.execute(f"SELECT name, n FROM {name}.marts.t ORDER BY ALL").fetchall()
        tables = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY ALL"
        return [rows, connection.execute(tables, [name]).fetchall()]
    finally:
        connection.execute(f"DETACH {name}")


@pytest.mark.parametrize("seed", range(3))
def test_a_copy_shows_what_the_lake_shows(
    changed: duckdb.DuckDBPyConnection, reading: duckdb.DuckDBPyConnection, settings: Settings, seed: int
) -> None:
    chance = random.Random(seed)
    expected: dict[int, list[object]] = {}
    tables = {"t"}
    for step in range(1, 13):
        other = f"other_{chance.randrange(3)}"
        change = CHANGES[step % len(CHANGES)] if step <= len(CHANGES) else chance.choice(CHANGES)
        changed.execute(change.format(step=step, other=other))
        tables |= {other} if "{other}" in change else set()
        snapshot = lake.current_snapshot(changed)
        if snapshot not in expected:
            run = f"{seed}-{step}"
            releases.start_build(run)
            releases.release(run, snapshot)
        rows = changed.execute("SELECT name, n FROM lake.marts.t ORDER BY ALL").fetchall()
        expected[snapshot] = [rows, [("marts", name) for name in sorted(tables)]]
    assert {snapshot: shown(reading, settings, snapshot) for snapshot in expected} == expected
    for night in range(2):  # files are merged and removed
        for done in upkeep.tidy(changed, settings, utc_now() + timedelta(days=2 + night)):
            assert done.number is not None, done
    assert {snapshot: shown(reading, settings, snapshot) for snapshot in expected} == expected
    assert not list((settings.home / "tmp").glob("catalog-*"))


def test_a_copy_can_not_be_written_nor_shows_what_is_no_mart(
    changed: duckdb.DuckDBPyConnection, reading: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    catalog_copy.attach(reading, settings, lake.current_snapshot(changed), "one")
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        reading.execute("INSERT INTO one.marts.t VALUES ('a', 1)")
    with pytest.raises(duckdb.CatalogException, match="does not exist"):
        reading.execute("SELECT * FROM one.raw.t")


def test_a_snapshot_that_is_not_kept_is_refused(
    changed: duckdb.DuckDBPyConnection, reading: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    with pytest.raises(duckdb.Error, match="No snapshot"):
        shown(reading, settings, lake.current_snapshot(changed) + 1)
    assert shown(reading, settings, lake.current_snapshot(changed))


def test_what_a_killed_process_left_is_removed_and_what_another_makes_is_not(
    changed: duckdb.DuckDBPyConnection, reading: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    left, made = (settings.home / "tmp" / f"catalog-{name}" for name in ("left", "made"))
    for folder in (left, made):
        folder.mkdir()
        (folder / "catalog.duckdb").touch()
    old = time.time() - 2 * catalog_copy.ABANDONED
    os.utime(left, (old, old))
    assert shown(reading, settings, lake.current_snapshot(changed))
    assert (left.exists(), made.exists()) == (False, True)
    shutil.rmtree(made)


def test_a_release_is_held_for_far_less_than_files_out_of_use_stay() -> None:
    assert timedelta(seconds=10 * shared.SECONDS) < expiry.GRACE
