"""Posts as X lists them, compared with one whose answer was lost. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from platforms.contract import Published
from platforms.looking import Candidate
from platforms.x.capabilities import LIMIT
from platforms.x.text import comparable, expanded_text, gist, weighted_length

FIELDS = "attachments,created_at,entities,note_tweet,referenced_tweets"
BEGINNING = 50  # characters that tell a long post from another


def published(post: Mapping[str, Any]) -> Published:
    """A post X names, with the moment it appeared (aware UTC) if that is said."""
    post_id, created = str(post["id"]), post.get("created_at")
    moment = datetime.fromisoformat(created).astimezone(UTC) if created else None
    return Published(post_id, f"https://x.com/i/web/status/{post_id}", moment)


def candidates(
    posts: Iterable[dict[str, Any]], wanted: str, keys: frozenset[str], parent: str | None
) -> list[Candidate]:
    """Those of the posts that may be the one with this text, these media and this parent.

    A media key of ours proves a post, because an upload is used once; what only resembles it then is another.
    """
    listed, ours = list(posts), frozenset(map(_number, keys))
    proven = [Candidate(published(post)) for post in listed if ours & frozenset(map(_number, _shown(post)))]
    resembling = (_resembling(post, wanted, bool(keys), parent) for post in listed)
    return proven or [found for found in resembling if found]


def _resembling(post: dict[str, Any], wanted: str, with_media: bool, parent: str | None) -> Candidate | None:
    """Unsure is a post that nearly has the text, shows media or should, or does not say what it answers."""
    text = expanded_text(post)
    same = comparable(text) == comparable(wanted)
    if not same and gist(text) != gist(wanted) and not _is_cut(post, wanted):
        return None
    answered = _answered(post)
    if answered and answered != parent:
        return None
    certain = same and not with_media and not _shown(post) and answered == parent
    return Candidate(published(post), certain=certain)


def _shown(post: Mapping[str, Any]) -> frozenset[str]:
    """The keys of the media a post shows."""
    return frozenset(map(str, (post.get("attachments") or {}).get("media_keys") or ()))


def _number(key: str) -> str:
    """A media key without the category before it."""
    return key.rpartition("_")[2]


def _is_cut(post: dict[str, Any], wanted: str) -> bool:
    """Whether a listed text may be the beginning of a long one that X did not give in full."""
    if weighted_length(wanted) <= LIMIT or post.get("note_tweet") or post.get("note_post"):
        return False
    return gist(wanted)[:BEGINNING] == gist(expanded_text(post))[:BEGINNING]


def _answered(post: Mapping[str, Any]) -> str | None:
    """The post this one answers; X names them in one of its two families of words."""
    references = post.get("referenced_tweets") or post.get("referenced_posts") or []
    return next((str(one["id"]) for one in references if one.get("type") == "replied_to"), None)
