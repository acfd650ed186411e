"""Reading Meta's cursor-paged lists of posts, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from platforms.http import Api
from platforms.looking import BEFORE

PAGES = 5
APPEARED = ("timestamp", "created_time", "creation_time")


@dataclass(frozen=True)
class Listed:
    """Posts of a list, and whether all since the wanted moment are among them."""

    posts: list[dict[str, Any]]
    complete: bool


def listed_since(
    api: Api,
    path: str,
    fields: str,
    token: str,
    sent_at: datetime | None,
    *,
    by_time: bool = True,
    more: Mapping[str, str] | None = None,
) -> Listed:
    """What a list has since shortly before `sent_at` (aware UTC; None: at all), from at most five pages.

    `by_time` says whether the list can be asked for posts since a moment; `more` are parameters of its own.
    """
    since = sent_at - BEFORE if sent_at else None
    params = {"fields": fields, "limit": "100", **(more or {})}
    if since and by_time:
        params["since"] = str(int(since.timestamp()))
    posts: list[dict[str, Any]] = []
    for _ in range(PAGES):
        document = api.read(path, params, token=token).document or {}
        page = posts_of(document)
        older = [post for post in page if since and (at := moment_of(post)) is not None and at < since]
        posts += [post for post in page if post not in older]
        if older:
            return Listed(posts, complete=True)
        after = after_of(document)
        if after is None:
            return Listed(posts, complete=not has_next(document))
        params["after"] = after
    return Listed(posts, complete=False)


def posts_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The posts of a page."""
    return [post for post in document.get("data") or [] if isinstance(post, dict)]


def has_next(document: Mapping[str, Any]) -> bool:
    """Whether there is a next page. A page may be short or empty and still have one."""
    return bool((document.get("paging") or {}).get("next"))


def after_of(document: Mapping[str, Any]) -> str | None:
    """The cursor of the next page, or None after the last one."""
    after = ((document.get("paging") or {}).get("cursors") or {}).get("after")
    return str(after) if after and has_next(document) else None


def moment_of(post: Mapping[str, Any]) -> datetime | None:
    """When a post appeared (aware UTC), by whichever name a list has for it."""
    return next((moment(post[name]) for name in APPEARED if post.get(name)), None)


def moment(value: object) -> datetime | None:
    """Aware UTC from ``2026-01-01T00:00:00+0000`` or Unix seconds, as Graph writes times; else None."""
    text = str(value or "")
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except ValueError:
        return None
