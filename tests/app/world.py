"""An organization with two brands, four connected accounts and released numbers, for tests of the pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import duckdb
import polars as pl

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings
from identity.permissions import Role
from platforms.accounts import connect
from platforms.contract import Credentials, RemoteAccount
from publishing.listing import publications
from publishing.states import State
from tests import lakes
from tests.identity.people import add_brand, add_person
from tests.warehouse import marts_fixture
from warehouse.releases import Release

DAYS: Final = 120
# Days before today on which the network gave no followers.
MISSED: Final = frozenset({9, 10, 11})
BRANDS: Final = (("Nordlicht Coffee", "Europe/Berlin"), ("Harbor & Pine", "America/New_York"))
# What the models make of the rest, simply.
DERIVED: Final = {
    "dim_posts": """SELECT post_key, organization_id, account_id, network, published_at, published_date, kind,
        'Text of ' || post_key AS text, false AS is_deleted FROM lake.marts.engagement""",
    "content_performance": """SELECT post_key, organization_id, account_id, network, published_at,
        published_date, CASE WHEN day(published_at) % 3 = 0 THEN 'video' ELSE kind END AS kind,
        '51 to 150' AS text_length_bucket, 51 AS min_length, day(published_at) % 2 AS media_count,
        day(published_at) % 4 AS hashtags, false AS has_link,
        CASE WHEN day(published_at) % 5 = 0 THEN ['spring'] ELSE [] END AS labels,
        isodow(published_at) AS weekday, hour(published_at) AS hour, views, engagement, engagement_7d,
        engagement / avg(engagement) OVER (PARTITION BY account_id) AS index FROM lake.marts.engagement""",
    "fct_post_metrics_daily": """SELECT post_key, organization_id, account_id, published_date AS date, views,
        engagement, views AS views_gain, engagement AS engagement_gain FROM lake.marts.engagement""",
    "fct_account_gains_daily": """SELECT organization_id, account_id, published_date AS date, 1 AS gain_days,
        sum(views)::BIGINT AS views_gain, sum(engagement)::BIGINT AS engagement_gain, count(*) AS posts
        FROM lake.marts.engagement GROUP BY ALL""",
    "follower_growth": """SELECT organization_id, account_id, date, followers, 3 AS gained, 1 AS lost,
        0.4 AS annualised_rate, followers IS NULL AS is_gap FROM lake.marts.fct_account_metrics_daily""",
    "channel_comparison": """SELECT organization_id, account_id, network,
        date_trunc('month', published_date)::DATE AS month, count(*) AS posts, sum(views)::BIGINT AS views,
        sum(engagement)::BIGINT AS engagement, count(views) AS posts_with_views,
        count(engagement) AS posts_with_engagement, sum(engagement) / sum(views) AS engagement_rate_by_views,
        0.004 AS engagement_rate_by_followers, 5000 AS followers, 70 AS net_followers,
        CAST([] AS VARCHAR[]) AS broken_metrics FROM lake.marts.engagement GROUP BY ALL""",
    "data_freshness": """SELECT organization_id, account_id, network,
        now() - INTERVAL 30 MINUTE AS last_observed_at, current_date - 1 AS last_complete_day,
        is_waiting, waits_since, 'ok' AS posts_status
        FROM lake.marts.dim_accounts""",
}


@dataclass(frozen=True)
class World:
    """What was made."""

    person_id: UUID
    organization_id: UUID
    brand_ids: tuple[UUID, ...]
    account_ids: tuple[UUID, ...]


def connected_world(role: Role = Role.OWNER, email: str = "owner@example.com") -> World:
    """People, brands and accounts, without any number yet."""
    person_id, organization_id = add_person(email, role=role)
    brand_ids = tuple(add_brand(organization_id, name, timezone) for name, timezone in BRANDS)
    account_ids: list[UUID] = []
    with worker_session() as session:
        for (name, _), brand_id in zip(BRANDS, brand_ids, strict=True):
            for network in ("facebook", "x"):
                handle = name if network == "facebook" else f"@{name.split()[0].lower()}"
                remote = RemoteAccount(network, f"{network}-{name}", handle, Credentials("token"))
                account_ids.append(connect(session, organization_id, brand_id, remote))
    return World(person_id, organization_id, brand_ids, tuple(account_ids))


def released_world(settings: Settings, role: Role = Role.OWNER) -> tuple[World, Release]:
    """The same with 120 days of numbers in the marts; the X account of the second brand knows no views."""
    world = connected_world(role)
    return world, release_numbers(settings, world)


def scheduled(world: World) -> list[tuple[State, str]]:
    """State and text of every publication."""
    with tenant_session(Tenant(world.organization_id)) as session:
        return [(view.state, view.text) for view in publications(session)]


def release_numbers(settings: Settings, world: World) -> Release:
    """Write the marts of the world's accounts and release them."""
    with lakes.fresh(settings) as connection:
        with marts_fixture.together(connection):
            marts_fixture.create(connection)
            connection.execute(f"CREATE TABLE lake.marts.posting_times ({marts_fixture.POSTING_TIMES})")
            today = utc_now().date()
            for number, account_id in enumerate(world.account_ids):
                _account(connection, world, number, account_id)
                _insert(connection, "fct_account_metrics_daily", _days(world, number, account_id, today))
                _insert(connection, "engagement", _posts(world, number, account_id, today))
                _insert(connection, "posting_times", _slots(world, number, account_id))
            for mart, derived in DERIVED.items():
                connection.execute(f"INSERT INTO lake.marts.{mart} BY NAME {derived}")
        return marts_fixture.released(connection)


def _account(connection: duckdb.DuckDBPyConnection, world: World, number: int, account_id: UUID) -> None:
    name, timezone = BRANDS[number // 2]
    network = ("facebook", "x")[number % 2]
    marts_fixture.insert(
        connection,
        "dim_accounts",
        account_id=str(account_id),
        organization_id=str(world.organization_id),
        brand_id=str(world.brand_ids[number // 2]),
        brand_name=name,
        network=network,
        external_id=f"{network}-{name}",
        account_name=name if network == "facebook" else f"@{name.split()[0].lower()}",
        timezone=timezone,
        connected_at=marts_fixture.CONNECTED,
        status="connected",
        is_waiting=False,
    )


def _days(world: World, number: int, account_id: UUID, today: date) -> list[dict[str, Any]]:
    size = (18_400, 5_250, 42_300, 9_120)[number]
    return [
        {
            "organization_id": str(world.organization_id),
            "account_id": str(account_id),
            "date": today - timedelta(days=back),
            "followers": None if back in MISSED else round(size * (1 + (DAYS - back) / 900)),
            "observed_at": datetime.combine(today - timedelta(days=back), datetime.min.time(), UTC),
        }
        for back in range(DAYS)
    ]


def _posts(world: World, number: int, account_id: UUID, today: date) -> list[dict[str, Any]]:
    rows = []
    for back in range(DAYS):
        day = today - timedelta(days=back)
        engagement = round((90, 40, 160, 55)[number] * (1.3 + math.sin(back / 3 + number)) + 2 * number)
        rows.append(
            {
                "post_key": f"{account_id}:{day}",
                "organization_id": str(world.organization_id),
                "account_id": str(account_id),
                "network": ("facebook", "x")[number % 2],
                "published_at": datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
                "published_date": day,
                "kind": "status",
                "views": None if number == 3 else engagement * 21,
                "engagement": engagement,
                "engagement_7d": engagement if back > 7 else None,
                "views_7d": None if number == 3 or back < 8 else engagement * 21,
            }
        )
    return rows


def _slots(world: World, number: int, account_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "organization_id": str(world.organization_id),
            "account_id": str(account_id),
            "network": ("facebook", "x")[number % 2],
            "weekday": weekday,
            "hour": hour,
            "effect": 0.3 * math.cos((hour - 18) / 24 * math.tau) + 0.02 * weekday,
            "low": 0.3 * math.cos((hour - 18) / 24 * math.tau) - 0.1,
            "high": 0.3 * math.cos((hour - 18) / 24 * math.tau) + 0.15,
            "posts": 412,
            "posts_in_hour": 5,
            "evidence": "high",
        }
        for weekday in range(1, 8)
        for hour in range(24)
    ]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, infer_schema_length=None)
    connection.register("incoming", frame)
    connection.execute(f"INSERT INTO lake.marts.{table} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")
