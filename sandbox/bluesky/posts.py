"""Posts of the stand-in: kept under the key that the client chose, looked at later, shown as AppView does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import objects
from sandbox.bluesky.records import POST, PostRecord, cid
from sandbox.bluesky.tokens import NETWORK, handle_of
from sandbox.model import Account, Kind, Post
from sandbox.services import Services

RECORD = "record"
REVIEW = timedelta(seconds=8)
"""How long until a post that is not allowed is taken down."""
REFUSED_WORDS = "#rejected"
_KINDS: dict[str, Kind] = {
    "app.bsky.embed.images": "photo",
    "app.bsky.embed.video": "video",
    "app.bsky.embed.external": "link",
}


def uri_of(account: Account, rkey: str) -> str:
    """The address of a post's record."""
    return f"at://{account.id}/{POST}/{rkey}"


def keep(
    sandbox: Services, account: Account, rkey: str, post: PostRecord, body: Mapping[str, Any]
) -> tuple[str, str]:
    """Keep a record under its key, new or in place of another; its address and content hash."""
    uri, record, now = uri_of(account, rkey), dict(body["record"]), sandbox.clock.now()
    known = sandbox.store.row("SELECT deleted_at FROM posts WHERE id = ?", uri)
    kind = _KINDS.get(post.embed.type, "status") if post.embed else "status"
    link = post.embed.external.uri if post.embed and post.embed.external else None
    if known is None:
        sandbox.timeline.accept(
            *(account, now, post.text, kind, dict(body), link),
            reply_to=post.reply.parent.uri if post.reply else None,
            own_id=uri,
            refuse_duplicates=False,
        )
    else:
        sandbox.store.run(
            "UPDATE posts SET text = ?, kind = ?, link = ?, payload = ?, deleted_at = NULL WHERE id = ?",
            *(post.text, kind, link, json.dumps(dict(body)), uri),
        )
        sandbox.store.version += 1
    objects.put(sandbox, NETWORK, RECORD, uri, account.id, record)
    return uri, cid(record)


def visible(sandbox: Services, account: Account, now: datetime) -> list[Post]:
    """The account's posts that were not taken down, oldest first."""
    return [post for post in sandbox.timeline.posts(account, now) if not is_taken_down(post, now)]


def find(sandbox: Services, uri: str, now: datetime) -> tuple[Account, Post] | None:
    """A post by its address, unless it was deleted or taken down."""
    found = sandbox.timeline.find(uri, "bluesky", now)
    return None if found is None or is_taken_down(found[1], now) else found


def is_taken_down(post: Post, now: datetime) -> bool:
    """Whether a moderator has seen it and did not like it."""
    return REFUSED_WORDS in post.text and now >= post.created_at + REVIEW


def record_of(sandbox: Services, post: Post) -> dict[str, Any]:
    """A post's record: as it was sent, or as the account would have written it."""
    thing = objects.get(sandbox, NETWORK, RECORD, post.id)
    if thing is not None:
        return thing.data
    return {"$type": POST, "text": post.text, "createdAt": written(post.created_at), "langs": ["en"]}


def view(sandbox: Services, account: Account, post: Post, now: datetime, base_url: str) -> dict[str, Any]:
    """app.bsky.feed.defs#postView."""
    record, counts = record_of(sandbox, post), sandbox.timeline.counts(post, now)
    shown: dict[str, Any] = {
        "uri": post.id,
        "cid": cid(record),
        "author": author(account, base_url),
        "record": record,
        "bookmarkCount": counts.bookmarks,
        "replyCount": counts.comments,
        "repostCount": counts.shares,
        "likeCount": counts.reacted,
        "quoteCount": counts.quotes,
        "indexedAt": written(post.created_at),
        "viewer": {"bookmarked": False, "threadMuted": False, "embeddingDisabled": False},
        "labels": [],
    }
    embed = _embed_view(record.get("embed"), f"{base_url}pictures/{account.id}_post.svg")
    return {**shown, **({"embed": embed} if embed else {})}


def author(account: Account, base_url: str) -> dict[str, Any]:
    """app.bsky.actor.defs#profileViewBasic."""
    return {
        "did": account.id,
        "handle": handle_of(account),
        "displayName": account.name,
        "avatar": f"{base_url}pictures/{account.id}.svg",
        "labels": [],
        "createdAt": written(account.created_at),
    }


def written(moment: datetime) -> str:
    """A moment as atproto writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _embed_view(embed: Mapping[str, Any] | None, picture: str) -> dict[str, Any] | None:
    match (embed or {}).get("$type"):
        case "app.bsky.embed.images":
            images = [
                {"thumb": picture, "fullsize": picture, "alt": image["alt"]}
                for image in (embed or {})["images"]
            ]
            return {"$type": "app.bsky.embed.images#view", "images": images}
        case "app.bsky.embed.external":
            card = {key: (embed or {})["external"][key] for key in ("uri", "title", "description")}
            return {"$type": "app.bsky.embed.external#view", "external": card}
        case "app.bsky.embed.video":
            link = (embed or {})["video"]["ref"]["$link"]
            return {"$type": "app.bsky.embed.video#view", "cid": link, "playlist": f"{picture}.m3u8"}
    return None
