"""A build whose catalog is restarted under it: what was released stands, and the next build completes it."""

from __future__ import annotations

import threading
import time

import psycopg

from tests.dbt.lakes import MARTS, Rows, Warehouse
from tests.dbt.test_builds import MODELS_ONLY, add_accounts, land_day
from warehouse import lake


def marts(warehouse: Warehouse, version: int | None = None) -> dict[str, Rows]:
    """Every row of the marts now, or as of a snapshot."""
    at = "" if version is None else f" AT (VERSION => {version})"
    return {name: warehouse.rows(f"SELECT * FROM lake.marts.{name}{at} ORDER BY ALL") for name in MARTS}


def restart(warehouse: Warehouse, after: int) -> None:
    """End all connections to the catalog, as a restart does, once something came after a snapshot."""
    for _ in range(600):
        if lake.current_snapshot(warehouse.connection) > after:
            break
        time.sleep(0.05)
    with psycopg.connect(warehouse.settings.database_url.get_secret_value(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_a_catalog_restarted_in_the_middle_of_a_build_tears_nothing(empty: Warehouse) -> None:
    accounts = add_accounts(empty)
    land_day(empty, accounts, day=6, grown=0)
    empty.build(*MODELS_ONLY)
    released, before = lake.current_snapshot(empty.connection), marts(empty)
    land_day(empty, accounts, day=7, grown=3)
    # Two commits into it: what it read is in staging, the marts are not written yet.
    restarting = threading.Thread(target=restart, args=(empty, lake.current_snapshot(empty.connection) + 1))
    restarting.start()
    empty.dbt("build", *MODELS_ONLY)  # fails, unless the catalog was away between two statements
    restarting.join()
    assert marts(empty, released) == before
    empty.build(*MODELS_ONLY)
    after = marts(empty)
    assert after["dim_posts"] != before["dim_posts"]
    empty.build(*MODELS_ONLY, "--full-refresh")
    assert marts(empty) == after
