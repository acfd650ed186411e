"""What is asked of a Facebook Page, page by page: positions of a collection, and their parameters. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from platforms.meta.listing import after_of
from platforms.meta.positions import DAY_S, end_of, midnight

PAGE_FIELDS = "id,name,about,category,link,followers_count,fan_count"
POST_FIELDS = (
    "id,message,created_time,status_type,permalink_url,shares,"
    "attachments{media_type,type,url,unshimmed_url,title},"
    "reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
)
# Reels are in a list of their own, as videos.
REEL_FIELDS = (
    "id,post_id,description,created_time,permalink_url,views,"
    "likes.summary(total_count).limit(0),comments.summary(total_count).limit(0)"
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
# Lifetime metrics of a reel; some documents name others, and what Meta does not know is left out.
REEL_METRICS = (
    "blue_reels_play_count",
    "post_video_avg_time_watched",
    "post_video_view_time",
    "post_video_likes_by_reaction_type",
    "post_video_social_actions",
)
# Followers by country and city, as of the last days; page_fans_* are dead.
DEMOGRAPHICS = ("page_follows_country", "page_follows_city")
DEMOGRAPHIC_DAYS = timedelta(days=3)
POSTS_PER_PAGE = 100
REELS_PER_PAGE = 25
SLICE = timedelta(days=90)  # the longest span of one insights query
KEPT = timedelta(days=730)  # Meta keeps two years
# Slices share a day: a query's bounds are cut at the page's own midnight, which need not be UTC's.
OVERLAP = timedelta(days=1)


@dataclass(frozen=True)
class PostsPosition:
    """Where a collection of posts stands: first the page's posts, then its `reels`.

    `since` is in Unix seconds (None: all there are), `after` Meta's cursor; `limit` and `metrics`
    are what is still asked for after Meta refused more.
    """

    since: int | None
    after: str | None = None
    limit: int = POSTS_PER_PAGE
    metrics: tuple[str, ...] = POST_METRICS
    reels: bool = False

    @classmethod
    def start(cls, since: datetime | None, cursor: str | None) -> PostsPosition:
        """The position of a cursor, or the first one."""
        if cursor is None:
            return cls(int(since.timestamp()) if since else None)
        stored = json.loads(cursor)
        return cls(**{**stored, "metrics": tuple(stored["metrics"])})

    @property
    def edge(self) -> str:
        """The list it stands in."""
        return "video_reels" if self.reels else "published_posts"

    def params(self) -> dict[str, str]:
        """Parameters of ``GET /{page}/{edge}``."""
        fields = REEL_FIELDS if self.reels else POST_FIELDS
        if self.metrics and not self.reels:
            fields += f",insights.metric({','.join(self.metrics)}){{name,period,values}}"
        params = {"fields": fields, "limit": str(self.limit)}
        if self.since is not None:
            params["since"] = str(self.since)
        if self.after is not None:
            params["after"] = self.after
        return params

    def following(self, document: dict[str, Any]) -> PostsPosition | None:
        """The next position. A page may be short or empty and still have a next one."""
        after = after_of(document)
        if after:
            return replace(self, after=after)
        return None if self.reels else replace(self, after=None, limit=POSTS_PER_PAGE, reels=True)


@dataclass(frozen=True)
class ReelsPosition:
    """Where a collection of the reels' metrics stands: a page of the list, and how many of it are `done`."""

    since: int | None
    after: str | None = None
    done: int = 0
    metrics: tuple[str, ...] = REEL_METRICS

    @classmethod
    def start(cls, since: datetime | None, cursor: str | None) -> ReelsPosition:
        """The position of a cursor, or the first one."""
        if cursor is None:
            return cls(int(since.timestamp()) if since else None)
        stored = json.loads(cursor)
        return cls(**{**stored, "metrics": tuple(stored["metrics"])})

    def params(self) -> dict[str, str]:
        """Parameters of ``GET /{page}/video_reels``."""
        params = {"fields": "id", "limit": str(REELS_PER_PAGE)}
        if self.since is not None:
            params["since"] = str(self.since)
        if self.after is not None:
            params["after"] = self.after
        return params

    def metric_params(self, metrics: Sequence[str]) -> dict[str, str]:
        """Parameters of ``GET /{video}/video_insights``."""
        return {"metric": ",".join(metrics), "period": "lifetime"}

    def following(self, document: dict[str, Any]) -> ReelsPosition | None:
        """The start of the next page of reels, or None after the last."""
        after = after_of(document)
        return replace(self, after=after, done=0) if after else None


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

    def params(self, metrics: Sequence[str]) -> dict[str, str]:
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


def demographics_params(metric: str, until: datetime) -> dict[str, str]:
    """Parameters of ``GET /{page}/insights`` for a breakdown of the followers as of the last days."""
    since = int((until - DEMOGRAPHIC_DAYS).timestamp())
    return {"metric": metric, "period": "day", "since": str(since), "until": str(int(until.timestamp()))}
