"""What is asked of a Threads profile, call by call: positions of a collection, and their parameters. Pure.

Source: developers.facebook.com, Threads API "Insights", "Retrieve Threads media objects".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from platforms.meta.positions import DAY_S, end_of, midnight

PROFILE_FIELDS = "id,username,name,threads_biography,is_verified"
POST_FIELDS = (
    "id,media_product_type,media_type,permalink,username,text,timestamp,shortcode,is_quote_post,has_replies,"
    "link_attachment_url,topic_tag"
)
REPLY_FIELDS = f"{POST_FIELDS},is_reply,is_reply_owned_by_me,root_post,replied_to"
POSTS_PER_PAGE = 100
EDGES = ("threads", "replies")  # the parts of a thread after the first are replies

POST_METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
SERIES = ("views",)
TOTALS = ("likes", "replies", "reposts", "quotes", "clicks")
FOLLOWERS = {"metric": "followers_count"}
BREAKDOWNS = ("country", "city", "age", "gender")
EARLIEST = 1_712_991_600  # Threads refuses dates before (2024-04-13)
SLICE_S = 90 * DAY_S
TOTALS_KEPT = timedelta(days=90)  # ours: each day is a call of its own


@dataclass(frozen=True)
class PostsPosition:
    """Where a collection of posts stands: the edge, Meta's cursor, and since when (Unix seconds)."""

    since: int | None
    edge: str = EDGES[0]
    after: str | None = None

    @classmethod
    def start(cls, since: datetime | None, cursor: str | None) -> PostsPosition:
        """The position of a cursor, or the first one."""
        return cls(**json.loads(cursor)) if cursor else cls(int(since.timestamp()) if since else None)

    def params(self, fields: str | None = None) -> dict[str, str]:
        """Parameters of ``GET /me/threads`` or ``/me/replies``."""
        wanted = fields or (POST_FIELDS if self.edge == EDGES[0] else REPLY_FIELDS)
        params = {"fields": wanted, "limit": str(POSTS_PER_PAGE)}
        if self.since is not None:
            params["since"] = str(max(self.since, EARLIEST))
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
    """Where a collection of posts' numbers stands: a page of posts, the last one done, and dead metrics."""

    page: PostsPosition
    done: str | None = None
    dead: tuple[str, ...] = ()

    @classmethod
    def start(cls, since: datetime | None, cursor: str | None) -> MetricsPosition:
        """The position of a cursor, or the first one."""
        if cursor is None:
            return cls(PostsPosition.start(since, None))
        stored = json.loads(cursor)
        return cls(PostsPosition(**stored["page"]), stored["done"], tuple(stored["dead"]))


@dataclass(frozen=True)
class DaysPosition:
    """Where a collection of a profile's days stands (Unix seconds): the series of views, then day by day."""

    first: int
    day: int
    totals: bool = False

    @classmethod
    def start(cls, since: datetime | None, until: datetime, cursor: str | None) -> DaysPosition:
        """The position of a cursor, or the first of the days from `since` (None: all there are)."""
        if cursor is not None:
            return cls(**json.loads(cursor))
        first = max(midnight(since) if since else 0, midnight(datetime.fromtimestamp(EARLIEST, UTC)) + DAY_S)
        first = min(first, midnight(until))
        return cls(first, first)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the position."""
        return TOTALS if self.totals else SERIES

    def params(self, until: datetime, metrics: Sequence[str]) -> dict[str, str]:
        """Parameters of ``GET /me/threads_insights``."""
        end = self.day + DAY_S if self.totals else min(self.day + SLICE_S, end_of(until))
        return {"metric": ",".join(metrics), "since": str(self.day), "until": str(end)}

    def following(self, until: datetime) -> DaysPosition | None:
        """The next slice of the series, then each day by itself, to the end of `until`'s day."""
        end = end_of(until)
        if self.totals:
            return replace(self, day=self.day + DAY_S) if self.day + DAY_S < end else None
        if self.day + SLICE_S < end:
            return replace(self, day=self.day + SLICE_S)
        oldest = midnight(until - TOTALS_KEPT + timedelta(days=1))
        return replace(self, day=max(self.first, oldest), totals=True)
