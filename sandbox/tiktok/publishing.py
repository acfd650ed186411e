"""TikTok's publishing calls: what the creator may do, posts begun, and what became of them."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.objects import Thing
from sandbox.pull import Pulled, Unreachable, pull
from sandbox.tiktok.calls import Call, Calling, limits_of
from sandbox.tiktok.errors import TikTokError, enveloped, invalid
from sandbox.tiktok.posts import NETWORK, PUBLISH, status, taken
from sandbox.tiktok.shapes import PRIVACY, PhotosInit, PublishId, Uploaded, VideoInit

router = APIRouter(prefix="/tiktok/v2/post/publish")
PHOTO_BYTES = 20 * 1024 * 1024
PHOTO_TYPES = ("image/jpeg", "image/webp")
VIDEO_TYPES = ("video/mp4", "video/webm", "video/quicktime")
UNVERIFIED = "unverified.example"
"""A host that nobody has shown to be theirs."""


@router.post("/creator_info/query/")
async def creator_info(call: Calling) -> JSONResponse:
    """What the creator may choose."""
    call.count("creator_info", "video.publish")
    account = call.account
    return enveloped(
        {
            "creator_avatar_url": f"{call.request.base_url}pictures/{account.id}.svg",
            "creator_username": account.username,
            "creator_nickname": account.name,
            "privacy_level_options": [level for level in PRIVACY if level != "FOLLOWER_OF_CREATOR"],
            "comment_disabled": False,
            "duet_disabled": False,
            "stitch_disabled": False,
            "max_video_post_duration_sec": 300,
        }
    )


@router.post("/video/init/")
async def video_init(call: Calling) -> JSONResponse:
    """Begin a video: a place for its parts, or it is fetched."""
    call.count("init", "video.publish")
    body = await call.body(VideoInit)
    _check(call, body.post_info.privacy_level)
    body.post_info.check()
    source = body.source_info
    data = _begun("VIDEO", body.post_info.words, body.model_dump(exclude_none=True))
    if isinstance(source, Uploaded):
        source.check()
        publish_id = _id("v_pub_file~v2-1")
        data["upload_token"] = secrets.token_urlsafe(24)
        objects.put(call.sandbox, NETWORK, PUBLISH, publish_id, call.account.id, data)
        query = f"upload_id={publish_id}&upload_token={data['upload_token']}"
        url = f"{call.request.base_url}tiktok/video/?{query}"
        return enveloped({"publish_id": publish_id, "upload_url": url})
    publish_id = _id("v_pub_url~v2-1")
    await _pulled(call, publish_id, data, [source.video_url])
    return enveloped({"publish_id": publish_id})


@router.post("/content/init/")
async def content_init(call: Calling) -> JSONResponse:
    """Publish photos that TikTok fetches."""
    call.count("init", "video.publish")
    body = await call.body(PhotosInit)
    _check(call, body.post_info.privacy_level)
    body.post_info.check()
    if body.source_info.photo_cover_index >= len(body.source_info.photo_images):
        raise invalid("source_info.photo_cover_index")
    publish_id = _id("p_pub_url~v2")
    data = _begun("PHOTO", body.post_info.words, body.model_dump(exclude_none=True))
    await _pulled(call, publish_id, data, body.source_info.photo_images)
    return enveloped({"publish_id": publish_id})


@router.post("/status/fetch/")
async def fetch(call: Calling) -> JSONResponse:
    """How a post stands."""
    call.count("status", "video.publish")
    thing = _own(call, (await call.body(PublishId)).publish_id)
    return enveloped(status(thing, call.now))


@router.post("/cancel/")
async def cancel(call: Calling) -> JSONResponse:
    """Give up a post whose media is not there yet."""
    call.needs("video.publish")
    thing = _own(call, (await call.body(PublishId)).publish_id)
    if thing.data.get("done_at") is not None:
        raise TikTokError(400, "invalid_params", "The post can't be cancelled any more.")
    gone = {**thing.data, "cancelled": True}
    objects.put(call.sandbox, NETWORK, PUBLISH, thing.id, thing.account, gone)
    return enveloped({})


def _check(call: Call, privacy: str) -> None:
    if privacy == "FOLLOWER_OF_CREATOR":
        words = "The privacy level is not among the creator's options"
        raise TikTokError(403, "privacy_level_option_mismatch", words)
    limits_of(call.request).count_post(call.account.id, call.now.timestamp())


def _own(call: Call, publish_id: str) -> Thing:
    thing = objects.get(call.sandbox, NETWORK, PUBLISH, publish_id)
    if thing is None:
        raise TikTokError(400, "invalid_publish_id", "The publish_id does not exist.")
    if thing.account != call.account.id:
        raise TikTokError(403, "token_not_authorized_for_specified_publish_id")
    return thing


def _id(kind: str) -> str:
    return f"{kind}.{7 * 10**18 + secrets.randbelow(10**17)}"


def _begun(media: str, words: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"media": media, "words": words, "received": 0, **body}


async def _pulled(call: Call, publish_id: str, data: dict[str, Any], urls: list[str]) -> None:
    """Fetch what is to be published. The real TikTok does so after it has answered."""
    if any(urlsplit(url).hostname == UNVERIFIED for url in urls):
        words = "Please verify ownership of the URL properties"
        raise TikTokError(403, "url_ownership_unverified", words)
    failed = "photo_pull_failed" if data["media"] == "PHOTO" else "video_pull_failed"
    try:
        files = await asyncio.gather(*(pull(url) for url in urls))
    except Unreachable:
        data["fail_reason"] = failed
    else:
        data["received"] = sum(len(file.content) for file in files)
        data["fail_reason"] = next(filter(None, (_fault(data["media"], file) for file in files)), None)
        data = taken(call.sandbox, call.account, data)
    objects.put(call.sandbox, NETWORK, PUBLISH, publish_id, call.account.id, data)


def _fault(media: str, file: Pulled) -> str | None:
    if file.mime not in (PHOTO_TYPES if media == "PHOTO" else VIDEO_TYPES):
        return "file_format_check_failed"
    return "picture_size_check_failed" if media == "PHOTO" and len(file.content) > PHOTO_BYTES else None
