"""A lake of its own to land answers in and run dbt on, as the pipelines do: dbt in a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from assets.idle import left_out
from foundation.settings import Settings
from platforms.contract import Account, Answer, Credentials, Entity
from tests import databases, lakes
from tests.dbt.parsed import parsed
from warehouse import lake, landing

MARTS = (
    "dim_organizations", "dim_brands", "dim_accounts", "dim_posts", "fct_post_metrics_daily",
    "fct_account_metrics_daily", "fct_account_gains_daily", "engagement", "follower_growth",
    "content_performance", "channel_comparison", "data_freshness",
)  # fmt: skip
STAGING = (
    "stg_facebook__accounts", "stg_facebook__posts", "stg_facebook__account_metrics", "stg_x__accounts",
    "stg_x__posts",
)  # fmt: skip
POST_FIELDS = "id,message,created_time,shares,reactions.summary(total_count)"

Rows: TypeAlias = list[tuple[Any, ...]]


def utc(text: str) -> datetime:
    """An aware moment from ISO text without offset, taken as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Warehouse:
    """A lake with its raw tables, and dbt at hand."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    work: Path
    accounts: list[landing.RegistryRow] = field(default_factory=list)

    def account(
        self, name: str, network: str, timezone: str, *, organization: str, external_id: str
    ) -> Account:
        """Register one more account."""
        self.accounts.append(
            landing.RegistryRow(
                account_id=name, organization_id=organization, organization_name=organization.title(),
                brand_id=f"brand-{name}", brand_name=name.title(), timezone=timezone, network=network,
                external_id=external_id, account_name=name, connected_at=utc("2026-03-01T00:00"),
                status="connected",
            )
        )  # fmt: skip
        landing.land_registry(self.connection, self.accounts)
        return Account(name, organization, network, external_id, name, Credentials("token"))

    def land(
        self,
        account: Account,
        entity: Entity,
        at: str,
        body: Any,
        *,
        fields: str = POST_FIELDS,
        status: int = 200,
    ) -> int:
        """Land one answer asked for at a moment (UTC); the body is an object, or text to land as it is."""
        moment = utc(at)
        text = body if isinstance(body, str) else json.dumps(body)
        answer = Answer(entity, {"path": "p", "params": {"fields": fields}}, moment, status, text)
        hour = moment.replace(minute=0, second=0)
        return landing.land(self.connection, account, [answer], hour, "run").new

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt on the lake and wait for it."""
        folders = ("--target-path", str(self.work / "target"), "--log-path", str(self.work / "logs"))
        return parsed().run(["--no-use-colors", *arguments, *folders], lake.environment(self.settings))

    def build(self, *arguments: str) -> None:
        """``dbt build`` as the product does it, which has to succeed."""
        done = self.dbt("build", *arguments, *([] if "--exclude" in arguments else left_out(self.settings)))
        assert done.returncode == 0, f"{done.returncode}\n{done.stdout}{done.stderr}"

    def rows(self, query: str) -> Rows:
        """The rows of a query."""
        return self.connection.execute(query).fetchall()

    def columns(self, schema: str) -> set[tuple[str, str]]:
        """Table and name of every column of a schema."""
        query = (
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE database_name = 'lake' AND schema_name = ?"
        )
        return {(table, name) for table, name in self.connection.execute(query, [schema]).fetchall()}

    def described(self, schema: str) -> set[tuple[str, str]]:
        """Table and name of every column that dbt has a description of."""
        manifest = json.loads(parsed().manifest.read_text())
        return {
            (node["name"], name)
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed")
            and node["schema"] == schema
            and node["database"] == "lake"
            and node["config"]["materialized"] != "ephemeral"
            for name, column in node["columns"].items()
            if column["description"]
        }

    def contents(self) -> dict[str, Rows]:
        """Every row of the staging tables and marts."""
        tables = [f"staging.{name}" for name in STAGING] + [f"marts.{name}" for name in MARTS]
        return {table: self.rows(f"SELECT * FROM lake.{table} ORDER BY ALL") for table in tables}


@contextmanager
def warehouse(server_url: str, work: Path) -> Iterator[Warehouse]:
    """An empty lake with its catalog in a database of its own."""
    settings = Settings(home=work / "home", DATABASE_URL=databases.copy(server_url))
    with lakes.fresh(settings) as connection:
        yield Warehouse(settings, connection, work)


def facebook_post(post_id: str, created: str, **parts: Any) -> dict[str, Any]:
    """A post as Facebook lists it; `reactions` and `comments` are counts, `insights` metric to value."""
    post: dict[str, Any] = {"id": post_id, "created_time": f"{created}+0000", "message": post_id}
    for name, value in parts.items():
        if name in ("reactions", "comments"):
            post[name] = {"data": [], "summary": {"total_count": value}}
        elif name == "shares":
            post[name] = {"count": value}
        elif name == "insights":
            post[name] = {"data": [_insight(metric, number) for metric, number in value.items()]}
        else:
            post[name] = value
    return post


def _insight(metric: str, number: int) -> dict[str, Any]:
    return {"name": metric, "period": "lifetime", "values": [{"value": number}]}


def series(metric: str, values: dict[str, int]) -> dict[str, Any]:
    """A page's daily metric as Facebook lists it: end of day (UTC) to value."""
    points = [{"value": value, "end_time": f"{end}:00+0000"} for end, value in values.items()]
    return {"name": metric, "period": "day", "values": points}


def x_post(post_id: str, created: str, **metrics: int) -> dict[str, Any]:
    """A post as X lists it."""
    return {"id": post_id, "text": post_id, "created_at": f"{created}.000Z", "public_metrics": metrics}


def x_user(followers: int) -> dict[str, Any]:
    """An X account as ``users/me`` gives it."""
    return {
        "data": {"id": "900", "name": "X", "username": "x", "public_metrics": {"followers_count": followers}}
    }
