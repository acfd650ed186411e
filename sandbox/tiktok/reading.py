"""What TikTok tells of an account: its counters, and the videos that everyone can see."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.ids import milliseconds
from sandbox.model import Post
from sandbox.tiktok.calls import Call, Calling
from sandbox.tiktok.errors import enveloped
from sandbox.tiktok.posts import is_shown, title_of
from sandbox.tiktok.shapes import ListBody, QueryBody

router = APIRouter(prefix="/tiktok/v2")
_BASIC = ("open_id", "union_id", "avatar_url", "display_name")
_PROFILE = ("username", "is_verified", "bio_description", "profile_deep_link")
_STATS = ("follower_count", "following_count", "likes_count", "video_count")
_SCOPES = {
    **dict.fromkeys(_BASIC, "user.info.basic"),
    **dict.fromkeys(_PROFILE, "user.info.profile"),
    **dict.fromkeys(_STATS, "user.info.stats"),
}
_VIDEO = frozenset(
    {
        *("id", "create_time", "cover_image_url", "share_url", "video_description", "duration", "height"),
        *("width", "title", "embed_html", "embed_link", "like_count", "comment_count", "share_count"),
        "view_count",
    }
)


@router.get("/user/info/")
async def user_info(call: Calling) -> JSONResponse:
    """The account, as far as its scopes open it."""
    fields = call.fields(frozenset(_SCOPES))
    call.count("user_info", "user.info.basic")
    for name in fields:
        call.needs(_SCOPES[name])
    account = call.account
    videos = _videos(call)
    known = {
        "open_id": account.id,
        "union_id": f"union{account.id}",
        "avatar_url": f"{call.request.base_url}pictures/{account.id}.svg",
        "display_name": account.name,
        "username": account.username,
        "is_verified": False,
        "bio_description": account.about,
        "profile_deep_link": f"https://vm.tiktok.com/{account.username}",
        "follower_count": call.sandbox.timeline.followers(account, call.now) or 0,
        "following_count": 31,
        "likes_count": sum(call.sandbox.timeline.counts(post, call.now).reacted for post in videos),
        "video_count": len(videos),
    }
    return enveloped({"user": {name: known[name] for name in fields}})


@router.post("/video/list/")
async def video_list(call: Calling) -> JSONResponse:
    """Videos everyone can see, newest first; `cursor` leads to what is older."""
    fields = call.fields(_VIDEO)
    call.count("video_list", "video.list")
    body = await call.body(ListBody)
    before = body.cursor if body.cursor is not None else milliseconds(call.now) + 1
    posts = _videos(call)
    older = bisect_left(posts, before, key=lambda post: milliseconds(post.created_at))
    page = posts[max(older - body.max_count, 0) : older][::-1]
    cursor = milliseconds(page[-1].created_at) if page else before
    return enveloped(
        {
            "videos": [_rendered(call, post, fields) for post in page],
            "cursor": cursor,
            "has_more": older > len(page),
        }
    )


@router.post("/video/query/")
async def video_query(call: Calling) -> JSONResponse:
    """Videos by id; those that are not there, or not the account's, are left out."""
    fields = call.fields(_VIDEO)
    call.count("video_query", "video.list")
    wanted = (await call.body(QueryBody)).filters.video_ids
    shown = {post.id: post for post in _videos(call)}
    return enveloped({"videos": [_rendered(call, shown[name], fields) for name in wanted if name in shown]})


def _videos(call: Call) -> list[Post]:
    """Oldest first."""
    posts = call.sandbox.timeline.posts(call.account, call.now)
    recent = call.now - timedelta(hours=1)
    return [
        post
        for post in posts
        if post.published
        # Only young ones can still be looked at.
        and (post.created_at < recent or is_shown(call.sandbox, post.id, call.now))
    ]


def _rendered(call: Call, post: Post, fields: list[str]) -> dict[str, Any]:
    counts = call.sandbox.timeline.counts(post, call.now)
    title = title_of(call.sandbox, post.id)
    is_photo = post.kind == "album"
    page = f"https://www.tiktok.com/@{call.account.username}/{'photo' if is_photo else 'video'}/{post.id}"
    known = {
        "id": post.id,
        "create_time": int(post.created_at.timestamp()),
        "cover_image_url": f"{call.request.base_url}pictures/{post.account_id}_{post.id}.svg?x-expires="
        f"{int(datetime.now(UTC).timestamp()) + 21_600}",
        "share_url": page,
        "video_description": post.text[:150],
        "duration": 0 if is_photo else 24,
        "height": 1_024,
        "width": 576,
        "title": post.text[:150] if title is None else title[:150],
        "embed_html": "",
        "embed_link": f"https://www.tiktok.com/embed/v2/{post.id}",
        "like_count": counts.reacted,
        "comment_count": counts.comments,
        "share_count": counts.shares,
        "view_count": counts.views or 0,
    }
    return {name: known[name] for name in fields}
