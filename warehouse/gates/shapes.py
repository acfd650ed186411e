"""Where things stand in the networks' answers, as data: just enough to know a batch is whole and its own.

A place is a path of keys (``data.user.follower_count``; a number is a position in a list). Where a network
has several names for one thing, ``|`` parts them and the first that is there counts. Sources: the
``collect.py`` of each network in `platforms`, which asks for these answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypedDict

from platforms.contract import Entity


class Kind(StrEnum):
    """What span the figures of an answer cover; decides what may happen to them from look to look."""

    LIFETIME = "lifetime"  # counters of posts
    DAY = "day"  # a figure for each day
    NOW = "now"  # counters of the account itself


class Form(StrEnum):
    """How an answer lists its figures."""

    ITEMS = "items"  # a list of things, each with its own counters
    INSIGHTS = "insights"  # Meta's list of metrics, each with its values
    TABLE = "table"  # YouTube Analytics' columns and rows


@dataclass(frozen=True)
class Shape:
    """The answers to one kind of request.

    `path` matches the request's path. `items` is the place of the list (empty: the answer itself); below an
    item stand `id`, `stamp` (its moment: published, or the day), `owner` (the account it belongs to, where
    the network says so), `counters` and `groups` (objects all of whose numbers count). `asked` is where the
    request carries its cursor and `following` where the answer names the next one (without a place: the
    number of items so far), if there is something at `more`; `ends`: an answer that names none is the last.
    `whole`: everything between the oldest and the newest item is listed.
    """

    path: str
    kind: Kind
    form: Form = Form.ITEMS
    items: str = ""
    id: str = "id"
    stamp: str = ""
    owner: str = ""
    owner_of: str = "{}"  # what the owner's id is called in the registry
    counters: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    asked: str = ""
    following: str = ""
    more: str = ""
    ends: bool = False
    whole: bool = False
    skipped: str = ""  # an item with something here is not the account's own
    final: tuple[str, str] = ("", "")  # only items with this value here are compared

    def fits(self, path: str) -> bool:
        """Whether an answer to this path has the shape."""
        return re.fullmatch(self.path, path) is not None


class _Cursors(TypedDict):
    """The way from page to page."""

    asked: str
    following: str
    more: str
    ends: bool


_META: Final[_Cursors] = {
    "asked": "params.after",
    "following": "paging.cursors.after",
    "more": "paging.next",
    "ends": True,
}
_GRAPH_COUNTS: Final = {
    "reactions": "reactions.summary.total_count",
    "comments": "comments.summary.total_count",
}
_INSIGHTS: Final = {
    Entity.POST_METRICS: (Shape(r".+/(video_)?insights", Kind.LIFETIME, Form.INSIGHTS),),
    Entity.ACCOUNT_METRICS: (Shape(r".+/(threads_)?insights", Kind.DAY, Form.INSIGHTS),),
}

FACEBOOK: Final = {
    Entity.ACCOUNT: (Shape(r"[^/]+", Kind.NOW, owner="id", counters={"followers": "followers_count"}),),
    Entity.POSTS: (
        Shape(
            r".+/published_posts", Kind.LIFETIME, items="data", stamp="created_time", owner="id",
            owner_of="{}_*", counters={**_GRAPH_COUNTS, "shares": "shares.count"}, groups=("insights.data",),
            whole=True, **_META,
        ),
        Shape(
            r".+/video_reels", Kind.LIFETIME, items="data", stamp="created_time",
            counters={"views": "views", "likes": "likes.summary.total_count",
                      "comments": "comments.summary.total_count"}, whole=True, **_META,
        ),
    ),
    **_INSIGHTS,
}  # fmt: skip
INSTAGRAM: Final = {
    Entity.ACCOUNT: (Shape(r"[^/]+", Kind.NOW, counters={"followers": "followers_count"}),),
    Entity.POSTS: tuple(
        Shape(
            rf".+/{edge}", Kind.LIFETIME, items="data", stamp="timestamp", whole=edge == "media",
            counters={name: name for name in (
                "like_count", "comments_count", "view_count", "reposts_count", "saved_count", "shares_count"
            )}, **_META,
        )
        for edge in ("media", "stories")  # stories are gone after a day
    ),
    **_INSIGHTS,
}  # fmt: skip
THREADS: Final = {
    Entity.ACCOUNT: (
        Shape("me", Kind.NOW, owner="id"),
        Shape("me/threads_insights", Kind.NOW, Form.INSIGHTS),
    ),
    Entity.POSTS: (
        Shape("me/(threads|replies)", Kind.LIFETIME, items="data", stamp="timestamp", whole=True, **_META),
    ),
    **_INSIGHTS,
}
X: Final = {
    Entity.ACCOUNT: (Shape(".+", Kind.NOW, items="data", owner="id", groups=("public_metrics",)),),
    Entity.POSTS: (
        Shape(
            ".+", Kind.LIFETIME, items="data", stamp="created_at", owner="author_id", whole=True,
            # X answers in either of two families of names.
            counters={
                "reposts": "public_metrics.repost_count|public_metrics.retweet_count",
                **{name: f"public_metrics.{name}" for name in (
                    "quote_count", "reply_count", "like_count", "bookmark_count", "impression_count"
                )},
                "url_link_clicks": "non_public_metrics.url_link_clicks",
            },
            asked="params.pagination_token", following="meta.next_token", ends=True,
        ),
    ),
    Entity.POST_METRICS: (
        Shape(".+", Kind.LIFETIME, items="data", groups=("timestamped_metrics.0.metrics",)),
    ),
}  # fmt: skip
LINKEDIN: Final = {
    Entity.ACCOUNT: (
        Shape("rest/organizations/.+", Kind.NOW, owner="id", owner_of="urn:li:organization:{}"),
        Shape("rest/networkSizes/.+", Kind.NOW, counters={"followers": "firstDegreeSize"}),
    ),
    Entity.POSTS: (
        Shape(
            ".+", Kind.LIFETIME, items="elements", stamp="publishedAt|createdAt", owner="author", whole=True,
            asked="params.start", more="paging.links", ends=True,
        ),
    ),
    Entity.POST_METRICS: (
        Shape(
            ".+", Kind.LIFETIME, items="elements", id="share|ugcPost", owner="organizationalEntity",
            groups=("totalShareStatistics",),
        ),
    ),
    Entity.ACCOUNT_METRICS: (
        Shape(
            ".+", Kind.DAY, items="elements", id="timeRange.start", stamp="timeRange.start",
            owner="organizationalEntity|organization",
            groups=("totalShareStatistics", "followerGains", "totalPageStatistics.views.allPageViews"),
        ),
    ),
}  # fmt: skip
TIKTOK: Final = {
    Entity.ACCOUNT: (
        Shape(".+", Kind.NOW, items="data.user", owner="open_id", counters={"followers": "follower_count"}),
    ),
    Entity.POSTS: (
        Shape(
            ".+", Kind.LIFETIME, items="data.videos", stamp="create_time", whole=True,
            counters={name: name for name in ("view_count", "like_count", "comment_count", "share_count")},
            asked="body.cursor", following="data.cursor", more="data.has_more", ends=True,
        ),
    ),
}  # fmt: skip
YOUTUBE: Final = {
    Entity.ACCOUNT: (
        Shape(
            ".+", Kind.NOW, items="items", owner="id", counters={"followers": "statistics.subscriberCount"}
        ),
    ),
    Entity.POSTS: (
        Shape(
            ".+/videos", Kind.LIFETIME, items="items", stamp="snippet.publishedAt", owner="snippet.channelId",
            counters={name: f"statistics.{name}" for name in ("viewCount", "likeCount", "commentCount")},
            whole=True,
        ),
    ),
    Entity.POST_METRICS: (Shape(".+/reports", Kind.LIFETIME, Form.TABLE),),
    Entity.ACCOUNT_METRICS: (Shape(".+/reports", Kind.DAY, Form.TABLE),),
}  # fmt: skip
PINTEREST: Final = {
    Entity.ACCOUNT: (Shape(".+", Kind.NOW, counters={"followers": "follower_count"}),),
    Entity.POSTS: (
        Shape(
            ".+", Kind.LIFETIME, items="items", stamp="created_at", groups=("pin_metrics.lifetime_metrics",),
            asked="params.bookmark", following="bookmark", ends=True, whole=True,
        ),
    ),
    Entity.ACCOUNT_METRICS: (
        Shape(
            ".+", Kind.DAY, items="all.daily_metrics", id="date", stamp="date", groups=("metrics",),
            final=("data_status", "READY"),
        ),
    ),
}  # fmt: skip
BLUESKY: Final = {
    Entity.ACCOUNT: (Shape(".+", Kind.NOW, owner="did", counters={"followers": "followersCount"}),),
    Entity.POSTS: (
        Shape(
            ".+", Kind.LIFETIME, items="feed", id="post.uri", stamp="post.record.createdAt",
            owner="post.author.did", skipped="reason", whole=True,
            counters={name: f"post.{name}" for name in (
                "likeCount", "repostCount", "replyCount", "quoteCount", "bookmarkCount"
            )},
            asked="params.cursor", following="cursor", ends=True,
        ),
    ),
}  # fmt: skip
MASTODON: Final = {
    Entity.ACCOUNT: (Shape(".+", Kind.NOW, owner="id", counters={"followers": "followers_count"}),),
    Entity.POSTS: (
        Shape(
            ".+", Kind.LIFETIME, items=".", stamp="created_at", owner="account.id", skipped="reblog",
            whole=True,
            counters={name: name for name in (
                "favourites_count", "reblogs_count", "replies_count", "quotes_count"
            )},
            # The way on stands in a header; it names the last post of the page.
            asked="params.max_id", following="-1.id",
        ),
    ),
}  # fmt: skip

SHAPES: Final[Mapping[str, Mapping[Entity, tuple[Shape, ...]]]] = {
    "facebook": FACEBOOK,
    "instagram": INSTAGRAM,
    "threads": THREADS,
    "x": X,
    "linkedin": LINKEDIN,
    "tiktok": TIKTOK,
    "youtube": YOUTUBE,
    "pinterest": PINTEREST,
    "bluesky": BLUESKY,
    "mastodon": MASTODON,
}


def shape_of(network: str, entity: str, path: str) -> Shape | None:
    """The shape of an answer; None where nothing of it is read."""
    if network not in SHAPES:  # what people imported: each of its cells was checked before it landed
        return None
    shapes = SHAPES[network].get(Entity(entity), ())
    return next((shape for shape in shapes if shape.fits(path)), None)
