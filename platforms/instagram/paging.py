"""What is asked of an Instagram account, call by call: positions of a collection, and their parameters. Pure.

Sources: developers.facebook.com, "Instagram Media Insights", "Instagram Account Insights" (v26.0).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from platforms.meta.positions import DAY_S, end_of, midnight

ACCOUNT_FIELDS = "id,username,name,biography,followers_count,follows_count,media_count,website"
MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,permalink,shortcode,timestamp,like_count,comments_count"
)
# Only Facebook's login has these.
FACEBOOK_FIELDS = f"{MEDIA_FIELDS},view_count,reposts_count,saved_count,shares_count"
POSTS_PER_PAGE = 100
EDGES = ("stories", "media")  # stories first: they are gone after a day

# By media_product_type. Meta retires some every year (plays, impressions, video_views are gone), and one
# that is dead or not of this type refuses the whole call.
FEED_METRICS = (
    *("views", "reach", "likes", "comments", "saved", "shares", "total_interactions", "reposts"),
    *("follows", "profile_visits"),
)
REELS_METRICS = (
    *("views", "reach", "likes", "comments", "saved", "shares", "total_interactions", "reposts"),
    *("ig_reels_avg_watch_time", "ig_reels_video_view_total_time", "reels_skip_rate"),
)
STORY_METRICS = (
    *("views", "reach", "replies", "shares", "total_interactions", "reposts", "navigation"),
    *("follows", "profile_visits"),
)
METRICS = {"FEED": FEED_METRICS, "REELS": REELS_METRICS, "STORY": STORY_METRICS}

SERIES = ("reach",)
NEWCOMERS = ("follower_count",)
NEWCOMERS_KEPT = timedelta(days=29)  # 30 days with today, of which it is not told yet
TOTALS = (
    *("views", "reach", "accounts_engaged", "total_interactions", "likes", "comments", "saves", "shares"),
    *("replies", "reposts", "profile_links_taps"),
)
FOLLOWS = ("follows_and_unfollows",)
KEPT = timedelta(days=90)
SLICE_S = 30 * DAY_S  # the longest span of one query
BREAKDOWNS = ("age", "gender", "country", "city")


@dataclass(frozen=True)
class PostsPosition:
    """Where a collection of posts stands: the edge, Meta's cursor, and since when (Unix seconds)."""

    since: int | None
    edge: str = EDGES[0]
    after: str | None = None

    @classmethod
    def start(cls, since: datetime | None, cursor: str | None) -> PostsPosition:
        """The position of a cursor, or the first one."""
        return cls(**json.loads(cursor)) if cursor else cls(seconds(since))

    def params(self, fields: str) -> dict[str, str]:
        """Parameters of ``GET /{ig}/stories`` or ``/{ig}/media``."""
        params = {"fields": fields, "limit": str(POSTS_PER_PAGE)}
        if self.since is not None and self.edge != EDGES[0]:
            params["since"] = str(self.since)
        if self.after is not None:
            params["after"] = self.after
        return params

    def following(self, after: str | None) -> PostsPosition | None:
        """The next position: the edge's next page, the next edge, or None at the end."""
        if after is not None:
            return replace(self, after=after)
        return replace(self, edge=EDGES[1], after=None) if self.edge == EDGES[0] else None


@dataclass(frozen=True)
class MetricsPosition:
    """Where a collection of posts' numbers stands: a page of posts, and the last one that is done.

    `dead` are metrics that Meta refused, as "TYPE metric".
    """

    page: PostsPosition
    done: str | None = None
    dead: tuple[str, ...] = ()

    @classmethod
    def start(cls, since: datetime | None, cursor: str | None) -> MetricsPosition:
        """The position of a cursor, or the first one."""
        if cursor is None:
            return cls(PostsPosition(seconds(since)))
        stored = json.loads(cursor)
        return cls(PostsPosition(**stored["page"]), stored["done"], tuple(stored["dead"]))

    def metrics(self, product: str) -> tuple[str, ...]:
        """What to ask of a post of this type."""
        known = METRICS.get(product, FEED_METRICS)
        return tuple(metric for metric in known if f"{product} {metric}" not in self.dead)


@dataclass(frozen=True)
class DaysPosition:
    """Where a collection of an account's days stands: Unix seconds, and what is asked of them.

    First the series: a month at a time (group 0), then new followers of the last days (1). With `totals`,
    each day by itself: its numbers (0), and who came and went (1).
    """

    first: int
    day: int
    totals: bool = False
    group: int = 0

    @classmethod
    def start(cls, since: datetime | None, until: datetime, cursor: str | None) -> DaysPosition:
        """The position of a cursor, or the first of the days from `since` (None: 90 days back)."""
        if cursor is not None:
            return cls(**json.loads(cursor))
        oldest = until - KEPT + timedelta(days=1)
        first = midnight(max(since, oldest) if since else oldest)
        return cls(first, first)

    def params(self, until: datetime, metrics: Sequence[str]) -> dict[str, str]:
        """Parameters of ``GET /{ig}/insights``."""
        end = midnight(until) if self.metrics == NEWCOMERS else min(self.day + SLICE_S, end_of(until))
        end = self.day + DAY_S if self.totals else end
        params = {"metric": ",".join(metrics), "period": "day", "since": str(self.day), "until": str(end)}
        params["metric_type"] = "total_value" if self.totals else "time_series"
        return params | ({"breakdown": "follow_type"} if self.metrics == FOLLOWS else {})

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the position."""
        return ((TOTALS, FOLLOWS) if self.totals else (SERIES, NEWCOMERS))[self.group]

    def following(self, until: datetime) -> DaysPosition | None:
        """The next slice of the series, then day after day with both groups, to the end of `until`'s day."""
        if self.totals:
            if self.group == 0:
                return replace(self, group=1)
            return replace(self, day=self.day + DAY_S, group=0) if self.day + DAY_S < end_of(until) else None
        if self.group == 0:
            ahead, recent = self.day + SLICE_S, max(self.first, midnight(until - NEWCOMERS_KEPT))
            if ahead < end_of(until):
                return replace(self, day=ahead)
            if recent < midnight(until):
                return replace(self, day=recent, group=1)
        return replace(self, day=self.first, totals=True, group=0)


def seconds(moment: datetime | None) -> int | None:
    """Unix seconds, or None."""
    return int(moment.timestamp()) if moment else None


def demographics(breakdown: str) -> dict[str, str]:
    """Parameters of ``GET /{ig}/insights`` about who follows."""
    return {
        "metric": "follower_demographics",
        "period": "lifetime",
        "metric_type": "total_value",
        "breakdown": breakdown,
    }
