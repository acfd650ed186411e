"""Pages and posts as Graph objects: only the fields asked for, and only what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sandbox.facebook import roles
from sandbox.facebook.errors import GraphError
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.insights import post_insights
from sandbox.facebook.known_fields import PAGE, POST
from sandbox.facebook.times import graph_time
from sandbox.facebook.tokens import Token
from sandbox.model import Account, Counts, Post
from sandbox.timeline import Timeline

_STATUS_TYPES = {
    "status": "mobile_status_update",
    "link": "shared_story",
    "photo": "added_photos",
    "video": "added_video",
    "event": "created_event",
    "note": "created_note",
    "album": "added_photos",
}
_MEDIA_TYPES = {
    "link": "link",
    "photo": "photo",
    "video": "video",
    "event": "event",
    "note": "note",
    "album": "album",
}


@dataclass(frozen=True, slots=True)
class View:
    """What a renderer needs: the moment, the timeline, the address of this server and a post's photos."""

    timeline: Timeline
    now: datetime
    base_url: str
    photos_of: Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Seen:
    view: View
    page: Account
    post: Post
    counts: Counts


def render_page(
    view: View,
    page: Account,
    fields: str | None,
    token: Callable[[], Token],
    tasks: Sequence[str] = roles.ALL,
) -> dict[str, Any]:
    """A page; `token` gives its page token when that is asked for. Raises GraphError 100 and 2500."""
    asked = parse_fields(fields) if fields else [Field("name"), Field("id")]
    followers = view.timeline.followers(page, view.now)
    values: dict[str, Any] = {
        "id": page.id,
        "name": page.name,
        "username": page.username,
        "about": page.about or None,
        "category": "Brand",
        "link": f"https://www.facebook.com/{page.username}",
        "website": page.website,
        "followers_count": followers,
        "fan_count": None if followers is None else int(followers * 0.97),
        "instagram_business_account": _linked(view, page),
        "is_published": True,
        "can_post": True,
        "tasks": list(tasks),
        "picture": {"data": {"url": f"{view.base_url}pictures/{page.id}.svg", "width": 200, "height": 200}},
    }
    if any(field.name == "access_token" for field in asked):
        values["access_token"] = token().token
    known = {*values, "access_token", *PAGE}
    return chosen(asked, known, "Page", page.id, lambda field: values.get(field.name))


def _linked(view: View, page: Account) -> dict[str, Any] | None:
    """The Instagram account of the page's brand."""
    found = (a for a in view.timeline.accounts_of("instagram") if a.brand == page.brand)
    linked = next(found, None)
    return {"id": linked.id, "username": linked.username, "name": linked.name} if linked else None


def render_posts(
    view: View, page: Account, posts: Iterable[Post], fields: str | None
) -> list[dict[str, Any]]:
    """Posts with the fields asked for. Raises GraphError 100 and 2500."""
    asked = parse_fields(fields) if fields else [Field("created_time"), Field("message"), Field("id")]
    known = {*_POST_FIELDS, *POST}
    for field in asked:
        if field.name not in known:
            raise _no_field(field.name, "PagePost")
    rendered = []
    for post in posts:
        seen = _Seen(view, page, post, view.timeline.counts(post, view.now))
        rendered.append(chosen(asked, known, "PagePost", post.id, partial(_post_value, seen)))
    return rendered


def _post_value(seen: _Seen, field: Field) -> Any:
    maker = _POST_FIELDS.get(field.name)
    return None if maker is None else maker(seen, field)


def chosen(
    asked: Iterable[Field], known: Iterable[str], node_type: str, node_id: str, value: Callable[[Field], Any]
) -> dict[str, Any]:
    """The values of the fields asked for, without those that are None. Raises GraphError 100."""
    found: dict[str, Any] = {}
    for field in asked:
        if field.name not in known:
            raise _no_field(field.name, node_type)
        result = value(field)
        if result is not None:
            found[field.key] = result
    return {**found, "id": node_id}


def _no_field(name: str, node_type: str) -> GraphError:
    return GraphError(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node_type})")


def _edge(total: Callable[[Counts], int]) -> Callable[[_Seen, Field], dict[str, Any]]:
    def make(seen: _Seen, field: Field) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": []}
        if field.modifiers.get("summary", "false") not in ("false", "0", ""):
            answer["summary"] = {"total_count": total(seen.counts)}
        return answer

    return make


def _reactions(seen: _Seen, field: Field) -> dict[str, Any]:
    kinds = {"LIKE": 0, "LOVE": 1, "WOW": 2, "HAHA": 3, "SAD": 4, "ANGRY": 5}
    asked = field.modifiers.get("type", "").upper()
    if asked and asked != "NONE" and asked not in kinds:
        raise GraphError(100, f"(#100) param type must be one of {', '.join(kinds)}")
    return _edge(lambda c: c.reactions[kinds[asked]] if asked in kinds else c.reacted)(seen, field)


def _attachments(seen: _Seen, field: Field) -> dict[str, Any] | None:
    post = seen.post
    if post.kind not in _MEDIA_TYPES:
        return None
    permalink = _permalink(seen, field)
    photos = seen.view.photos_of(post.id)
    whole: dict[str, Any] = {
        "media_type": _MEDIA_TYPES[post.kind],
        "type": "share" if post.kind == "link" else post.kind,
        "url": post.link if post.kind == "link" else permalink,
        "unshimmed_url": post.link if post.kind == "link" else permalink,
        "title": seen.page.name,
        "description": post.text[:80] or None,
        "target": _target(photos[0] if len(photos) == 1 else post.id.rpartition("_")[2], permalink),
        "media": {"image": {"src": _picture(seen, field), "height": 720, "width": 720}},
    }
    if len(photos) > 1:
        parts = [
            {"media_type": "photo", "type": "photo", "target": _target(one, permalink)} for one in photos
        ]
        whole["subattachments"] = {"data": parts}
    names = [sub.name for sub in field.fields] or ["media_type", "type", "url", "title", "target", "media"]
    unknown = [name for name in names if name not in {*whole, "subattachments", "description_tags"}]
    if unknown:
        raise _no_field(unknown[0], "StoryAttachment")
    return {"data": [{name: whole[name] for name in names if whole.get(name) is not None}]}


def _target(node: str, url: str) -> dict[str, str]:
    return {"id": node, "url": url}


def _insights(seen: _Seen, field: Field) -> dict[str, Any]:
    series = post_insights(seen.post, seen.counts, field.modifiers.get("metric"))
    if field.fields:
        names = (*(asked.name for asked in field.fields), "id")
        series = [{name: one[name] for name in names if name in one} for one in series]
    return {"data": series}


def _permalink(seen: _Seen, _: Field) -> str:
    return f"https://www.facebook.com/{seen.post.id.replace('_', '/posts/')}"


def _picture(seen: _Seen, _: Field) -> str | None:
    return None if seen.post.kind == "status" else f"{seen.view.base_url}pictures/{seen.post.id}.svg"


_POST_FIELDS: dict[str, Callable[[_Seen, Field], Any]] = {
    "id": lambda seen, _: seen.post.id,
    "created_time": lambda seen, _: graph_time(seen.post.created_at),
    "updated_time": lambda seen, _: graph_time(seen.post.created_at),
    "message": lambda seen, _: seen.post.text or None,
    "permalink_url": _permalink,
    "full_picture": _picture,
    "picture": _picture,
    "status_type": lambda seen, _: _STATUS_TYPES[seen.post.kind],
    "is_published": lambda seen, _: seen.post.published,
    "is_hidden": lambda *_: False,
    "is_expired": lambda *_: False,
    "from": lambda seen, _: {"name": seen.page.name, "id": seen.page.id},
    "shares": lambda seen, _: {"count": seen.counts.shares} if seen.counts.shares else None,
    "reactions": _reactions,
    "likes": _edge(lambda counts: counts.reactions[0]),
    "comments": _edge(lambda counts: counts.comments),
    "attachments": _attachments,
    "insights": _insights,
}
