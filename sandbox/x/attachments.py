"""The media of posts as X shows them: keys, the address at the end of the text, and the expansion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from sandbox import objects
from sandbox.model import Account, Post
from sandbox.services import Services

_KIND: Final = "attached"
_NATIVE: Final = {"photo": ("photo", 3), "video": ("video", 7)}
_SHOWN: Final = ("media_key", "type", "alt_text")


def attach(sandbox: Services, account: Account, post_id: str, media: Iterable[dict[str, Any]]) -> None:
    """Remember the media of an accepted post."""
    kept = [{name: one[name] for name in _SHOWN if name in one} for one in media]
    if kept:
        objects.put(sandbox, "x", _KIND, post_id, account.id, {"media": kept})


def media_of(sandbox: Services, post: Post) -> list[dict[str, Any]]:
    """The media of a post: of an accepted one what was attached, of a native one by its kind."""
    if post.kind not in _NATIVE:
        return []
    thing = objects.get(sandbox, "x", _KIND, post.id)
    if thing is not None:
        return list(thing.data["media"])
    kind, prefix = _NATIVE[post.kind]
    return [{"media_key": f"{prefix}_{post.id}", "type": kind}]


def address(account: Account, post: Post, media: dict[str, Any], start: int) -> dict[str, Any]:
    """The t.co address that stands for a post's media at the end of its text, from `start` on."""
    kind = "photo" if media["type"] == "photo" else "video"
    url = f"https://x.com/{account.username}/status/{post.id}/{kind}/1"
    short = f"https://t.co/{hashlib.sha256(url.encode()).hexdigest()[:10]}"
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": url,
        "display_url": f"pic.x.com/{short[-10:]}",
        "media_key": media["media_key"],
    }


def expansion(
    sandbox: Services, posts: Iterable[Post], asked: frozenset[str]
) -> dict[str, list[dict[str, Any]]]:
    """`includes` for ``expansions=attachments.media_keys``, with the media fields asked for."""
    shown = {"media_key", "type"} | asked
    found = [
        {name: value for name, value in media.items() if name in shown}
        for post in posts
        for media in media_of(sandbox, post)
    ]
    return {"media": found} if found else {}
