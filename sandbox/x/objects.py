"""Posts and users as X renders them, in the naming family asked for: Tweet or Post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.model import Account, Counts, Post
from sandbox.services import Services
from sandbox.timeline import Timeline
from sandbox.x.attachments import address, media_of
from sandbox.x.errors import invalid_request
from sandbox.x.known_fields import EXPANSIONS, MEDIA_FIELDS, POST_FIELDS, USER_FIELDS
from sandbox.x.text import LONG_WEIGHT, MAX_WEIGHT, shorten, weighted_length

PRIVATE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call wants to see: the naming family and the fields."""

    family: str
    post_fields: frozenset[str]
    user_fields: frozenset[str]
    media_fields: frozenset[str]
    expansions: frozenset[str]

    @property
    def ids(self) -> str:
        """Name of the edit history in this family."""
        return f"edit_history_{self.family}_ids"


def read_asked(query: Mapping[str, str]) -> Asked:
    """The family and fields of a call; raises XProblem 400 for an unknown field."""
    family = "post" if "post.fields" in query else "tweet"
    post_fields = _names(query, f"{family}.fields", POST_FIELDS[family])
    return Asked(
        family,
        post_fields,
        _names(query, "user.fields", USER_FIELDS),
        _names(query, "media.fields", MEDIA_FIELDS),
        _names(query, "expansions", EXPANSIONS),
    )


def _names(query: Mapping[str, str], parameter: str, known: frozenset[str]) -> frozenset[str]:
    found = frozenset(name.strip() for name in query.get(parameter, "").split(",") if name.strip())
    for name in sorted(found - known):
        raise invalid_request(
            f"The `{parameter}` query parameter value [{name}] is not one of [{','.join(sorted(known))}]",
            parameter,
            name,
        )
    return found


def x_time(at: datetime) -> str:
    """2026-01-01T00:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def max_weight(account: Account) -> int:
    """How long its posts may be: X Premium, which the accounts with an even id have, writes long ones."""
    return LONG_WEIGHT if int(account.id) % 2 == 0 else MAX_WEIGHT


def render_post(
    sandbox: Services, account: Account, post: Post, asked: Asked, now: datetime, own: bool
) -> Any:
    """A post with the fields asked for; private metrics only for the owner and only for 30 days."""
    media = media_of(sandbox, post)
    text, entities, note = _words(account, post, media)
    counts = sandbox.timeline.counts(post, now)
    values: dict[str, Any] = {
        "attachments": {"media_keys": [one["media_key"] for one in media]} if media else None,
        "author_id": account.id,
        "conversation_id": post.reply_to or post.id,
        "created_at": x_time(post.created_at),
        "display_text_range": [0, len(text)],
        "edit_controls": {
            "edits_remaining": 5,
            "is_edit_eligible": post.reply_to is None,
            "editable_until": x_time(post.created_at + timedelta(hours=1)),
        },
        "entities": entities or None,
        "in_reply_to_user_id": account.id if post.reply_to else None,
        "lang": "ja" if account.timezone == "Asia/Tokyo" and not text.isascii() else "en",
        "possibly_sensitive": False,
        "public_metrics": _public(counts, asked.family),
        f"note_{asked.family}": note,
        f"referenced_{asked.family}s": _references(post),
        "reply_settings": "everyone",
        "source": "Sandbox app",
    }
    if own and now - post.created_at < PRIVATE_FOR:
        values["non_public_metrics"] = _private(counts)
        values["organic_metrics"] = _organic(counts, asked.family)
    shown = {name: value for name, value in values.items() if name in asked.post_fields and value is not None}
    return {"id": post.id, "text": text, asked.ids: [post.id], **shown}


def _words(
    account: Account, post: Post, media: list[dict[str, Any]]
) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
    """Text and entities, and both in full for a post that is too long for them."""
    text, entities = shorten(post.text)
    note = None
    if weighted_length(post.text) > MAX_WEIGHT:
        note = {"text": text, **({"entities": entities} if entities else {})}
        text, entities = shorten(post.text[: MAX_WEIGHT // 2])
        text += "…"
    if media:
        text += " " if text else ""
        entity = address(account, post, media[0], len(text))
        text += entity["url"]
        entities = {**entities, "urls": [*entities.get("urls", []), entity]}
    return text, entities, note


def _references(post: Post) -> list[dict[str, str]] | None:
    found = []
    if post.reply_to:
        found.append({"type": "replied_to", "id": post.reply_to})
    if post.quote_of:
        found.append({"type": "quoted", "id": post.quote_of})
    return found or None


def _reposts(family: str) -> str:
    return "repost_count" if family == "post" else "retweet_count"


def _public(counts: Counts, family: str) -> dict[str, int]:
    return {
        _reposts(family): counts.shares,
        "reply_count": counts.comments,
        "like_count": counts.reacted,
        "quote_count": counts.quotes,
        "bookmark_count": counts.bookmarks,
        "impression_count": counts.views or 0,
    }


def _private(counts: Counts) -> dict[str, int]:
    clicks, profile = counts.clicks or 0, counts.profile_clicks or 0
    return {
        "impression_count": counts.views or 0,
        "url_link_clicks": clicks,
        "user_profile_clicks": profile,
        "engagements": counts.engagement + counts.quotes + counts.bookmarks + clicks + profile,
    }


def _organic(counts: Counts, family: str) -> dict[str, int]:
    return {
        "impression_count": counts.views or 0,
        _reposts(family): counts.shares,
        "reply_count": counts.comments,
        "like_count": counts.reacted,
    }


def render_user(
    timeline: Timeline, account: Account, asked: Asked, now: datetime, post_count: int, base_url: str
) -> dict[str, Any]:
    """An account with the fields asked for."""
    posts = "post_count" if asked.family == "post" else "tweet_count"
    values: dict[str, Any] = {
        "created_at": x_time(account.created_at),
        "description": account.about,
        "profile_image_url": f"{base_url}pictures/{account.id}.svg",
        "protected": False,
        "public_metrics": {
            "followers_count": timeline.followers(account, now),
            "following_count": 312,
            posts: post_count,
            "listed_count": 41,
            "like_count": 1_208,
            "media_count": 377,
        },
        "url": account.website,
        "verified": True,
        "verified_type": "business",
        "subscription_type": "Premium" if max_weight(account) > MAX_WEIGHT else "None",
    }
    shown = {name: value for name, value in values.items() if name in asked.user_fields}
    return {"id": account.id, "name": account.name, "username": account.username, **shown}
