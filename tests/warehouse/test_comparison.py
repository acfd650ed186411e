"""What is said to have changed between two snapshots is what did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from foundation.settings import REPOSITORY
from warehouse import lake
from warehouse.comparison import KEYS, AccountDifference, MartDifference, MetricDifference, compare

MARTS = REPOSITORY / "dbt" / "models" / "marts"
TABLE = "(post_key VARCHAR, account_id VARCHAR, kind VARCHAR, engagement BIGINT, rate DOUBLE)"


def snapshot(connection: duckdb.DuckDBPyConnection, *statements: str) -> int:
    for statement in statements:
        connection.execute(statement)
    return lake.current_snapshot(connection)


@pytest.fixture
def before(connection: duckdb.DuckDBPyConnection) -> int:
    """A mart of four posts of two accounts."""
    return snapshot(
        connection,
        f"CREATE TABLE lake.marts.engagement {TABLE}",
        "INSERT INTO lake.marts.engagement VALUES ('p1', 'a', 'photo', 10, 0.25), "
        "('p2', 'a', 'photo', 20, 0.5), ('p3', 'b', 'video', NULL, NULL), ('p4', 'b', 'video', 5, 0.5)",
    )


def test_the_same_is_no_difference(connection: duckdb.DuckDBPyConnection, before: int) -> None:
    rebuilt = snapshot(
        connection,
        "CREATE TEMP TABLE kept AS FROM lake.marts.engagement",
        "DELETE FROM lake.marts.engagement",
        "INSERT INTO lake.marts.engagement SELECT * REPLACE (rate + 1e-14 AS rate) FROM kept "
        "ORDER BY post_key DESC",
    )
    assert compare(connection, before, rebuilt) == []


def test_rows_that_came_went_and_changed_are_counted_and_summed(
    connection: duckdb.DuckDBPyConnection, before: int
) -> None:
    after = snapshot(
        connection,
        "UPDATE lake.marts.engagement SET engagement = engagement + 7 WHERE account_id = 'a'",
        "UPDATE lake.marts.engagement SET engagement = 3 WHERE post_key = 'p3'",
        "UPDATE lake.marts.engagement SET kind = 'link' WHERE post_key = 'p1'",
        "DELETE FROM lake.marts.engagement WHERE post_key = 'p4'",
        "INSERT INTO lake.marts.engagement VALUES ('p5', 'b', 'video', 100, NULL)",
    )
    assert compare(connection, before, after) == [
        MartDifference(
            "engagement",
            added=1,
            removed=1,
            changed=3,
            metrics=(
                MetricDifference(
                    "engagement",
                    False,
                    3,
                    35,
                    147,
                    (AccountDifference("b", 5, 103), AccountDifference("a", 30, 44)),
                ),
                MetricDifference("rate", True, 0, 1.25 / 3, 0.375, (AccountDifference("b", 0.5, None),)),
            ),
        )
    ]
    back = compare(connection, after, before)[0]
    assert (back.added, back.removed, back.changed) == (1, 1, 3)
    assert back.metrics[0].accounts[0] == AccountDifference("b", 103, 5)


def test_a_column_or_a_mart_that_only_one_has_is_left_out(
    connection: duckdb.DuckDBPyConnection, before: int
) -> None:
    after = snapshot(
        connection,
        "ALTER TABLE lake.marts.engagement ADD COLUMN saves BIGINT",
        "UPDATE lake.marts.engagement SET saves = 1",
        "CREATE TABLE lake.marts.dim_posts (post_key VARCHAR)",
        "INSERT INTO lake.marts.dim_posts VALUES ('p1')",
    )
    assert compare(connection, before, after) == []


def test_a_mart_without_accounts_is_compared_too(connection: duckdb.DuckDBPyConnection) -> None:
    first = snapshot(
        connection,
        "CREATE TABLE lake.marts.dim_brands (brand_id VARCHAR, accounts BIGINT)",
        "INSERT INTO lake.marts.dim_brands VALUES ('x', 2)",
    )
    second = snapshot(connection, "UPDATE lake.marts.dim_brands SET accounts = 3")
    assert compare(connection, first, second) == [
        MartDifference("dim_brands", 0, 0, 1, (MetricDifference("accounts", False, 1, 2, 3, ()),))
    ]


@pytest.mark.parametrize("path", sorted(MARTS.glob("*.sql")), ids=lambda path: path.stem)
def test_the_key_of_each_mart_is_the_one_its_models_are_tested_for(path: Path) -> None:
    model: dict[str, Any] = yaml.safe_load(path.with_suffix(".yml").read_text())["models"][0]
    keys = [set(test["unique_combination"]["arguments"]["columns"]) for test in model.get("data_tests", [])
            if isinstance(test, dict) and "unique_combination" in test]  # fmt: skip
    keys += [{column["name"]} for column in model["columns"] if "unique" in column.get("data_tests", [])]
    assert set(KEYS[path.stem]) in keys
