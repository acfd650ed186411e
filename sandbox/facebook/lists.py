"""Stories and reels of a page: publishing a photo as a story, and the lists that hold nothing else."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.facebook import photos, videos
from sandbox.facebook.call import Call, Calling
from sandbox.facebook.errors import missing_object
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.insights import names
from sandbox.facebook.objects import chosen
from sandbox.facebook.paging import cut, links
from sandbox.model import Account, Counts, Kind, Post

router = APIRouter(prefix="/facebook")
_STORY_LIFE = timedelta(hours=24)
_STORY_FIELDS = frozenset({"id", "post_id", "status", "creation_time", "media_type", "media_id", "url"})
REEL_METRICS = (
    "blue_reels_play_count",
    "post_video_avg_time_watched",
    "post_video_view_time",
    "post_video_likes_by_reaction_type",
    "post_video_social_actions",
)


@router.post("/{node}/photo_stories")
async def photo_story(node: str, call: Calling) -> JSONResponse:
    """Publish a photo that was uploaded before as a story."""
    page, _ = call.page(node, needs_page_token=True, scope="pages_manage_posts")
    photo = photos.unused(call, page, call.params.get("photo_id", ""))
    accepted = call.sandbox.timeline.accept(
        *(page, call.now, "", "story", call.payload()), refuse_duplicates=False
    )
    photos.attach(call, [photo], accepted.id)
    return call.answer({"success": True, "post_id": accepted.id.rpartition("_")[2]})


@router.get("/{node}/stories")
async def stories(node: str, call: Calling) -> JSONResponse:
    """The page's stories, newest first; those older than a day are archived."""
    page, token = call.page(node, needs_page_token=True)
    found = cut(_of_kind(call, page, "story"), call.params, page.zone)
    fields = call.params.get("fields")
    asked = parse_fields(fields) if fields else [Field("post_id"), Field("status"), Field("creation_time")]
    data = []
    for post in found.posts:
        whole = chosen(asked, _STORY_FIELDS, "Stories", post.id, partial(_story_value, call, post))
        data.append({name: value for name, value in whole.items() if name != "id"})
    if not data:
        return call.answer({"data": []})
    query = {**call.params, "access_token": token.token}
    return call.answer({"data": data, "paging": links(found, call.url(page, "stories"), query)})


def _story_value(call: Call, post: Post, field: Field) -> Any:
    number = post.id.rpartition("_")[2]
    video = objects.get(call.sandbox, "facebook", "video_of", post.id)
    return {
        "post_id": number,
        "status": "archived" if call.now - post.created_at > _STORY_LIFE else "published",
        "creation_time": str(int(post.created_at.timestamp())),
        "media_type": "video" if video else "photo",
        "media_id": video.data["video"] if video else next(iter(call.view.photos_of(post.id)), None),
        "url": f"https://www.facebook.com/stories/{post.account_id}/{number}",
    }.get(field.name)


@router.get("/{node}/video_reels")
async def reels(node: str, call: Calling) -> JSONResponse:
    """The page's reels, newest first: as videos, with the counts of their posts."""
    page, token = call.page(node, needs_page_token=True)
    found = cut(_of_kind(call, page, "reel"), call.params, page.zone)
    data = []
    for post in found.posts:
        own = objects.get(call.sandbox, "facebook", "video_of", post.id)
        thing = objects.get(call.sandbox, "facebook", "video", own.data["video"]) if own else None
        if thing:
            data.append(videos.render(call, thing, call.params.get("fields")))
    if not found.posts:
        return call.answer({"data": []})
    query = {**call.params, "access_token": token.token}
    return call.answer({"data": data, "paging": links(found, call.url(page, "video_reels"), query)})


@router.get("/{node}/video_insights")
async def reel_insights(node: str, call: Calling) -> JSONResponse:
    """Lifetime numbers of a reel; a name that is none of theirs fails the whole call."""
    video = call.own("video", node)
    found = call.sandbox.timeline.find(str(video.data.get("post")), "facebook", call.now) if video else None
    if video is None or found is None:
        raise missing_object("get", node)
    asked = names(call.params.get("metric") or ",".join(REEL_METRICS), REEL_METRICS)
    counts = call.sandbox.timeline.counts(found[1], call.now)
    return call.answer({"data": [_metric(node, name, _value(name, counts)) for name in asked]})


def _value(name: str, counts: Counts) -> int | dict[str, int]:
    views, watched = counts.views or 0, counts.watch_s or 0.0
    kinds = ("LIKE", "LOVE", "WOW", "HAHA", "SORRY", "ANGER")
    reactions = {f"REACTION_{k}": n for k, n in zip(kinds, counts.reactions, strict=True) if n}
    values: dict[str, int | dict[str, int]] = {
        "blue_reels_play_count": views,
        "post_video_avg_time_watched": int(1000 * watched),
        "post_video_view_time": int(1000 * views * watched),
        "post_video_likes_by_reaction_type": reactions,
        "post_video_social_actions": {"COMMENT": counts.comments, "SHARE": counts.shares},
    }
    return values[name]


def _metric(node: str, name: str, value: int | dict[str, int]) -> dict[str, Any]:
    series = {"name": name, "period": "lifetime", "values": [{"value": value}]}
    return {**series, "id": f"{node}/video_insights/{name}/lifetime"}


def _of_kind(call: Call, page: Account, kind: Kind) -> list[Post]:
    posts = call.sandbox.timeline.posts(page, call.now)
    return [post for post in posts if post.published and post.kind == kind and not call.taken_back(post)]
