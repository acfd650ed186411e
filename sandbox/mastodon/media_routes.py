"""Media: taken at once, images ready at once, videos processed later."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.ids import snowflake
from sandbox.mastodon import instance, posts
from sandbox.mastodon.calls import Call, Calling
from sandbox.mastodon.errors import MastodonError, failed, not_found
from sandbox.objects import Thing

router = APIRouter(prefix="/mastodon")
PROCESSING_S = 6.0
BROKEN = b"broken"
"""A video that has this in its first bytes can't be processed."""


@router.post("/api/v2/media")
async def upload(call: Calling) -> JSONResponse:
    """Take a file."""
    call.needs("write:media")
    call.count("media")
    form = await call.request.form()
    file, description = form.get("file"), str(form.get("description") or "")
    if not isinstance(file, UploadFile):
        raise failed("File can't be blank")
    mime, content = file.content_type or "", await file.read()
    if mime not in instance.MEDIA["supported_mime_types"]:
        raise failed("File content type is invalid, File is invalid")
    is_video = mime.startswith("video/")
    most = instance.MEDIA["video_size_limit" if is_video else "image_size_limit"]
    if len(content) > most:
        raise failed(f"File file size must be less than {most // 1024 // 1024} MB")
    if len(description) > instance.MEDIA["description_limit"]:
        raise failed(f"Description is too long (maximum is {instance.MEDIA['description_limit']} characters)")
    media_id = _fresh_id(call)
    data = {
        "account": call.me.id,
        "mime": mime,
        "size": len(content),
        "description": description,
        "thumbnail": isinstance(form.get("thumbnail"), UploadFile),
        "broken": BROKEN in content[:200],
        "ready_at": call.now.timestamp() + (PROCESSING_S if is_video else 0.0),
    }
    path = objects.bytes_path(call.sandbox, posts.NETWORK, media_id)
    await asyncio.to_thread(path.write_bytes, content)
    objects.put(call.sandbox, posts.NETWORK, posts.MEDIA, media_id, call.me.id, data)
    shown = posts.attachment(media_id, data, str(call.request.base_url), ready=not is_video)
    return call.answer(shown, 202 if is_video else 200)


@router.get("/api/v1/media/{media_id}")
async def media(media_id: str, call: Calling) -> JSONResponse:
    """How far a file is: 206 while it is processed."""
    call.needs("write:media")
    thing = _own(call, media_id)
    ready = call.now.timestamp() >= thing.data["ready_at"]
    if ready and thing.data["broken"]:
        raise MastodonError(422, "Error processing thumbnail for uploaded media")
    shown = posts.attachment(media_id, thing.data, str(call.request.base_url), ready=ready)
    return call.answer(shown, 200 if ready else 206)


def attachable(call: Call, media_ids: list[str]) -> list[Thing]:
    """The files for a post. Raises MastodonError 422 for those that can't be attached."""
    if len(media_ids) > instance.STATUSES["max_media_attachments"]:
        raise failed("Cannot attach more than 4 files")
    found = []
    for media_id in media_ids:
        thing = objects.get(call.sandbox, posts.NETWORK, posts.MEDIA, media_id)
        if thing is None or thing.account != call.me.id or thing.data.get("status"):
            raise failed(f"Media {media_id} not found or already attached to another post")
        found.append(thing)
    if any(call.now.timestamp() < thing.data["ready_at"] for thing in found):
        raise failed("Cannot attach files that have not finished processing. Try again in a moment!")
    if len(found) > 1 and any(thing.data["mime"].startswith("video/") for thing in found):
        raise failed("Cannot attach a video to a post that already contains images")
    return found


def _own(call: Call, media_id: str) -> Thing:
    thing = objects.get(call.sandbox, posts.NETWORK, posts.MEDIA, media_id)
    if thing is None or thing.account != call.me.id:
        raise not_found()
    return thing


def _fresh_id(call: Call) -> str:
    sequence = 0
    while objects.get(call.sandbox, posts.NETWORK, posts.MEDIA, snowflake(call.now, sequence)):
        sequence += 1
    return snowflake(call.now, sequence)
