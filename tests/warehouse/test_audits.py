"""Broken data holds a release back and is told in plain words; a broken audit is not broken data."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from app.health.words import TABLES
from foundation.settings import REPOSITORY
from tests.warehouse import marts_fixture as marts
from warehouse import comparison, lake
from warehouse.audit_specs import AUDITS, Rule, Severity
from warehouse.audits import AuditResult, BrokenAudit, audit_marts

MINE, THEIRS = "org-mine", "org-theirs"
TODAY = date(2026, 10, 7)
NOW = datetime(2026, 10, 7, 12, tzinfo=UTC)


# The marts that tests elsewhere don't need, and one row of each for an account.
OTHERS = {
    "posting_times": marts.POSTING_TIMES,
    "dim_organizations": "organization_id VARCHAR, accounts BIGINT, brands BIGINT",
    "dim_brands": "brand_id VARCHAR, organization_id VARCHAR, timezone VARCHAR, accounts BIGINT",
}
OF_ACCOUNT = "FROM lake.marts.dim_accounts WHERE account_id = $account"
DERIVED = {
    "dim_organizations": f"SELECT organization_id, 1 AS accounts, 1 AS brands {OF_ACCOUNT}",
    "dim_brands": "SELECT 'of ' || account_id AS brand_id, organization_id, timezone, 1 AS accounts "
    f"{OF_ACCOUNT}",
    "fct_account_gains_daily": "SELECT account_id, organization_id, DATE '2026-10-06' AS date, "
    f"1 AS gain_days, 3 AS views_gain, 1 AS posts {OF_ACCOUNT}",
    "content_performance": "SELECT post_key, organization_id, account_id, network, published_at, "
    "published_date, 3 AS weekday, 12 AS hour, 10 AS views, 1.5 AS index FROM lake.marts.dim_posts "
    "WHERE account_id = $account",
    "channel_comparison": "SELECT organization_id, account_id, network, DATE '2026-10-01' AS month, "
    f"2 AS posts, 10 AS views, 0.2 AS engagement_rate_by_views {OF_ACCOUNT}",
    "data_freshness": "SELECT organization_id, account_id, network, "
    f"DATE '2026-10-06' AS last_complete_day, false AS is_waiting {OF_ACCOUNT}",
    "posting_times": "SELECT organization_id, account_id, network, 1 AS weekday, 12 AS hour, -0.1 AS effect, "
    f"5 AS posts, 1 AS posts_in_hour {OF_ACCOUNT}",
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """All marts, empty."""
    marts.create(connection)
    for name, columns in OTHERS.items():
        connection.execute(f"CREATE TABLE lake.marts.{name} ({columns})")


@pytest.fixture
def good(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Two accounts of two organizations with three days and a post each, and every unknown a null."""
    with marts.together(connection):
        create(connection)
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
            for mart, derived in DERIVED.items():
                connection.execute(f"INSERT INTO lake.marts.{mart} BY NAME {derived}", {"account": account})
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
        "INSERT INTO lake.marts.dim_posts FROM lake.marts.dim_posts WHERE post_key = 'a:2026-10-07-2'",
        "dim_posts__keys_unique",
        "dim_posts: 2 rows whose post_key is there more than once",
        ("post_key a:",),
    ),
    "a doubled day": (
        "INSERT INTO lake.marts.fct_account_metrics_daily FROM lake.marts.fct_account_metrics_daily "
        "WHERE account_id = 'z' AND date = '2026-10-05'",
        "fct_account_metrics_daily__keys_unique",
        "fct_account_metrics_daily: 2 rows whose account_id and date is there more than once",
        ("account_id z, date 2026-10-05",),
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
    "a doubled gain": (
        "INSERT INTO lake.marts.fct_account_gains_daily FROM lake.marts.fct_account_gains_daily",
        "fct_account_gains_daily__keys_unique",
        "fct_account_gains_daily: 4 rows whose account_id and date and gain_days is there more than once",
        ("account_id a, date 2026-10-06, gain_days 1",),
    ),
    "a vanished post": (
        "DELETE FROM lake.marts.dim_posts WHERE post_key = 'a:2026-10-07-1'",
        "dim_posts__nothing_vanished",
        "dim_posts: 1 value of post_key that the current release has vanished",
        ("post_key a:2026-10-07-1",),
    ),
}


def test_broken_data_is_found_and_told(good: duckdb.DuckDBPyConnection) -> None:
    marts.released(good)
    for breaking, _, _, _ in BREAKS.values():
        good.execute(breaking)
    found = {result.name: result for result in failed(good)}
    for kind, (_, name, reason, examples) in BREAKS.items():
        assert found[name].blocks, kind
        assert found[name].reason == reason
        assert len(found[name].examples) <= 3
        for expected in examples:
            assert any(example.startswith(expected) for example in found[name].examples), kind
    # No customer's key goes where people of every organization can read it.
    assert all("a:2026" not in result.reason and "z:2026" not in result.reason for result in found.values())


def test_followers_that_became_unknown_have_vanished(good: duckdb.DuckDBPyConnection) -> None:
    marts.released(good)
    good.execute("UPDATE lake.marts.fct_account_metrics_daily SET followers = NULL WHERE account_id = 'z'")
    days = "fct_account_metrics_daily"
    [found] = [one for one in failed(good) if one.name == f"{days}__nothing_vanished"]
    assert found.reason == f"{days}: 3 values of followers that the current release has vanished"
    assert found.examples == tuple(f"account_id z, date 2026-10-0{day}" for day in (5, 6, 7))


def test_a_young_installation_without_posts_may_be_released(connection: duckdb.DuckDBPyConnection) -> None:
    create(connection)
    marts.add_account(connection, "a", MINE)
    marts.add_day(connection, "a", MINE, TODAY, followers=1)
    found = failed(connection)
    assert found
    assert {result.severity for result in found} == {Severity.WARN}
    assert not any(result.blocks for result in found)


def test_what_changes_far_more_than_it_should_is_told(good: duckdb.DuckDBPyConnection) -> None:
    good.execute(
        "INSERT INTO lake.marts.fct_account_metrics_daily "
        "(organization_id, account_id, date, followers, views) "
        f"SELECT '{MINE}', CASE i WHEN 0 THEN 'a' ELSE 'a' || i END, DATE '{TODAY}' - d::INTEGER, 1000, 100 "
        "FROM range(4, 70) AS days(d), range(30) AS accounts(i)"
    )
    # The last whole day came for a few accounts only; of two posts in three the counters fell.
    good.execute(
        "INSERT INTO lake.marts.fct_account_metrics_daily (organization_id, account_id, date, followers) "
        f"SELECT '{MINE}', 'a' || i, DATE '{TODAY}' - d::INTEGER, 1000 "
        "FROM range(2, 4) AS days(d), range(1, 30) AS accounts(i) WHERE d = 3 OR i < 10"
    )
    good.execute(
        "INSERT INTO lake.marts.fct_post_metrics_daily (post_key, organization_id, account_id, date, views, "
        f"observed_at) SELECT 'a:' || i, '{MINE}', 'a', DATE '{TODAY}' - d::INTEGER, "
        f"CASE WHEN d = 1 AND i % 3 > 0 THEN 10 ELSE 100 END, TIMESTAMPTZ '{TODAY}' "
        "FROM range(1, 3) AS days(d), range(60) AS posts(i)"
    )
    good.execute(
        "INSERT INTO lake.raw.accounts SELECT a.* REPLACE ('a' || i AS account_id) "
        "FROM lake.raw.accounts AS a, range(1, 30) AS numbers(i) WHERE account_id = 'a'"
    )
    marts.released(good)
    good.execute(
        "UPDATE lake.marts.fct_account_metrics_daily SET views = 110 "
        "WHERE account_id = 'a' AND date < '2026-09-01'"
    )
    found = {result.name: result for result in failed(good)}
    days = "fct_account_metrics_daily"
    assert found[f"{days}__closed_months_unchanged"].reason == (
        f"{days}: the total views of 2 months long past changed"
    )
    assert found[f"{days}__closed_months_unchanged"].blocks
    assert found["fct_post_metrics_daily__counters_not_falling"].detail == (
        "views of 40 posts fell, far more than usual"
    )
    assert found[f"{days}__days_complete"].detail == "20 accounts without followers of the last whole day"
    # All of them are told, for each organization is told of its own.
    assert found[f"{days}__days_complete"].accounts == tuple(sorted(f"a{n}" for n in range(10, 30)))
    assert len(found[f"{days}__days_complete"].examples) == 3
    assert found[f"{days}__volume_usual"].severity is Severity.WARN
    again = audit_marts(lake.current_snapshot(good), now=NOW, replayed=True)
    assert [one.blocks for one in again if one.name == f"{days}__closed_months_unchanged"] == [False]


def test_every_mart_has_audits_and_a_word() -> None:
    audited = {audit.table for audit in AUDITS}
    assert audited == set(comparison.KEYS)
    assert audited == set(TABLES)
    assert {one.stem for one in (REPOSITORY / "dbt" / "models" / "marts").glob("*.sql")} <= audited
    keys = {audit.table: audit.columns for audit in AUDITS if audit.rule is Rule.UNIQUE}
    assert keys == comparison.KEYS


def test_each_mart_is_looked_at(good: duckdb.DuckDBPyConnection) -> None:
    for name in comparison.KEYS:
        good.execute(f"INSERT INTO lake.marts.{name} FROM lake.marts.{name}")
        good.execute(f"UPDATE lake.marts.{name} SET organization_id = 'ghost'")
    broken = {one.name for one in failed(good) if one.blocks}
    for name in comparison.KEYS:
        assert {f"{name}__keys_unique", f"{name}__organizations_known"} <= broken


def test_of_accounts_that_no_network_is_asked_about_no_day_is_missed(good: duckdb.DuckDBPyConnection) -> None:
    old = [TODAY - timedelta(days=back) for back in range(10, 20)]
    for account, status in (("a", "needs_reconnect"), ("z", "imported")):
        good.execute(f"DELETE FROM lake.marts.fct_account_metrics_daily WHERE account_id = '{account}'")
        good.execute("UPDATE lake.raw.accounts SET status = ? WHERE account_id = ?", [status, account])
        for day in old:
            marts.add_day(good, account, MINE if account == "a" else THEIRS, day, followers=5)
    [missed] = [one for one in failed(good) if one.name.endswith("days_complete")]
    assert missed.accounts == ("a",)


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
    with pytest.raises(BrokenAudit, match="engagement can't be audited"):
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
