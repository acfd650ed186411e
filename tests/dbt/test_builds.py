"""What a second build does: nothing twice, nothing lost, and nothing past a broken figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import pytest

from platforms.contract import Account, Entity
from tests.dbt.lakes import MARTS, Rows, Warehouse, facebook_post, series, warehouse, x_post, x_user
from warehouse import landing

DATA_TESTS_ONLY = ("--exclude-resource-type", "unit_test")
MODELS_ONLY = (*DATA_TESTS_ONLY, "--exclude-resource-type", "test")

Accounts: TypeAlias = tuple[Account, Account]


@pytest.fixture(scope="module")
def built(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Accounts]]:
    """A lake that one day's answers were built in, and its accounts."""
    with warehouse(server_url, tmp_path_factory.mktemp("built")) as lake:
        accounts = add_accounts(lake)
        land_day(lake, accounts, day=6, grown=0)
        lake.build(*MODELS_ONLY)
        yield lake, accounts


def add_accounts(lake: Warehouse) -> Accounts:
    """A page and an X account."""
    return (
        lake.account("page", "facebook", "America/New_York", organization="o", external_id="100"),
        lake.account("x", "x", "Europe/Berlin", organization="o", external_id="900"),
    )


def land_day(lake: Warehouse, accounts: Accounts, day: int, grown: int) -> int:
    """One day's answers of both accounts, each with the posts of the days before; returns the rows landed."""
    page, x = accounts
    at = f"2026-03-{day:02}T14:00"
    days = range(1, day)
    posts = [facebook_post(f"100_{n}", f"2026-03-{n:02}T12:00:00", reactions=n + grown) for n in days]
    tweets = [x_post(str(n), f"2026-03-{n:02}T12:00:00", like_count=n + grown) for n in days]
    follows = {f"2026-03-{n:02}T05:00": 1000 + n + grown for n in range(day - 2, day + 1)}
    return (
        lake.land(page, Entity.POSTS, at, {"data": posts})
        + lake.land(page, Entity.ACCOUNT, at, {"id": "100", "followers_count": 1000 + grown})
        + lake.land(page, Entity.ACCOUNT_METRICS, at, {"data": [series("page_follows", follows)]})
        + lake.land(x, Entity.POSTS, at, {"data": tweets})
        + lake.land(x, Entity.ACCOUNT, at, x_user(50 + grown))
    )


def complete(lake: Warehouse, *models: str) -> None:
    """Say that a build is complete now, as far as these models go."""
    lake.connection.execute("INSERT INTO lake.intermediate.built VALUES (now(), ?)", [list(models)])


def test_only_new_answers_are_parsed_and_late_ones_are_not_missed(empty: Warehouse) -> None:
    def posts() -> Rows:
        return empty.rows("SELECT external_id, reactions FROM lake.staging.stg_facebook__posts ORDER BY 1")

    accounts = add_accounts(empty)
    land_day(empty, accounts, day=6, grown=0)
    select = ("--select", "stg_facebook__posts", *MODELS_ONLY)
    empty.build(*select)
    before = posts()
    complete(empty, "stg_facebook__posts")
    # With the old answers gone, what the next build keeps was not read again.
    empty.connection.execute("DELETE FROM lake.raw.answers")
    new = facebook_post("100_9", "2026-03-06T12:00:00", reactions=1)
    empty.land(accounts[0], Entity.POSTS, "2026-03-06T15:00", {"data": [new]})
    # Stamped before the newest answer of the first build, visible only now.
    empty.connection.execute("UPDATE lake.raw.answers SET landed_at = landed_at - INTERVAL '30 minutes'")
    empty.build(*select)
    assert posts() == [*before, ("100_9", 1)]


def test_broken_figures_stop_the_build_and_leave_the_marts_as_they_were(
    built: tuple[Warehouse, Accounts],
) -> None:
    lake, accounts = built

    def marts() -> dict[str, Rows]:
        # How fresh the answers are is no matter of what is in them.
        return {
            name: rows
            for name, rows in lake.contents().items()
            if name.startswith("marts.") and name != "marts.data_freshness"
        }

    before = marts()
    assert len(before) == len(MARTS) - 1

    lake.connection.execute("INSERT INTO lake.raw.accounts SELECT * FROM lake.raw.accounts LIMIT 1")
    refused = lake.dbt("build", *DATA_TESTS_ONLY)
    assert refused.returncode == 1
    assert "FAIL 1 unique_stg_registry__accounts_account_id" in refused.stdout
    assert marts() == before

    landing.land_registry(lake.connection, lake.accounts)
    negative = x_post("1", "2026-03-01T12:00:00", like_count=-3)
    lake.land(accounts[1], Entity.POSTS, "2026-03-06T15:00", {"data": [negative]})
    refused = lake.dbt("build", *DATA_TESTS_ONLY)
    assert refused.returncode == 1
    assert "FAIL 1 not_negative_stg_x__posts" in refused.stdout
    assert marts() == before


def test_a_doubled_key_in_a_mart_fails_its_test(built: tuple[Warehouse, Accounts]) -> None:
    lake, _ = built
    for name in MARTS:
        doubled = f"INSERT INTO lake.marts.{name} SELECT * FROM lake.marts.{name} LIMIT 1"
        lake.connection.execute(doubled)
    tested = lake.dbt("test", "--select", "marts", *DATA_TESTS_ONLY)
    assert tested.returncode == 1
    failed = {line.split("FAIL 1 ")[1].split()[0] for line in tested.stdout.splitlines() if "FAIL 1 " in line}
    assert failed == {
        "unique_dim_organizations_organization_id",
        "unique_dim_brands_brand_id",
        "unique_dim_accounts_account_id",
        "unique_dim_posts_post_key",
        "unique_engagement_post_key",
        "unique_combination_fct_post_metrics_daily_post_key__date",
        "unique_combination_fct_account_metrics_daily_account_id__date",
        "unique_combination_fct_account_gains_daily_account_id__date__gain_days",
        "unique_combination_follower_growth_account_id__date",
        "unique_content_performance_post_key",
        "unique_combination_channel_comparison_account_id__month",
        "unique_data_freshness_account_id",
    }
