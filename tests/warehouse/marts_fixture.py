"""The marts by hand, with the columns of their contract, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import duckdb

from warehouse import lake
from warehouse.releases import Release, release, start_build

_ACTIONS: Final = ("reactions", "comments", "shares", "saves", "clicks", "engagement")
_PARTS: Final = ("views", "reach", "engagement")


def _each(end: str, *metrics: str) -> str:
    return ", ".join(f"{metric}_{end} BIGINT" for metric in metrics)


def _rates(end: str = "") -> str:
    return ", ".join(f"engagement_rate_by_{by}{end} DOUBLE" for by in ("views", "reach", "followers"))


_COUNTERS: Final = ", ".join(f"{metric} BIGINT" for metric in ("views", "reach", *_ACTIONS))
_COUNTED: Final = ("views", "reach", *_ACTIONS)
_RATES: Final = _rates()
TABLES: Final = {
    "dim_accounts": "account_id VARCHAR, organization_id VARCHAR, brand_id VARCHAR, brand_name VARCHAR, "
    "network VARCHAR, external_id VARCHAR, account_name VARCHAR, timezone VARCHAR, "
    "connected_at TIMESTAMPTZ, status VARCHAR, is_waiting BOOLEAN, waits_since TIMESTAMPTZ",
    "dim_posts": "post_key VARCHAR, organization_id VARCHAR, account_id VARCHAR, network VARCHAR, "
    "external_id VARCHAR, published_at TIMESTAMPTZ, published_date DATE, kind VARCHAR, text VARCHAR, "
    "text_length INTEGER, link VARCHAR, permalink VARCHAR, media_count INTEGER, duration_s DOUBLE, "
    "hashtags INTEGER, has_link BOOLEAN, labels VARCHAR[], campaign VARCHAR, publication_id VARCHAR, "
    "is_deleted BOOLEAN, deleted_seen_at TIMESTAMPTZ, first_observed_at TIMESTAMPTZ, "
    "last_observed_at TIMESTAMPTZ",
    "fct_post_metrics_daily": "post_key VARCHAR, organization_id VARCHAR, account_id VARCHAR, date DATE, "
    f"{_COUNTERS}, {_each('gain', 'views', *_ACTIONS)}, gain_days INTEGER, observed_at TIMESTAMPTZ",
    "fct_account_metrics_daily": "organization_id VARCHAR, account_id VARCHAR, date DATE, followers BIGINT, "
    "views BIGINT, reach BIGINT, engagement BIGINT, follows BIGINT, unfollows BIGINT, "
    "observed_at TIMESTAMPTZ",
    "engagement": "post_key VARCHAR, organization_id VARCHAR, account_id VARCHAR, network VARCHAR, "
    f"published_at TIMESTAMPTZ, published_date DATE, kind VARCHAR, age_hours DOUBLE, {_COUNTERS}, {_RATES}, "
    f"{_each('24h', *_PARTS)}, {_each('7d', *_PARTS)}, {_rates('_24h')}, {_rates('_7d')}",
    "fct_account_gains_daily": "organization_id VARCHAR, account_id VARCHAR, date DATE, gain_days BIGINT, "
    f"{_each('gain', 'views', *_ACTIONS)}, posts BIGINT",
    "follower_growth": "organization_id VARCHAR, account_id VARCHAR, date DATE, followers BIGINT, "
    "net_change BIGINT, gained BIGINT, lost BIGINT, annualised_rate DOUBLE, is_gap BOOLEAN",
    "content_performance": "post_key VARCHAR, organization_id VARCHAR, account_id VARCHAR, network VARCHAR, "
    "published_at TIMESTAMPTZ, published_date DATE, kind VARCHAR, text_length INTEGER, "
    "text_length_bucket VARCHAR, min_length INTEGER, media_count INTEGER, duration_s DOUBLE, "
    "hashtags INTEGER, has_link BOOLEAN, labels VARCHAR[], campaign VARCHAR, weekday INTEGER, hour INTEGER, "
    f"views BIGINT, reach BIGINT, engagement BIGINT, {_RATES}, {_each('7d', *_PARTS)}, {_rates('_7d')}, "
    "index DOUBLE, index_7d DOUBLE",
    "channel_comparison": "organization_id VARCHAR, account_id VARCHAR, network VARCHAR, month DATE, "
    "posts BIGINT, views BIGINT, reactions BIGINT, comments BIGINT, shares BIGINT, saves BIGINT, "
    "clicks BIGINT, engagement BIGINT, posts_with_views BIGINT, posts_with_engagement BIGINT, "
    "engagement_rate_by_views DOUBLE, engagement_rate_by_followers DOUBLE, followers BIGINT, "
    "net_followers BIGINT, broken_metrics VARCHAR[]",
    "data_freshness": "organization_id VARCHAR, account_id VARCHAR, network VARCHAR, "
    "last_observed_at TIMESTAMPTZ, last_complete_day DATE, is_waiting BOOLEAN, waits_since TIMESTAMPTZ, "
    "account_status VARCHAR, posts_status VARCHAR, post_metrics_status VARCHAR, "
    "account_metrics_status VARCHAR",
}
POSTING_TIMES: Final = (
    "organization_id VARCHAR, account_id VARCHAR, network VARCHAR, weekday INTEGER, hour INTEGER, "
    "effect DOUBLE, low DOUBLE, high DOUBLE, posts BIGINT, posts_in_hour BIGINT, evidence VARCHAR"
)
_TOGETHER: Final[list[duckdb.DuckDBPyConnection]] = []  # connections with such a commit under way
CONNECTED: Final = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def together(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What is written inside is one commit, which takes longer than writing, or part of one around it."""
    if connection in _TOGETHER:
        yield
        return
    connection.begin()
    _TOGETHER.append(connection)
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        _TOGETHER.remove(connection)


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty marts (posting_times is made by another hand)."""
    with together(connection):
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE lake.marts.{name} ({columns})")


def insert(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    """One row; columns not named are null."""
    _insert(connection, f"marts.{table}", values)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, values: dict[str, Any]) -> None:
    names, marks = ", ".join(values), ", ".join(f"${name}" for name in values)
    connection.execute(f"INSERT INTO lake.{table} ({names}) VALUES ({marks})", values)


def add_account(
    connection: duckdb.DuckDBPyConnection,
    account_id: str,
    organization_id: str,
    *,
    brand_id: str = "brand",
    timezone: str = "UTC",
    network: str = "facebook",
) -> None:
    """An account, in `dim_accounts` and in the registry."""
    columns = {
        "account_id": account_id,
        "organization_id": organization_id,
        "brand_id": brand_id,
        "brand_name": f"Brand {brand_id}",
        "network": network,
        "external_id": f"x-{account_id}",
        "account_name": f"Name {account_id}",
        "timezone": timezone,
        "connected_at": CONNECTED,
        "status": "connected",
    }
    with together(connection):
        insert(connection, "dim_accounts", **columns, is_waiting=False)
        registered = {**columns, "organization_name": f"Organization {organization_id}"}
        _insert(connection, "raw.accounts", registered)


def add_post(
    connection: duckdb.DuckDBPyConnection,
    account_id: str,
    organization_id: str,
    day: date,
    number: int = 1,
    *,
    kind: str = "status",
    **metrics: Any,
) -> str:
    """A post published at noon of the day with its newest counters; returns its key."""
    post_key = f"{account_id}:{day}-{number}"
    published_at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    shared = {"post_key": post_key, "organization_id": organization_id, "account_id": account_id}
    what = {"network": "facebook", "published_at": published_at, "published_date": day, "kind": kind}
    seen = published_at + timedelta(hours=5)
    plain = {name: value for name, value in metrics.items() if name in _COUNTED}
    with together(connection):
        insert(
            connection,
            "dim_posts",
            **shared,
            **what,
            external_id=f"{day}-{number}",
            text=f"Text of {post_key}",
            text_length=10,
            first_observed_at=seen,
            last_observed_at=seen,
        )
        insert(connection, "engagement", **shared, **what, age_hours=5.0, **metrics)
        insert(connection, "fct_post_metrics_daily", **shared, date=day, observed_at=seen, **plain)
    return post_key


def add_day(
    connection: duckdb.DuckDBPyConnection, account_id: str, organization_id: str, day: date, **metrics: Any
) -> None:
    """A day of an account, observed at its 20 h UTC."""
    insert(
        connection,
        "fct_account_metrics_daily",
        account_id=account_id,
        organization_id=organization_id,
        date=day,
        observed_at=datetime(day.year, day.month, day.day, 20, tzinfo=UTC),
        **metrics,
    )


def released(connection: duckdb.DuckDBPyConnection, run_id: str = "run-1") -> Release:
    """Release the present snapshot."""
    start_build(run_id)
    return release(run_id, lake.current_snapshot(connection))
