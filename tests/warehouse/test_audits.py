"""Broken data holds a release back and is told in plain words; a broken audit is not broken data."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from foundation.settings import REPOSITORY
from tests.warehouse import marts_fixture as marts
from warehouse import lake
from warehouse.audit_specs import AUDITS, Severity
from warehouse.audits import AuditResult, BrokenAudit, audit_marts

MINE, THEIRS = "org-mine", "org-theirs"
TODAY = date(2026, 10, 7)
NOW = datetime(2026, 10, 7, 12, tzinfo=UTC)


@pytest.fixture
def good(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Two accounts of two organizations with three days and a post each, and every unknown a null."""
    marts.create(connection)
    for account, owner in (("a", MINE), ("z", THEIRS)):
        marts.add_account(connection, account, owner)
        for back in range(3):
            marts.add_day(connection, account, owner, TODAY - timedelta(days=back), followers=100 - back)
        marts.add_day(connection, account, owner, TODAY - timedelta(days=3))
        marts.add_post(
            connection, account, owner, TODAY, views=10, engagement=2, engagement_rate_by_views=0.2
        )
        marts.add_post(connection, account, owner, TODAY, 2, engagement=0)
        marts.insert(
            connection,
            "follower_growth",
            account_id=account,
            organization_id=owner,
            date=TODAY,
            followers=100,
            is_gap=False,
        )
    return connection


def failed(connection: duckdb.DuckDBPyConnection) -> list[AuditResult]:
    results = audit_marts(lake.current_snapshot(connection), now=NOW)
    assert [result.name for result in results] == [audit.name for audit in AUDITS]
    return [result for result in results if not result.passed]


def test_names_are_unique_and_fit_for_asset_checks() -> None:
    names = [audit.name for audit in AUDITS]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalnum() for name in names)


def test_good_marts_pass_alone_and_against_a_release(good: duckdb.DuckDBPyConnection) -> None:
    assert failed(good) == []
    marts.released(good)
    assert failed(good) == []


BREAKS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "a negative count": (
        "UPDATE lake.marts.engagement SET views = -5 WHERE account_id = 'a' AND views = 10",
        "engagement__counts_not_negative",
        "engagement: 1 row with a negative number of views",
        (f"post_key a:{TODAY}-1",),
    ),
    "a doubled key": (
        "INSERT INTO lake.marts.dim_posts FROM lake.marts.dim_posts WHERE account_id = 'a' LIMIT 1",
        "dim_posts__keys_unique",
        "dim_posts: 2 rows whose post_key is there more than once",
        ("post_key a:",),
    ),
    "a doubled day": (
        "INSERT INTO lake.marts.fct_account_metrics_daily FROM lake.marts.fct_account_metrics_daily "
        "WHERE account_id = 'a' AND date = '2026-10-06'",
        "fct_account_metrics_daily__keys_unique",
        "fct_account_metrics_daily: 2 rows whose account_id and date is there more than once",
        ("account_id a, date 2026-10-06",),
    ),
    "a row of nobody": (
        "UPDATE lake.marts.engagement SET account_id = NULL WHERE account_id = 'a'",
        "engagement__keys_present",
        "engagement: 2 rows without account_id",
        ("post_key a:",),
    ),
    "a date before the networks": (
        "UPDATE lake.marts.dim_posts SET published_date = '1970-01-01' WHERE account_id = 'z'",
        "dim_posts__dates_plausible",
        "dim_posts: 2 rows with a published_date before 2004 or after tomorrow",
        ("post_key z:",),
    ),
    "a date to come": (
        "UPDATE lake.marts.fct_post_metrics_daily SET date = '2026-10-09' WHERE post_key LIKE 'z:%-1'",
        "fct_post_metrics_daily__dates_plausible",
        "fct_post_metrics_daily: 1 row with a date before 2004 or after tomorrow",
        ("post_key z:",),
    ),
    "a percentage for a rate": (
        "UPDATE lake.marts.engagement SET engagement_rate_by_views = 120 WHERE post_key = 'a:2026-10-07-1'",
        "engagement__rates_in_range",
        "engagement: 1 row with an impossible engagement_rate_by_views",
        ("post_key a:",),
    ),
    "an unknown organization": (
        "UPDATE lake.marts.follower_growth SET organization_id = 'ghost' WHERE account_id = 'a'",
        "follower_growth__organizations_known",
        "follower_growth: 1 row of an organization that has no account",
        ("account_id a",),
    ),
    "an empty mart": (
        "DELETE FROM lake.marts.dim_accounts",
        "dim_accounts__not_empty",
        "dim_accounts: it has no rows",
        (),
    ),
    "a vanished day": (
        "DELETE FROM lake.marts.fct_account_metrics_daily WHERE account_id = 'a' AND date = '2026-10-06'",
        "fct_account_metrics_daily__nothing_vanished",
        "fct_account_metrics_daily: 1 value of followers that the current release has vanished",
        ("account_id a, date 2026-10-06",),
    ),
    "followers that became unknown": (
        "UPDATE lake.marts.fct_account_metrics_daily SET followers = NULL WHERE account_id = 'z'",
        "fct_account_metrics_daily__nothing_vanished",
        "fct_account_metrics_daily: 3 values of followers that the current release has vanished",
        ("account_id z, date 2026-10-05", "account_id z, date 2026-10-06", "account_id z, date 2026-10-07"),
    ),
    "a vanished post": (
        "DELETE FROM lake.marts.dim_posts WHERE post_key = 'a:2026-10-07-1'",
        "dim_posts__nothing_vanished",
        "dim_posts: 1 value of post_key that the current release has vanished",
        ("post_key a:2026-10-07-1",),
    ),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_broken_data_is_found_and_told(good: duckdb.DuckDBPyConnection, kind: str) -> None:
    breaking, name, reason, examples = BREAKS[kind]
    marts.released(good)
    good.execute(breaking)
    found = {result.name: result for result in failed(good)}
    assert found[name].blocks
    assert found[name].reason == reason
    assert len(found[name].examples) <= 3
    for expected in examples:
        assert any(example.startswith(expected) for example in found[name].examples)
    # No customer's key goes where people of every organization can read it.
    assert all("a:2026" not in result.reason and "z:2026" not in result.reason for result in found.values())


def test_a_young_installation_without_posts_may_be_released(connection: duckdb.DuckDBPyConnection) -> None:
    marts.create(connection)
    marts.add_account(connection, "a", MINE)
    marts.add_day(connection, "a", MINE, TODAY, followers=1)
    found = failed(connection)
    assert found
    assert {result.severity for result in found} == {Severity.WARN}
    assert not any(result.blocks for result in found)


def _disconnect(connection: duckdb.DuckDBPyConnection) -> None:
    for table in ("raw.accounts", "marts.dim_accounts"):
        connection.execute(f"DELETE FROM lake.{table} WHERE account_id = 'z'")


def _move(connection: duckdb.DuckDBPyConnection) -> None:
    for table in ("raw.accounts", "marts.dim_accounts"):
        connection.execute(f"UPDATE lake.{table} SET timezone = 'Asia/Tokyo' WHERE account_id = 'z'")


@pytest.mark.parametrize("change", [_disconnect, _move], ids=["account removed", "time zone changed"])
def test_what_went_for_a_reason_has_not_vanished(
    good: duckdb.DuckDBPyConnection, change: Callable[[duckdb.DuckDBPyConnection], None]
) -> None:
    marts.released(good)
    change(good)
    good.execute("DELETE FROM lake.marts.fct_account_metrics_daily WHERE account_id = 'z'")
    good.execute("DELETE FROM lake.marts.dim_posts WHERE account_id = 'z'")
    assert not any(result.name.endswith("nothing_vanished") for result in failed(good))


def test_the_audit_looks_at_its_snapshot_not_at_what_came_after(good: duckdb.DuckDBPyConnection) -> None:
    snapshot = lake.current_snapshot(good)
    good.execute("UPDATE lake.marts.engagement SET views = -1")
    assert all(result.passed for result in audit_marts(snapshot, now=NOW))


def test_an_audit_that_cannot_be_carried_out_is_not_bad_data(good: duckdb.DuckDBPyConnection) -> None:
    good.execute(
        "CREATE OR REPLACE TABLE lake.marts.engagement AS "
        "SELECT * REPLACE (views || ' times' AS views) FROM lake.marts.engagement"
    )
    with pytest.raises(BrokenAudit, match="engagement__counts_not_negative"):
        audit_marts(lake.current_snapshot(good), now=NOW)
    good.execute("DROP TABLE lake.marts.engagement")
    with pytest.raises(duckdb.CatalogException):
        audit_marts(lake.current_snapshot(good), now=NOW)


def test_naming_the_audits_loads_neither_great_expectations_nor_pandas() -> None:
    code = (
        "import sys, warehouse.audit_specs, warehouse.audits, warehouse.reads, warehouse.ingest\n"
        "sys.exit(len({'great_expectations', 'pandas', 'sklearn'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
