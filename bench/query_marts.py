"""Marts of a chosen size, made in SQL with the columns that dbt's contracts promise, the same twice:
in a plain DuckDB file and in the lake.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb
import yaml

from foundation.settings import REPOSITORY

MODELS: Final = REPOSITORY / "dbt" / "models" / "marts"
ACCOUNTS: Final = 50  # of each organization
HISTORY: Final = 730  # days
FOLLOWED: Final = 365  # days for which a post's counters are read again: daily for four weeks, then weekly
NETWORKS: Final = ("facebook", "instagram", "x", "linkedin", "tiktok", "youtube", "pinterest", "threads")
KINDS: Final = ("photo", "video", "link", "status", "carousel")
METRICS: Final = ("views", "reactions", "comments", "shares", "saves", "clicks", "engagement")
COUNTERS: Final = (*METRICS, "reach")
PLAIN: Final = "plain"


@dataclass(frozen=True)
class Size:
    """How much is made: `rows` post-days, spread evenly over the accounts of all organizations."""

    rows: int
    organizations: int
    today: date

    @property
    def posts(self) -> int:
        """Posts of each account, published evenly over the history."""
        ages = range(HISTORY)
        observed = sum(min(age, 28) + 1 + max(0, min(age, FOLLOWED) - 28) // 7 for age in ages) / HISTORY
        return max(1, round(self.rows / observed / (self.organizations * ACCOUNTS)))


def organization(number: int) -> uuid.UUID:
    """The id of an organization, numbered from 0."""
    return uuid.UUID(int=number + 1)


def contract(mart: str) -> dict[str, str]:
    """Column → type, as promised; `posting_times` is promised by its source."""
    for path in (MODELS / f"{mart}.yml", MODELS.parent / "predicted.yml"):
        described = yaml.safe_load(path.read_text()) if path.exists() else {}
        tables = [
            *described.get("models", []),
            *(t for s in described.get("sources", []) for t in s["tables"]),
        ]
        for table in tables:
            if table["name"] == mart:
                return {column["name"]: column["data_type"] for column in table["columns"]}
    raise LookupError(f"no contract describes {mart}")


def layout(mart: str, word: str) -> list[str]:
    """What the model's configuration says: `partitioned_by` or `sorted_by`; nothing where it says nothing."""
    path = MODELS / f"{mart}.sql"
    found = re.search(rf"\b{word}=(\[[^]]*\]|'[^']*')", path.read_text()) if path.exists() else None
    return re.findall(r"'([^']+)'", found[1]) if found else []


def make(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    """Make the marts in the attached plain file, each sorted as its model sorts it."""
    connection.execute(f"CREATE SCHEMA {PLAIN}.marts")
    # `hash` gives the same for the same, so that both runs of an expression agree.
    connection.execute("CREATE TEMP MACRO dice(key, most) AS (hash(key) % most)::BIGINT")
    _prepare(connection, size)
    for mart, (source, known) in _marts().items():
        promised = contract(mart)
        columns = {name: known.get(name, _anything(name, kind)) for name, kind in promised.items()}
        made = ", ".join(f"({columns[name]})::{kind} AS {name}" for name, kind in promised.items())
        connection.execute(
            f"CREATE TABLE {PLAIN}.marts.{mart} AS SELECT {made} FROM {source} {_order(mart)}"  # noqa: S608
        )


def copy(connection: duckdb.DuckDBPyConnection) -> None:
    """The same tables in the lake, laid out as the models lay them out."""
    for mart in _marts():
        columns = ", ".join(f"{name} {kind}" for name, kind in contract(mart).items())
        connection.execute(f"CREATE TABLE lake.marts.{mart} ({columns})")
        if parts := layout(mart, "partitioned_by"):
            connection.execute(f"ALTER TABLE lake.marts.{mart} SET PARTITIONED BY ({', '.join(parts)})")
        connection.execute(
            f"INSERT INTO lake.marts.{mart} BY NAME SELECT * FROM {PLAIN}.marts.{mart} {_order(mart)}"  # noqa: S608
        )


def _order(mart: str) -> str:
    wanted = layout(mart, "sorted_by") or ["organization_id", "account_id"]
    return f"ORDER BY {', '.join(wanted)}"


def _anything(name: str, kind: str) -> str:
    """A value for a column this file does not know: the contracts may grow."""
    known = {
        "bigint": f"dice(concat(account_id, '{name}'), 1000)",
        "integer": f"dice(concat(account_id, '{name}'), 10)",
        "double": f"dice(concat(account_id, '{name}'), 1000) / 1000",
        "boolean": "false",
        "date": f"DATE '{date.min.replace(year=2026)}'",
    }
    return known.get(kind, "NULL")


def _prepare(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    """The accounts and posts that everything is made from, as temporary tables."""
    networks, kinds = list(NETWORKS), list(KINDS)
    connection.execute(
        f"""
CREATE TEMP TABLE accounts AS SELECT
  md5('account' || n)::UUID::VARCHAR AS account_id,
  ('00000000-0000-0000-0000-' || printf('%012x', n // {ACCOUNTS} + 1)) AS organization_id,
  md5('brand' || n // 5)::UUID::VARCHAR AS brand_id, {networks}[n % {len(networks)} + 1] AS network,
  1000 + dice(n, 200000) AS size, DATE '{size.today}' AS today
FROM range({size.organizations * ACCOUNTS}) t(n)"""  # noqa: S608
    )
    connection.execute(
        f"""
CREATE TEMP TABLE posts AS SELECT accounts.*, account_id || ':' || k AS post_key, k AS external_id,
  (today::TIMESTAMP - to_seconds(
    {HISTORY * 86400} * (k + dice(concat(account_id, k), 1000) / 1000.0) / {size.posts}
  ))::TIMESTAMP AS published, published::DATE AS published_date,
  {kinds}[dice(concat(k, account_id), {len(kinds)}) + 1] AS kind,
  size * (1 + dice(concat(account_id, k, 'reach'), 100)) / 40 AS final
FROM accounts, range({size.posts}) t(k)"""  # noqa: S608
    )


def _marts() -> dict[str, tuple[str, dict[str, str]]]:
    """Mart → what it is made from, and its columns' expressions."""
    post = {name: name for name in ("post_key", "organization_id", "account_id", "network", "published_date")}
    post |= {"published_at": "published AT TIME ZONE 'UTC'", "kind": "kind"}
    aged = {
        **{metric: _grown(metric, "today - published_date") for metric in COUNTERS},
        **{f"{m}_{name}": _grown(m, age) for m in COUNTERS for name, age in (("24h", "1"), ("7d", "7"))},
        "age_hours": "24.0 * (today - published_date)",
    }
    rates = {
        f"engagement_rate_by_{by}{at}": "dice(post_key, 1000) / 10000"
        for by in ("views", "reach", "followers")
        for at in ("", "_24h", "_7d")
    }
    account = {name: name for name in ("organization_id", "account_id", "brand_id", "network", "today")}
    observed = {"observed_at": "date::TIMESTAMP AT TIME ZONE 'UTC' + INTERVAL 22 HOUR"}
    days = f"(SELECT accounts.*, (today - d::INTEGER) AS date FROM accounts, range({HISTORY}) t(d))"  # noqa: S608
    return {
        "dim_accounts": ("accounts", {
            **account, "brand_name": "'Brand ' || brand_id[:4]", "external_id": "account_id[:8]",
            "account_name": "'Account ' || account_id[:6]", "timezone": "'Europe/Berlin'",
            "connected_at": "today::TIMESTAMP AT TIME ZONE 'UTC' - INTERVAL 2 YEAR", "status": "'connected'",
            "is_waiting": "false",
        }),
        "dim_posts": ("posts", {
            **post, "external_id": "external_id",
            "text": "repeat(md5(post_key) || ' ', 1 + (dice(post_key, 7))::INTEGER)",
            "text_length": "33 * (1 + dice(post_key, 7))", "permalink": "'https://example.com/' || post_key",
            "first_observed_at": "published AT TIME ZONE 'UTC' + INTERVAL 1 HOUR",
            "last_observed_at": "today::TIMESTAMP AT TIME ZONE 'UTC'",
            "is_deleted": "false", "hashtags": "dice(post_key, 6)", "labels": "['spring']",
        }),
        "engagement": ("posts", {**post, **aged, **rates}),
        "content_performance": ("posts", {
            **post, **aged, **rates, "text_length": "33 * (1 + dice(post_key, 7))",
            "text_length_bucket": "['1 to 50', '51 to 150', '151 to 300'][1 + dice(post_key, 7) // 3]",
            "min_length": "[1, 51, 151][1 + dice(post_key, 7) // 3]",
            "weekday": "isodow(published)", "hour": "hour(published)",
            "index": "exp(dice(concat(post_key, 'index'), 4000000) / 1e6 - 2)",
            "index_7d": "exp(dice(concat(post_key, 'week'), 4000000) / 1e6 - 2)",
            "hashtags": "dice(post_key, 6)",
            "labels": "['spring']", "campaign": "'Campaign ' || dice(post_key, 9)",
            "has_link": "dice(post_key, 2) = 0", "media_count": "dice(post_key, 4)",
        }),
        "fct_post_metrics_daily": (
            f"""(SELECT posts.*, age, published_date + age::INTEGER AS date,
              CASE WHEN age > 28 THEN 7 ELSE 1 END AS step
            FROM posts, (SELECT n AS age FROM range({FOLLOWED}) t(n) WHERE n <= 28 OR n % 7 = 0)
            WHERE published_date + age::INTEGER <= today)""",  # noqa: S608
            {
                **post, **observed, "date": "date", "gain_days": "step",
                **{metric: _grown(metric, "age") for metric in COUNTERS},
                **{f"{m}_gain": f"{_grown(m, 'age')} - {_grown(m, 'age - step')}" for m in METRICS},
            },
        ),
        "fct_account_metrics_daily": (days, {
            **account, **observed, "date": "date",
            "followers": "size + (date - DATE '2020-01-01') * (size % 7)",
            "views": "size // 3", "reach": "size // 4", "engagement": "size // 50", "follows": "size % 9",
            "unfollows": "size % 5",
        }),
        "fct_account_gains_daily": (
            # Of posts seen daily and of those seen weekly.
            f"(SELECT accounts.*, (today - d::INTEGER) AS date, step FROM accounts, range({HISTORY}) t(d), "  # noqa: S608
            "(VALUES (1), (7)) s(step))",
            {**account, "date": "date", "gain_days": "step", "posts": "size % 40",
             **{f"{metric}_gain": "size // 9 * step" for metric in METRICS}},
        ),
        "follower_growth": (days, {
            **account, "date": "date", "followers": "size + (date - DATE '2020-01-01') * (size % 7)",
            "net_change": "size % 7", "gained": "size % 9", "lost": "size % 2", "is_gap": "false",
            "annualised_rate": "0.1",
        }),
        "channel_comparison": (
            f"(SELECT accounts.*, m::DATE AS month FROM accounts, "  # noqa: S608
            f"generate_series(date_trunc('month', today - {HISTORY}), today, INTERVAL 1 MONTH) t(m))",
            {**account, "month": "month", "posts": "size % 40", "followers": "size"},
        ),
        "data_freshness": ("accounts", {
            **account, "last_observed_at": "today::TIMESTAMP AT TIME ZONE 'UTC'",
            "last_complete_day": "today - 1", "is_waiting": "false",
        }),
        "posting_times": (
            "(SELECT accounts.*, d AS weekday, h AS hour FROM accounts, range(1, 8) a(d), range(24) b(h))",
            {**account, "weekday": "weekday", "hour": "hour",
             "effect": "dice(concat(weekday, hour), 100) / 100",
             "low": "1", "high": "2", "posts": "300", "posts_in_hour": "9", "evidence": "'own'"},
        ),
    }  # fmt: skip


def _grown(metric: str, age: str) -> str:
    """A lifetime counter at an age in days: half of it in the first two."""
    share = {"views": 1.0, "reach": 0.7, "clicks": 0.02}.get(metric, 0.01)
    return f"(final * {share} * (1 - pow(0.7, 1 + greatest(-1, {age}))))::BIGINT"
