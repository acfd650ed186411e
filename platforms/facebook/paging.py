"""What is asked of a Facebook Page, page by page: positions of a collection, and their parameters. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

PAGE_FIELDS = "id,name,about,category,link,followers_count,fan_count"
POST_FIELDS = (
    "id,message,created_time,status_type,permalink_url,shares,"
    "attachments{media_type,type,url,unshimmed_url,title},"
    "reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
)
# Lifetime metrics of a post and daily ones of a page that are alive in v26.0. Meta retires some every
# year (all *_impressions* and page_fans* are gone), and one dead name refuses the whole call.
POST_METRICS = (
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks",
    "post_reactions_by_type_total",
    "post_activity_by_action_type",
    "post_video_views",
)
PAGE_METRIC_GROUPS = (
    ("page_media_view", "page_total_media_view_unique"),
    ("page_follows", "page_daily_follows_unique", "page_daily_unfollows_unique"),
    ("page_post_engagements", "page_views_total", "page_total_actions"),
)
POSTS_PER_PAGE = 100
SLICE = timedelta(days=90)  # the longest span of one insights query
KEPT = timedelta(days=730)  # Meta keeps two years
# Slices share a day: a query's bounds are cut at the page's own midnight, which need not be UTC's.
OVERLAP = timedelta(days=1)
DAY_S = 86_400


@dataclass(frozen=True)
class PostsPosition:
    """Where a collection of posts stands.

    `since` is in Unix seconds (None: all there are), `after` Meta's cursor; `limit` and `metrics`
    are what is still asked for after Meta refused more.
    """

    since: int | None
    after: str | None = None
    limit: int = POSTS_PER_PAGE
    metrics: tuple[str, ...] = POST_METRICS

    @classmethod
    def start(cls, since: datetime | None, cursor: str | None) -> PostsPosition:
        """The position of a cursor, or the first one."""
        if cursor is None:
            return cls(int(since.timestamp()) if since else None)
        stored = json.loads(cursor)
        return cls(**{**stored, "metrics": tuple(stored["metrics"])})

    def params(self) -> dict[str, str]:
        """Parameters of ``GET /{page}/published_posts``."""
        fields = POST_FIELDS
        if self.metrics:
            fields += f",insights.metric({','.join(self.metrics)}){{name,period,values}}"
        params = {"fields": fields, "limit": str(self.limit)}
        if self.since is not None:
            params["since"] = str(self.since)
        if self.after is not None:
            params["after"] = self.after
        return params

    def following(self, document: dict[str, Any]) -> PostsPosition | None:
        """The next position. A page may be short or empty and still have a next one."""
        paging = document.get("paging") or {}
        after = (paging.get("cursors") or {}).get("after")
        return replace(self, after=after) if paging.get("next") and after else None


@dataclass(frozen=True)
class SeriesPosition:
    """Where a collection of daily series stands: a slice (Unix seconds), and the group asked in it."""

    since: int
    until: int
    group: int = 0

    @classmethod
    def start(cls, since: datetime | None, until: datetime, cursor: str | None) -> SeriesPosition:
        """The position of a cursor, or the first slice of the days from `since` (None: two years back)."""
        if cursor is not None:
            return cls(**json.loads(cursor))
        oldest = until - KEPT + OVERLAP
        first = midnight(max(since, oldest) if since else oldest)
        return cls._slice(min(first, end_of(until) - DAY_S), until)

    @classmethod
    def _slice(cls, since: int, until: datetime) -> SeriesPosition:
        return cls(since, min(since + int(SLICE.total_seconds()), end_of(until)))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the position's group."""
        return PAGE_METRIC_GROUPS[self.group]

    def params(self, metrics: tuple[str, ...]) -> dict[str, str]:
        """Parameters of ``GET /{page}/insights``."""
        return {
            "metric": ",".join(metrics),
            "period": "day",
            "since": str(self.since),
            "until": str(self.until),
        }

    def following(self, until: datetime) -> SeriesPosition | None:
        """The next group of the slice, or the first of the next slice, up to the end of `until`'s day."""
        if self.group + 1 < len(PAGE_METRIC_GROUPS):
            return replace(self, group=self.group + 1)
        if self.until >= end_of(until):
            return None
        return self._slice(self.until - int(OVERLAP.total_seconds()), until)


Position = PostsPosition | SeriesPosition


def as_cursor(position: Position | None) -> str | None:
    """A position as the text to keep; its class' `start` reads it again."""
    return json.dumps(asdict(position)) if position else None


def midnight(moment: datetime) -> int:
    """The start of the UTC day, in Unix seconds."""
    return int(datetime.combine(moment.astimezone(UTC).date(), time(), UTC).timestamp())


def end_of(moment: datetime) -> int:
    """The end of the UTC day, in Unix seconds."""
    return midnight(moment) + DAY_S
