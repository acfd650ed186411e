"""Accounts and media as Graph objects: only the fields asked for, and only what is known."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox import objects
from sandbox.facebook.errors import GraphError
from sandbox.facebook.fields import parse_fields
from sandbox.facebook.times import graph_time
from sandbox.model import Account, Counts, Kind, Post
from sandbox.services import Services

NETWORK = "instagram"
STORY_LIVES = timedelta(hours=24)
_PRODUCTS: dict[Kind, str] = {"reel": "REELS", "story": "STORY"}
_TYPES: dict[Kind, str] = {"photo": "IMAGE", "album": "CAROUSEL_ALBUM", "reel": "VIDEO", "video": "VIDEO"}
_PATHS: dict[Kind, str] = {"reel": "reel", "story": "stories"}

# Fields of Graph v26's IGMediaForIGOnlyAPI and IGMedia, IGUserForIGOnlyAPI and IGUser.
MEDIA_FIELDS = frozenset(
    {
        *("alt_text", "caption", "comments_count", "current_live_viewer_count", "id", "is_ai_generated"),
        *("is_comment_enabled", "is_shared_to_feed", "like_count", "media_product_type", "media_type"),
        *("media_url", "owner", "permalink", "shortcode", "thumbnail_url", "timestamp", "username"),
    }
)
FACEBOOK_MEDIA_FIELDS = MEDIA_FIELDS | {
    *("audio_id", "boost_eligibility_info", "copyright_check_information", "has_poll", "has_slider", "ig_id"),
    *("legacy_instagram_media_id", "media_audio_type", "reposts_count", "saved_count", "shares_count"),
    *("total_comments_count", "total_like_count", "total_views_count", "video_title", "view_count"),
}
USER_FIELDS = frozenset(
    {
        *("account_type", "biography", "followers_count", "follows_count", "id", "media_count", "name"),
        *("profile_picture_url", "user_id", "username", "website"),
    }
)
FACEBOOK_USER_FIELDS = (USER_FIELDS - {"account_type", "user_id"}) | {
    *("has_profile_pic", "ig_id", "is_published", "legacy_instagram_user_id", "owner_business"),
    "shopping_product_tag_eligibility",
}


def product_of(post: Post) -> str:
    """FEED, REELS or STORY."""
    return _PRODUCTS.get(post.kind, "FEED")


def shown(services: Services, account: Account, now: datetime, *, stories: bool) -> list[Post]:
    """Media of the account, oldest first, without stories; or the stories that are still there."""
    posts = services.timeline.posts(account, now)
    if stories:
        return [post for post in posts if post.kind == "story" and now - post.created_at < STORY_LIVES]
    return [post for post in posts if post.kind != "story"]


def user(
    services: Services, account: Account, now: datetime, fields: str | None, *, by_page: bool
) -> dict[str, Any]:
    """An account. Raises GraphError 100 and 2500."""
    known = FACEBOOK_USER_FIELDS if by_page else USER_FIELDS
    values: dict[str, Any] = {
        "id": account.id if by_page else f"9{account.id[1:]}",
        "user_id": account.id,
        "account_type": "BUSINESS",
        "username": account.username,
        "name": account.name,
        "biography": account.about,
        "website": account.website,
        "followers_count": services.timeline.followers(account, now),
        "follows_count": 214,
        "media_count": len(shown(services, account, now, stories=False)),
        "is_published": True,
        "has_profile_pic": True,
    }
    return _chosen(fields or "id", known, "IGUser", values)


def media(
    services: Services,
    account: Account,
    posts: Iterable[Post],
    now: datetime,
    fields: str | None,
    *,
    by_page: bool,
) -> list[dict[str, Any]]:
    """Media with the fields asked for. Raises GraphError 100 and 2500."""
    known = FACEBOOK_MEDIA_FIELDS if by_page else MEDIA_FIELDS
    found = []
    for post in posts:
        values = _values(services, account, post, services.timeline.counts(post, now))
        found.append(_chosen(fields or "id", known, "IGMedia", values))
    if not found:
        _chosen(fields or "id", known, "IGMedia", {})
    return found


def _values(services: Services, account: Account, post: Post, counts: Counts) -> dict[str, Any]:
    code = base64.urlsafe_b64encode(int(post.id).to_bytes(9)).decode()
    thing = objects.get(services, NETWORK, "media", post.id)
    return {
        "id": post.id,
        "ig_id": post.id[-18:],
        "caption": post.text or None,
        "media_type": thing.data["type"] if thing else _TYPES.get(post.kind, "IMAGE"),
        "media_product_type": product_of(post),
        "permalink": f"https://www.instagram.com/{_PATHS.get(post.kind, 'p')}/{code}/",
        "shortcode": code,
        "timestamp": graph_time(post.created_at),
        "username": account.username,
        "owner": {"id": account.id},
        "is_comment_enabled": True,
        "like_count": counts.reacted,
        "comments_count": counts.comments,
        "view_count": counts.views,
        "total_views_count": counts.views,
        "total_like_count": counts.reacted,
        "total_comments_count": counts.comments,
        "saved_count": counts.bookmarks,
        "shares_count": counts.shares,
        "reposts_count": counts.quotes,
    }


def _chosen(fields: str, known: Iterable[str], node: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields asked for; the id comes with them, as on the network."""
    found: dict[str, Any] = {}
    for asked in parse_fields(fields):
        if asked.name not in known:
            raise GraphError(
                100, f"(#100) Tried accessing nonexisting field ({asked.name}) on node type ({node})"
            )
        if values.get(asked.name) is not None:
            found[asked.key] = values[asked.name]
    return {**found, **({"id": values["id"]} if "id" in values else {})}
