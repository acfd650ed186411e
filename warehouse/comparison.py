"""What differs between the marts of two snapshots: rows by their key, then each metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any, Final

import duckdb

# What makes a row of a mart the same row in another snapshot.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "dim_organizations": ("organization_id",),
    "dim_brands": ("brand_id",),
    "dim_accounts": ("account_id",),
    "dim_posts": ("post_key",),
    "fct_post_metrics_daily": ("post_key", "date"),
    "fct_account_metrics_daily": ("account_id", "date"),
    "engagement": ("post_key",),
    "fct_account_gains_daily": ("account_id", "date", "gain_days"),
    "follower_growth": ("account_id", "date"),
    "content_performance": ("post_key",),
    "channel_comparison": ("account_id", "month"),
    "data_freshness": ("account_id",),
    "posting_times": ("account_id", "weekday", "hour"),
}
WHOLE: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"})
FRACTIONS: Final = frozenset({"FLOAT", "DOUBLE"})
# Sums of doubles depend on the order of their parts: what differs less than this part of them is the same.
ALIKE: Final = 1e-9
TOP: Final = 5


@dataclass(frozen=True)
class AccountDifference:
    """How a metric's total changed for one account; None where nothing is known."""

    account_id: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class MetricDifference:
    """A metric of a mart: in how many rows of both it differs, its totals, and the accounts that moved most.

    A total is the sum of what is known, or, of rates and other fractions, its mean.
    """

    metric: str
    is_mean: bool
    changed: int
    before: float | None
    after: float | None
    accounts: tuple[AccountDifference, ...]


@dataclass(frozen=True)
class MartDifference:
    """How many rows of a mart came, went and changed, and which metrics did."""

    mart: str
    added: int
    removed: int
    changed: int
    metrics: tuple[MetricDifference, ...]


def compare(connection: duckdb.DuckDBPyConnection, before: int, after: int) -> list[MartDifference]:
    """The marts that differ between two snapshots, over all organizations; without those that do not.

    A mart that only one of them has is left out, and so is a column.

    Raises:
        duckdb.Error: there is no such snapshot.
    """
    found = []
    for mart, key in KEYS.items():
        columns = _shared_columns(connection, mart, before, after)
        if set(key) <= set(columns):
            difference = _compare(connection, mart, key, columns, before, after)
            if difference.added or difference.removed or difference.changed:
                found.append(difference)
    return found


def _shared_columns(
    connection: duckdb.DuckDBPyConnection, mart: str, before: int, after: int
) -> dict[str, str]:
    """The columns that the mart has in both snapshots, with their types in the later one."""
    first, second = _columns(connection, mart, before), _columns(connection, mart, after)
    return {name: kind for name, kind in second.items() if name in first}


def _columns(connection: duckdb.DuckDBPyConnection, mart: str, snapshot: int) -> dict[str, str]:
    try:
        rows = connection.execute(f"DESCRIBE FROM {_at(mart, snapshot)}").fetchall()
    except duckdb.CatalogException:
        return {}
    return {str(row[0]): str(row[1]) for row in rows}


def _at(mart: str, snapshot: int) -> str:
    return f"lake.marts.{mart} AT (VERSION => {int(snapshot)})"


def _compare(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    key: Sequence[str],
    columns: dict[str, str],
    before: int,
    after: int,
) -> MartDifference:
    metrics = [name for name, kind in columns.items() if kind in WHOLE | FRACTIONS and name not in key]
    others = [name for name in columns if name not in key]
    account = "coalesce(a.account_id, b.account_id)" if "account_id" in columns else "NULL"
    both = f"a.{key[0]} IS NOT NULL AND b.{key[0]} IS NOT NULL"
    differs = {name: _differs(name, columns[name]) for name in others}
    figures = [
        f"count(*) FILTER (WHERE b.{key[0]} IS NULL)",
        f"count(*) FILTER (WHERE a.{key[0]} IS NULL)",
        f"count(*) FILTER (WHERE {both} AND ({' OR '.join(differs.values()) or 'false'}))",
    ]
    for name in metrics:
        figures.append(f"count(*) FILTER (WHERE {both} AND {differs[name]})")
        figures += [f"{total}({side}.{name})" for side in ("b", "a") for total in ("sum", "count")]
    query = (
        f"SELECT {account}, {', '.join(figures)} "  # noqa: S608 - names of columns, from the catalog
        f"FROM (FROM {_at(mart, before)}) AS b FULL JOIN (FROM {_at(mart, after)}) AS a "
        f"USING ({', '.join(key)}) GROUP BY ALL ORDER BY ALL"
    )
    rows = connection.execute(query).fetchall()
    found = [
        _metric(name, columns[name] in FRACTIONS, rows, 4 + 5 * place) for place, name in enumerate(metrics)
    ]
    added, removed, changed = (sum(int(row[place]) for row in rows) for place in (1, 2, 3))
    return MartDifference(
        mart,
        added,
        removed,
        changed,
        tuple(metric for metric in found if metric.changed or not _alike(metric.before, metric.after)),
    )


def _differs(name: str, kind: str) -> str:
    if kind not in FRACTIONS:
        return f"(a.{name} IS DISTINCT FROM b.{name})"
    limit = f"{ALIKE} * greatest(abs(a.{name}), abs(b.{name}))"
    return f"((a.{name} IS NULL) <> (b.{name} IS NULL) OR abs(a.{name} - b.{name}) > {limit})"


def _metric(name: str, is_mean: bool, rows: Sequence[Sequence[Any]], place: int) -> MetricDifference:
    """From `place` on a row has: rows changed; sum and count before; sum and count after."""

    def total(some: Sequence[Sequence[Any]], at: int) -> float | None:
        known = sum(int(row[at + 1]) for row in some)
        if not known:
            return None
        added: float = sum(row[at] for row in some if row[at] is not None)
        return added / known if is_mean else added

    moved = [
        AccountDifference(str(row[0]), total([row], place + 1), total([row], place + 3))
        for row in rows
        if row[0] is not None
    ]
    moved = [one for one in moved if not _alike(one.before, one.after)]
    moved.sort(key=lambda one: -abs((one.after or 0) - (one.before or 0)))
    return MetricDifference(
        name,
        is_mean,
        sum(int(row[place]) for row in rows),
        total(rows, place + 1),
        total(rows, place + 3),
        tuple(moved[:TOP]),
    )


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=ALIKE)
