"""Paging of X timelines: newest first, by id and time, with base32hex tokens."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sandbox.model import Post
from sandbox.x.errors import invalid_request


def cut(posts: Sequence[Post], query: Mapping[str, str]) -> tuple[list[Post], bool]:
    """The posts (newest first) a query asks for, and whether older ones follow. Raises XProblem 400."""
    size = query.get("max_results", "10")
    if not size.isdecimal() or not 5 <= int(size) <= 100:
        raise invalid_request(
            f"The `max_results` query parameter value [{size}] is not between 5 and 100", "max_results", size
        )
    excluded = set(filter(None, query.get("exclude", "").split(",")))
    if excluded - {"replies", "retweets"}:
        raise invalid_request("The `exclude` query parameter may hold replies and retweets", "exclude")
    after, before = _id(query, "since_id"), _id(query, "until_id")
    if query.get("pagination_token"):
        oldest = _read_token(query["pagination_token"])
        before = oldest if before is None else min(before, oldest)
    start, end = _moment(query, "start_time"), _moment(query, "end_time")
    wanted = [
        post
        for post in posts
        if (after is None or int(post.id) > after)
        and (before is None or int(post.id) < before)
        and (start is None or post.created_at >= start)
        and (end is None or post.created_at < end)
        and not ("replies" in excluded and post.reply_to)
    ]
    return wanted[: int(size)], len(wanted) > int(size)


def _id(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not text.isdecimal():
        raise invalid_request(f"The `{name}` query parameter value [{text}] is not valid", name, text)
    return int(text)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise invalid_request(
            f"The `{name}` query parameter value [{text}] is not a RFC3339 time", name, text
        )
    return found.astimezone(UTC)


def next_token(post_id: str) -> str:
    """The token that leads to what is older than a post."""
    return base64.b32hexencode(post_id.encode()).decode().rstrip("=").lower()


def _read_token(token: str) -> int:
    try:
        padded = token.upper() + "=" * (-len(token) % 8)
        return int(base64.b32hexdecode(padded))
    except (ValueError, binascii.Error):
        raise invalid_request(
            "The `pagination_token` query parameter is not valid", "pagination_token", token
        ) from None
