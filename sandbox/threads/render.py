"""Profiles and posts as Threads shows them: only the fields asked for, and only what is known."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sandbox.facebook.errors import GraphError
from sandbox.facebook.fields import parse_fields
from sandbox.facebook.times import graph_time
from sandbox.model import Account, Kind, Post
from sandbox.services import Services
from sandbox.threads.call import NETWORK

PROFILE_FIELDS = frozenset(
    {
        *("id", "username", "name", "is_verified", "threads_profile_picture_url", "threads_biography"),
        *("recently_searched_keywords", "is_eligible_for_geo_gating"),
    }
)
POST_FIELDS = frozenset(
    {
        *("id", "media_product_type", "media_type", "media_url", "gif_url", "permalink", "owner", "username"),
        *("text", "timestamp", "shortcode", "thumbnail_url", "children", "is_quote_post", "quoted_post"),
        *(
            "reposted_post",
            "has_replies",
            "alt_text",
            "link_attachment_url",
            "poll_attachment",
            "location_id",
        ),
        *("topic_tag", "is_verified", "profile_picture_url"),
    }
)
REPLY_FIELDS = POST_FIELDS | {
    *("is_reply", "is_reply_owned_by_me", "root_post", "replied_to", "hide_status", "reply_audience"),
}
_TYPES: dict[Kind, str] = {"photo": "IMAGE", "video": "VIDEO", "album": "CAROUSEL_ALBUM"}


def shown(services: Services, account: Account, now: datetime, *, replies: bool) -> list[Post]:
    """The profile's posts, or its replies, oldest first."""
    posts = services.timeline.posts(account, now)
    return [post for post in posts if (post.reply_to is not None) is replies]


def profile(account: Account, fields: str | None) -> dict[str, Any]:
    """A profile. Raises GraphError 100 and 2500."""
    values: dict[str, Any] = {
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "is_verified": False,
        "threads_biography": account.about,
    }
    return _chosen(fields or "id", PROFILE_FIELDS, "ThreadsUser", values)


def posts(
    services: Services, account: Account, found: Iterable[Post], now: datetime, fields: str | None
) -> list[dict[str, Any]]:
    """Posts with the fields asked for. Raises GraphError 100 and 2500."""
    wanted = fields or "id"
    made = [_chosen(wanted, REPLY_FIELDS, "ThreadsMedia", _values(services, account, p, now)) for p in found]
    if not made:
        _chosen(wanted, REPLY_FIELDS, "ThreadsMedia", {})
    return made


def _values(services: Services, account: Account, post: Post, now: datetime) -> dict[str, Any]:
    code = base64.urlsafe_b64encode(int(post.id).to_bytes(9)).decode()
    values: dict[str, Any] = {
        "id": post.id,
        "media_product_type": "THREADS",
        "media_type": _TYPES.get(post.kind, "TEXT_POST"),
        "permalink": f"https://www.threads.net/@{account.username}/post/{code}",
        "owner": {"id": account.id},
        "username": account.username,
        "text": post.text or None,
        "timestamp": graph_time(post.created_at),
        "shortcode": code,
        "is_quote_post": False,
        "has_replies": services.timeline.counts(post, now).comments > 0,
        "link_attachment_url": post.link,
        "is_reply": post.reply_to is not None,
    }
    if post.reply_to:
        values |= {
            "is_reply_owned_by_me": True,
            "replied_to": {"id": post.reply_to},
            "root_post": {"id": root_of(services, post, now)},
        }
    return values


def root_of(services: Services, post: Post, now: datetime) -> str:
    """The id of the post a thread begins with."""
    root = post.id
    above = post.reply_to
    while above is not None:
        root = above
        found = services.timeline.find(above, NETWORK, now)
        above = found[1].reply_to if found else None
    return root


def _chosen(fields: str, known: Iterable[str], node: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields asked for; the id comes with them, as on the network."""
    found: dict[str, Any] = {}
    for asked in parse_fields(fields):
        if asked.name not in known:
            words = f"(#100) Tried accessing nonexisting field ({asked.name}) on node type ({node})"
            raise GraphError(100, words, kind="THApiException")
        if values.get(asked.name) is not None:
            found[asked.key] = values[asked.name]
    return {**found, **({"id": values["id"]} if "id" in values else {})}
