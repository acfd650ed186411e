"""app.bsky.*: profiles and feeds, as the AppView answers through a host."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.bluesky import posts
from sandbox.bluesky.calls import Call, Calling
from sandbox.bluesky.errors import invalid
from sandbox.model import Post

router = APIRouter(prefix="/bluesky/xrpc")
_FILTERS = (
    "posts_with_replies",
    "posts_no_replies",
    "posts_with_media",
    "posts_and_author_threads",
    "posts_with_video",
)


@router.get("/app.bsky.actor.getProfile")
async def get_profile(call: Calling) -> JSONResponse:
    """An account with its numbers of now."""
    account = call.actor()
    told: dict[str, Any] = {
        **posts.author(account, str(call.request.base_url)),
        "description": account.about,
        "followersCount": call.sandbox.timeline.followers(account, call.now) or 0,
        "followsCount": 118,
        "postsCount": len(posts.visible(call.sandbox, account, call.now)),
        "indexedAt": posts.written(call.now),
    }
    return call.answer(told)


@router.get("/app.bsky.feed.getAuthorFeed")
async def get_author_feed(call: Calling) -> JSONResponse:
    """An account's posts, newest first, page by page."""
    account, limit = call.actor(), _limit(call)
    if call.query.get("filter", _FILTERS[0]) not in _FILTERS:
        raise invalid("Error: filter must be one of the known values")
    found = posts.visible(call.sandbox, account, call.now)
    if call.query.get("filter") == "posts_no_replies":
        found = [post for post in found if post.reply_to is None]
    end = len(found)
    cursor = call.query.get("cursor")
    if cursor:
        moment, _, rkey = cursor.partition("::")
        end = bisect_left(found, (moment, rkey), key=_place)
    page = found[max(end - limit, 0) : end][::-1]
    base_url = str(call.request.base_url)
    feed = [{"post": posts.view(call.sandbox, account, post, call.now, base_url)} for post in page]
    more = {"cursor": "::".join(_place(page[-1]))} if page and end > limit else {}
    return call.answer({"feed": feed, **more})


@router.get("/app.bsky.feed.getPosts")
async def get_posts(call: Calling) -> JSONResponse:
    """Up to 25 posts by address; what is not there is left out."""
    uris = call.query.getlist("uris")
    if not 1 <= len(uris) <= 25:
        raise invalid("Error: uris must not have more than 25 elements")
    found = [pair for uri in uris if (pair := posts.find(call.sandbox, uri, call.now))]
    base_url = str(call.request.base_url)
    shown = [posts.view(call.sandbox, account, post, call.now, base_url) for account, post in found]
    return call.answer({"posts": shown})


def _limit(call: Call) -> int:
    text = call.query.get("limit", "50")
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise invalid("Error: limit can not be greater than 100")
    return int(text)


def _place(post: Post) -> tuple[str, str]:
    """Where a post stands in the order of time; it sorts as text."""
    return posts.written(post.created_at), post.id.rpartition("/")[2]
