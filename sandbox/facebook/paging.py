"""Cursor paging over posts, newest first. Cursors stay good while new posts arrive on top."""

from __future__ import annotations

import base64
import binascii
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sandbox.facebook.errors import invalid_parameter
from sandbox.facebook.times import parse_time
from sandbox.ids import milliseconds
from sandbox.model import Post

_SHORT_EVERY = 4
_MAX_LIMIT, _DEFAULT_LIMIT = 100, 25


@dataclass(frozen=True, slots=True)
class Page:
    """Posts of one page of results, and whether older and newer ones exist."""

    posts: list[Post]
    older: bool
    newer: bool


def cut(posts: Sequence[Post], query: Mapping[str, str], zone: ZoneInfo) -> Page:
    """One page of `posts` (by time and id, oldest first) as since, until, limit, after, before ask.

    Like on the real network, a page may be short though more follow. Raises GraphError 100.
    """
    limit = whole_number(query, "limit", _DEFAULT_LIMIT, 1, _MAX_LIMIT)
    low, high = 0, len(posts)
    if query.get("since"):
        low = bisect_left(posts, parse_time("since", query["since"], zone), key=lambda post: post.created_at)
    if query.get("until"):
        high = bisect_left(posts, parse_time("until", query["until"], zone), key=lambda post: post.created_at)
    if query.get("before"):
        start = max(bisect_right(posts, _decode(query["before"]), key=_key), low)
        stop = min(start + limit, high)
    else:
        stop = (
            min(bisect_left(posts, _decode(query["after"]), key=_key), high) if query.get("after") else high
        )
        start = max(stop - limit, low)
        start += _shortfall(posts[stop - 1], limit) if start > low else 0
    return Page(list(posts[start:stop])[::-1], start > low, stop < high)


def _shortfall(newest: Post, limit: int) -> int:
    """How many posts a full page lacks; the same page always lacks the same number."""
    return limit // 3 if zlib.crc32(newest.id.encode()) % _SHORT_EVERY == 0 else 0


def links(page: Page, url: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The `paging` object; `next` and `previous` are there only when they lead somewhere."""
    after, before = _encode(page.posts[-1]), _encode(page.posts[0])
    kept = {name: value for name, value in query.items() if name not in ("after", "before")}
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    if page.older:
        paging["next"] = f"{url}?{urlencode({**kept, 'after': after})}"
    if page.newer:
        paging["previous"] = f"{url}?{urlencode({**kept, 'before': before})}"
    return paging


def whole_number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A parameter that counts; raises GraphError 100 outside `least`..`most`."""
    text = query.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise invalid_parameter(f"param {name} must be between {least} and {most}: {text!r}")
    return int(text)


def _key(post: Post) -> tuple[int, str]:
    return milliseconds(post.created_at), post.id


def _encode(post: Post) -> str:
    moment, post_id = _key(post)
    return base64.urlsafe_b64encode(f"{moment}:{post_id}".encode()).decode()


def _decode(cursor: str) -> tuple[int, str]:
    try:
        moment, _, post_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
        return int(moment), post_id
    except (ValueError, binascii.Error) as error:
        raise invalid_parameter("Invalid cursors values") from error
