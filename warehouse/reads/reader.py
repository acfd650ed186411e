"""The reader of a page or a report: one tenant, one release from start to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import duckdb
import polars as pl

from foundation.database import Tenant
from foundation.settings import Settings, get_settings
from warehouse.reads import queries, shared
from warehouse.releases import Release

POSTING_TIMES_SCHEMA: Final = pl.Schema(
    {
        "account_id": pl.String(),
        "network": pl.String(),
        "weekday": pl.Int32(),
        "hour": pl.Int32(),
        "effect": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "posts": pl.Int64(),
        "posts_in_hour": pl.Int64(),
        "evidence": pl.String(),
    }
)


class PostOrder(StrEnum):
    """What posts are listed by; unknown values last, then the newest first."""

    NEWEST = "newest"
    ENGAGEMENT = "engagement"
    VIEWS = "views"


class Reader:
    """Frames of one tenant from one released snapshot. A context manager, for one thread.

    Dates are the accounts' own days and both ends are included. Null is unknown, never zero.

    Raises:
        LakeError: on entering, when the lake can't be reached.
    """

    def __init__(self, tenant: Tenant, release: Release, settings: Settings | None = None) -> None:
        self._limited = tenant.brand_ids is not None or tenant.account_ids is not None
        self._scope: dict[str, object] = {
            "organization_id": str(tenant.organization_id),
            "snapshot": release.snapshot_id,
        }
        if self._limited:
            self._scope |= {
                "only_brands": _texts(tenant.brand_ids),
                "only_accounts": _texts(tenant.account_ids),
            }
        self._settings = settings or get_settings()
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        self._cursor = shared.cursor(self._settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None

    def accounts(self) -> pl.DataFrame:
        """Every account: the columns of `dim_accounts`."""
        return self._frame(queries.ACCOUNTS)

    def overview(self, start: date, end: date, brand_id: UUID | str | None = None) -> pl.DataFrame:
        """One row for each account, with the period and the equally long one before it (`*_previous`).

        `followers`: the last value known within the period. `views`, `engagement`: sums over the posts
        published in the period, of their newest lifetime counters; null when none is known.
        `posts`: how many were published; `posts_with_views`, `posts_with_engagement`: how many of them
        the sums stand on.
        """
        length = (end - start).days + 1
        return self._frame(
            queries.OVERVIEW,
            start=start,
            end=end,
            previous_start=start - timedelta(days=length),
            previous_end=start - timedelta(days=1),
            brand_id=_text(brand_id),
        )

    def daily(self, start: date, end: date, brand_id: UUID | str | None = None) -> pl.DataFrame:
        """One row for each account and day: account_id, date, followers, views, engagement, posts.

        Views and engagement are those of the posts published on that day, so the days of a period add
        up to its overview. Followers are null on a day without a snapshot: a gap.
        """
        return self._frame(queries.DAILY, start=start, end=end, brand_id=_text(brand_id))

    def posts(
        self,
        start: date,
        end: date,
        brand_id: UUID | str | None = None,
        limit: int = 100,
        by: PostOrder = PostOrder.NEWEST,
    ) -> pl.DataFrame:
        """Posts published in the period with their newest counters and engagement rates (fractions)."""
        return self._frame(
            queries.POSTS, start=start, end=end, brand_id=_text(brand_id), limit=limit, by=by.value
        )

    def posting_times(self, account_ids: Sequence[UUID | str]) -> pl.DataFrame:
        """The hours of the week by account (weekday 1 is Monday); empty before they were first computed."""
        try:
            return self._frame(queries.POSTING_TIMES, account_ids=[str(account) for account in account_ids])
        except duckdb.CatalogException as error:
            if "posting_times" not in str(error):
                raise
            return pl.DataFrame(schema=POSTING_TIMES_SCHEMA)

    def freshness(self) -> pl.DataFrame:
        """For each account: last_observed_at (aware UTC) and last_complete_day in its own zone.

        The day of the last observation is not over yet, so its numbers are partial.
        """
        return self._frame(queries.FRESHNESS)

    def _frame(self, query: queries.Query, **values: object) -> pl.DataFrame:
        if self._cursor is None:
            raise RuntimeError("a Reader is used inside its with block")
        return self._cursor.execute(query.sql(limited=self._limited), {**self._scope, **values}).pl()


def change(current: float | None, previous: float | None) -> float | None:
    """The change as a fraction of the previous value (0.1 is +10 %); None when it can't be said."""
    if current is None or previous is None or previous == 0:
        return None
    return (current - previous) / previous


def _texts(ids: frozenset[UUID] | None) -> list[str] | None:
    return None if ids is None else sorted(map(str, ids))


def _text(value: UUID | str | None) -> str | None:
    return None if value is None else str(value)
