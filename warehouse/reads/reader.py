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
from warehouse.reads import content_queries, queries, shared
from warehouse.reads.ages import WEEK, compared_at
from warehouse.reads.breaks import unbroken, without_breaks
from warehouse.reads.query import Query, Source
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
        duckdb.Error: on entering, when the release's snapshot is not kept or has no accounts.
    """

    def __init__(self, tenant: Tenant, release: Release, settings: Settings | None = None) -> None:
        self._limited = tenant.brand_ids is not None or tenant.account_ids is not None
        self._snapshot = release.snapshot_id
        self._scope: dict[str, object] = {"organization_id": str(tenant.organization_id)}
        if self._limited:
            self._scope |= {
                "only_brands": _texts(tenant.brand_ids),
                "only_accounts": _texts(tenant.account_ids),
            }
        self._as_of = release.numbers_at.date()
        self._settings = settings or get_settings()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._source: Source | None = None

    def __enter__(self) -> Self:
        self._cursor, self._source = shared.cursor(self._settings, self._snapshot)
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
        the sums stand on. `views_at_age`, `engagement_at_age`: sums at the age of `compared_at`, over the
        posts that have reached it (of the period before, those of the same days of it); null unless it is
        known of all of them. No number is summed or compared across a break in its definition:
        `views_break`, `engagement_break`, `followers_break` say which (`warehouse.reads.breaks`).
        """
        length = timedelta(days=(end - start).days + 1)
        age, cut = compared_at(start, end, self._as_of)
        frame = self._frame(
            queries.OVERVIEW,
            start=start,
            end=end,
            previous_start=start - length,
            previous_end=start - timedelta(days=1),
            age=age.name,
            cut=cut,
            previous_cut=cut - length,
            brand_id=brand_id,
        )
        return unbroken(frame, start, end, start - length)

    def daily(self, start: date, end: date, brand_id: UUID | str | None = None) -> pl.DataFrame:
        """One row for each account and day: account_id, date, followers, views, engagement, posts.

        Views and engagement are those of the posts published on that day, so the days of a period add
        up to its overview. Followers are null on a day without a snapshot: a gap.
        """
        return self._frame(queries.DAILY, start=start, end=end, brand_id=brand_id)

    def gains(self, start: date, end: date, brand_id: UUID | str | None = None) -> pl.DataFrame:
        """What posts of any age gained on each day: account_id, date, views_gain, engagement_gain.

        A counter that was read again after several days gained evenly over them. A day and account of which
        nothing is known has no row; what was gained on the day of a break is unknown.
        """
        return without_breaks(self._frame(queries.GAINS, start=start, end=end, brand_id=brand_id))

    def growth(self, start: date, end: date, brand_id: UUID | str | None = None) -> pl.DataFrame:
        """One row for each account: how its followers grew in the period.

        `followers_first`, `followers_last`: the first and last count known in it; `known_days`: on how many
        days one is. `gained`, `lost`: sums over the `gained_days` of which the network tells; null when of
        none. `annualised_rate`: a fraction a year, as of the last day.
        """
        return self._frame(queries.GROWTH, start=start, end=end, brand_id=brand_id)

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
            content_queries.POSTS, start=start, end=end, brand_id=brand_id, limit=limit, by=by.value
        )

    def content(self, start: date, end: date, brand_id: UUID | str | None = None) -> pl.DataFrame:
        """What the posts published in the period have in common, and how they did: facet, value, position,
        posts, compared, index, above.

        `facet` is kind, length, media, hashtags, link, label, campaign or slot (the hour of the week, as
        ``weekday hour`` on the account's clock, 1 is Monday). `index`: the median over the `compared` posts
        of how many times their account's usual engagement they had; null when none can be compared.
        `above`: how many did better than usual. `position` orders the values of a facet.
        """
        settled = self._as_of - timedelta(days=WEEK.settled_days)
        return self._frame(content_queries.CONTENT, start=start, end=end, settled=settled, brand_id=brand_id)

    def content_posts(
        self, start: date, end: date, brand_id: UUID | str | None = None, limit: int = 100
    ) -> pl.DataFrame:
        """The posts behind `content` with all that describes them, the best of their account first."""
        return self._frame(
            content_queries.CONTENT_POSTS,
            start=start,
            end=end,
            settled=self._as_of - timedelta(days=WEEK.settled_days),
            limit=limit,
            brand_id=brand_id,
        )

    def channels(self, start: date, end: date, brand_id: UUID | str | None = None) -> pl.DataFrame:
        """A row an account and month of the period: `channel_comparison` with the accounts' names."""
        return self._frame(content_queries.CHANNELS, start=start, end=end, brand_id=brand_id)

    def posting_times(self, account_ids: Sequence[UUID | str]) -> pl.DataFrame:
        """The hours of the week by account (weekday 1 is Monday); empty before they were first computed."""
        try:
            return self._frame(queries.POSTING_TIMES, account_ids=[str(account) for account in account_ids])
        except duckdb.CatalogException as error:
            if "posting_times" not in str(error):
                raise
            return pl.DataFrame(schema=POSTING_TIMES_SCHEMA)

    def freshness(self) -> pl.DataFrame:
        """For each account: last_observed_at (aware UTC), last_complete_day in its own zone, and is_waiting:
        whether newer numbers of it are held back until somebody has looked at them.

        The day of the last observation is not over yet, so its numbers are partial.
        """
        return self._frame(queries.FRESHNESS)

    def _frame(self, query: Query, brand_id: UUID | str | None = None, **values: object) -> pl.DataFrame:
        if self._cursor is None or self._source is None:
            raise RuntimeError("a Reader is used inside its with block")
        brand = {} if brand_id is None else {"brand_id": str(brand_id)}
        statement = query.sql(self._source, limited=self._limited, brand=bool(brand))
        return self._cursor.execute(statement, {**self._scope, **brand, **values}).pl()


def change(current: float | None, previous: float | None) -> float | None:
    """The change as a fraction of the previous value (0.1 is +10 %); None when it can't be said."""
    if current is None or previous is None or previous == 0:
        return None
    return (current - previous) / previous


def _texts(ids: frozenset[UUID] | None) -> list[str] | None:
    return None if ids is None else sorted(map(str, ids))
