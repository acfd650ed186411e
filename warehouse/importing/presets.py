"""The exports of the networks' own tools: by which headers they are known, and what their columns mean.

The headers are those of the English exports, in all the variants that were seen. A column that is named
here twice (the title and the description of a post) is taken from the first that has something in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from warehouse.importing.columns import COLUMNS, Kind, normal
from warehouse.importing.moments import Order

PACIFIC: Final = "America/Los_Angeles"


@dataclass(frozen=True)
class Preset:
    """How one kind of export is read.

    `known_by` are headers that all have to be there, each in one of its spellings. `columns` are the headers
    of a canonical column, best first. `network` is where the posts are, None where the file says it. `zone`
    is the clock of its times, None: the account's own. `ids` find a post's id within an address.
    `without` is what to say where a needed column is not part of the export. `total` begins a row of sums.
    """

    key: str
    label: str
    kind: Kind
    network: str | None
    known_by: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]]
    order: Order = Order.MONTH_FIRST
    zone: str | None = None
    ids: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    usual_kind: str | None = None
    total: str | None = None
    refused: str | None = None


_FACEBOOK: Final = Preset(
    "meta_facebook",
    "Meta Business Suite: Facebook content",
    Kind.POSTS,
    "facebook",
    (("Post ID", "Video asset ID"), ("Page name", "Page ID"), ("Publish time",)),
    {
        "account": ("Page name",),
        "account_id": ("Page ID",),
        "post_id": ("Post ID", "Video asset ID"),
        "published_at": ("Publish time",),
        "kind": ("Post type",),
        "text": ("Title", "Description"),
        "permalink": ("Permalink",),
        "impressions": ("Views", "Impressions"),
        "reach": ("Reach",),
        "reactions": ("Reactions",),
        "comments": ("Comments",),
        "shares": ("Shares",),
        "clicks": ("Total clicks",),
    },
    zone=PACIFIC,
    kinds={
        "photos": "photo", "photo": "photo", "videos": "video", "video": "video", "reels": "video",
        "reel": "video", "live": "video", "links": "link", "link": "link", "text": "status",
        "status": "status", "stories": "story", "story": "story", "shared": "link", "other": "status",
    },
)  # fmt: skip
_INSTAGRAM: Final = Preset(
    "meta_instagram",
    "Meta Business Suite: Instagram content",
    Kind.POSTS,
    "instagram",
    (("Post ID",), ("Account username", "Account ID"), ("Publish time",)),
    {
        "account": ("Account username", "Account name"),
        "account_id": ("Account ID",),
        "post_id": ("Post ID",),
        "published_at": ("Publish time",),
        "kind": ("Post type",),
        "text": ("Description",),
        "permalink": ("Permalink",),
        "impressions": ("Views", "Impressions"),
        "reach": ("Reach",),
        "reactions": ("Likes",),
        "comments": ("Comments", "Replies"),
        "shares": ("Shares",),
        "saves": ("Saves",),
    },
    zone=PACIFIC,
    kinds={
        "ig image": "photo", "ig carousel": "carousel", "ig reel": "video", "ig video": "video",
        "ig story": "story", "ig live": "video", "photo": "photo", "carousel": "carousel",
        "reel": "video", "video": "video", "story": "story",
    },
    usual_kind="photo",
)  # fmt: skip
_X: Final = Preset(
    "x",
    "X analytics: content",
    Kind.POSTS,
    "x",
    (("Post id",), ("Post text", "Post Link"), ("Date",)),
    {
        "post_id": ("Post id",),
        "published_at": ("Date",),
        "text": ("Post text",),
        "permalink": ("Post Link",),
        "impressions": ("Impressions",),
        "reactions": ("Likes",),
        "comments": ("Replies",),
        "shares": ("Reposts",),
        "saves": ("Bookmarks",),
        "clicks": ("URL Clicks",),
    },
)
_TWITTER: Final = Preset(
    "twitter",
    "Twitter analytics (before X): Tweets",
    Kind.POSTS,
    "x",
    (("Tweet id",), ("time",), ("impressions",)),
    {
        "post_id": ("Tweet id",),
        "published_at": ("time",),
        "text": ("Tweet text",),
        "permalink": ("Tweet permalink",),
        "impressions": ("impressions",),
        "reactions": ("likes", "favorites"),
        "comments": ("replies",),
        "shares": ("retweets",),
        "saves": ("bookmarks",),
        "clicks": ("url clicks",),
    },
    zone="UTC",
)
_LINKEDIN: Final = Preset(
    "linkedin",
    "LinkedIn Page: all posts",
    Kind.POSTS,
    "linkedin",
    (("Post link", "Update link"), ("Created date",), ("Impressions",)),
    {
        "post_id": ("Post link", "Update link"),
        "published_at": ("Created date",),
        "kind": ("Content Type",),
        "text": ("Post title", "Update title"),
        "permalink": ("Post link", "Update link"),
        "impressions": ("Impressions",),
        "reactions": ("Likes", "Reactions"),
        "comments": ("Comments",),
        "shares": ("Reposts", "Shares"),
        "clicks": ("Clicks",),
    },
    zone="UTC",
    ids=r"(urn:li:(?:activity|share|ugcPost):\d+)",
    kinds={
        "image": "photo", "photo": "photo", "multi-image": "carousel", "multi photo": "carousel",
        "carousel": "carousel", "video": "video", "document": "document", "article": "link", "link": "link",
        "text": "status", "poll": "status", "event": "status", "job": "link", "celebration": "status",
    },
)  # fmt: skip
_YOUTUBE: Final = Preset(
    "youtube",
    "YouTube Studio: content",
    Kind.POSTS,
    "youtube",
    (("Content", "Video"), ("Video title",), ("Video publish time",)),
    {
        "post_id": ("Content", "Video"),
        "published_at": ("Video publish time",),
        "text": ("Video title",),
        "impressions": ("Views",),  # its "Impressions" count the thumbnail, not the video
        "reactions": ("Likes",),
        "comments": ("Comments added", "Comments"),
        "shares": ("Shares",),
    },
    zone=PACIFIC,
    usual_kind="video",
    total="Total",
)
_TIKTOK: Final = Preset(
    "tiktok",
    "TikTok Studio: content",
    Kind.POSTS,
    "tiktok",
    (("Video link",), ("Post time", "Video publish time"), ("Total views", "Video views")),
    {
        "post_id": ("Video link",),
        "published_at": ("Post time", "Video publish time"),
        "text": ("Video title",),
        "permalink": ("Video link",),
        "impressions": ("Total views", "Video views"),
        "reach": ("Reach",),
        "reactions": ("Total likes", "Likes"),
        "comments": ("Total comments", "Comments"),
        "shares": ("Total shares", "Shares"),
        "saves": ("Add to favorites", "Favorites", "Saves"),
    },
    ids=r"/(?:video|photo)/(\d+)",
    usual_kind="video",
)
_TIKTOK_FOLLOWERS: Final = Preset(
    "tiktok_followers",
    "TikTok Studio: follower history",
    Kind.FOLLOWERS,
    "tiktok",
    (("Date",), ("Followers",), ("Difference in followers from previous day",)),
    {"date": ("Date",), "followers": ("Followers",)},
)
_PINTEREST: Final = Preset(
    "pinterest",
    "Pinterest analytics: top Pins",
    Kind.POSTS,
    "pinterest",
    (
        ("Pin ID", "Pinterest Link", "Pin Link", "Pin URL"),
        ("Created date", "Pin created at", "Publish date", "Published", "Date published", "published_at"),
        ("Impressions", "Saves", "Pin clicks", "Outbound clicks"),
    ),
    {
        "account": ("Pin Board Owner Username",),
        "post_id": ("Pin ID", "Pinterest Link", "Pin Link", "Pin URL"),
        "published_at": (
            "Created date", "Pin created at", "Publish date", "Published", "Date published", "published_at",
        ),
        "kind": ("Content Type", "Format", "Pin Media Type"),
        "text": ("Title", "Pin title", "Pin Description", "Description"),
        "link": ("Destination URL", "Pin External Link"),
        "permalink": ("Pinterest Link", "Pin Link", "Pin URL"),
        "impressions": ("Impressions",),
        "comments": ("Comments",),
        "saves": ("Saves",),
        "clicks": ("Outbound clicks",),
    },
    zone="UTC",
    ids=r"/pin/(\d+)",
    kinds={
        "image": "photo", "standard": "photo", "organic": "photo", "video": "video", "carousel": "carousel",
        "idea": "story",
    },
    usual_kind="photo",
)  # fmt: skip
_LINKEDIN_FOLLOWERS: Final = Preset(
    "linkedin_followers",
    "LinkedIn Page: new followers",
    Kind.FOLLOWERS,
    "linkedin",
    (("Date",), ("Sponsored followers",), ("Organic followers",)),
    {},
    refused="LinkedIn tells here how many new followers each day brought, also under “Total followers”, and "
    "not how many there were. What is no count of followers is not imported as one.",
)
_X_OVERVIEW: Final = Preset(
    "x_overview",
    "X analytics: account overview",
    Kind.FOLLOWERS,
    "x",
    (("Date",), ("New follows",), ("Unfollows",)),
    {},
    refused="X tells here how many followed and left on each day, and not how many followers there were. "
    "What is no count of followers is not imported as one.",
)
_PINTEREST_UNDATED: Final = Preset(
    "pinterest_undated",
    "Pinterest analytics: overview",
    Kind.POSTS,
    "pinterest",
    (("Pin ID", "Pinterest Link", "Pin Link", "Pin URL"), ("Impressions", "Saves", "Outbound clicks")),
    {},
    refused="Pinterest does not tell in this export when a Pin appeared. Add a column published_at with the "
    "day of each Pin, or connect the account: AllIN then fetches its Pins with their days.",
)


def canonical(kind: Kind) -> Preset:
    """The preset of files with AllIN's own columns: known by the needed ones."""
    columns = COLUMNS[kind]
    return Preset(
        "canonical",
        "AllIN's own columns",
        kind,
        None,
        tuple((one.name, *one.also) for one in columns if one.needed),
        {one.name: (one.name, *one.also) for one in columns},
        order=Order.ASK,
    )


# The first that fits is taken: one that is more particular stands before one that asks for less.
PRESETS: Final = (
    canonical(Kind.POSTS), canonical(Kind.FOLLOWERS), _INSTAGRAM, _FACEBOOK, _X, _TWITTER, _LINKEDIN,
    _YOUTUBE, _TIKTOK, _TIKTOK_FOLLOWERS, _PINTEREST, _LINKEDIN_FOLLOWERS, _X_OVERVIEW, _PINTEREST_UNDATED,
)  # fmt: skip


def recognised(header: Sequence[str]) -> Preset | None:
    """The preset whose export has this header; None where none is known."""
    there = {normal(cell) for cell in header}
    return next((one for one in PRESETS if _fits(one, there)), None)


def of_key(key: str, kind: Kind) -> Preset:
    """The preset of this key. Raises KeyError."""
    return canonical(kind) if key == "canonical" else {one.key: one for one in PRESETS}[key]


def _fits(preset: Preset, there: set[str]) -> bool:
    return all(any(normal(spelling) in there for spelling in spellings) for spellings in preset.known_by)
