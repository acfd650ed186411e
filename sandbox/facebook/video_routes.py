"""Routes of videos and reels: their phases, and the host that takes a reel's bytes in one stream."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.facebook import tokens, videos
from sandbox.facebook.call import REJECTED, Call, Calling
from sandbox.facebook.errors import GraphError, invalid_parameter, missing_object
from sandbox.facebook.photos import new_id
from sandbox.model import Account, Kind
from sandbox.objects import Thing
from sandbox.pull import Unreachable, pull

router = APIRouter(prefix="/facebook")
WINDOW = 1024 * 1024
REELS_A_DAY = 30
_KINDS: dict[str, Kind] = {"videos": "video", "video_reels": "reel", "video_stories": "story"}
_UPLOAD = frozenset({"access_token", "upload_phase", "file_size", "upload_session_id", "start_offset"})
_FINISH = frozenset(
    {"access_token", "upload_phase", "title", "description", "is_ai_generated", "scheduled_publish_time"}
)
_KNOWN = {
    "videos": _UPLOAD | _FINISH | {"published"},
    "video_reels": _FINISH | {"video_id", "video_state"},
    "video_stories": _FINISH | {"video_id", "video_state"},
}


@router.post("/{node}/videos")
async def video(node: str, call: Calling) -> JSONResponse:
    """A chunked upload's phases: start, transfer, finish, cancel."""
    page = _page(node, call, "videos")
    match call.params.get("upload_phase", ""):
        case "start":
            return _start_chunked(call, page)
        case "transfer":
            return await _transfer(call, page)
        case "finish":
            thing = _session(call, page)
            _finish(call, page, thing, call.params.get("description", ""))
            return call.answer({"success": True})
        case "cancel":
            thing = videos.save(call, _session(call, page), session="")
            objects.bytes_path(call.sandbox, "facebook", thing.id).unlink(missing_ok=True)
            return call.answer({"success": True})
    raise invalid_parameter("param upload_phase must be one of start, transfer, finish, cancel")


@router.post("/{node}/video_reels")
@router.post("/{node}/video_stories")
async def streamed(node: str, call: Calling) -> JSONResponse:
    """A reel's or a story's phases: start and finish; the bytes go elsewhere."""
    edge = call.request.url.path.rpartition("/")[2]
    page = _page(node, call, edge)
    phase = call.params.get("upload_phase", "").lower()
    if phase == "start":
        data = {"edge": edge, "size": None, "session": ""}
        video_id = new_id(call)
        objects.put(call.sandbox, "facebook", "video", video_id, page.id, data)
        url = f"{call.request.base_url}facebook/rupload/video-upload/v26.0/{video_id}"
        return call.answer({"video_id": video_id, "upload_url": url})
    if phase != "finish":
        raise invalid_parameter("param upload_phase must be one of START, FINISH")
    thing = objects.get(call.sandbox, "facebook", "video", call.params.get("video_id", ""))
    if thing is None or thing.account != page.id or thing.data["edge"] != edge:
        raise missing_object("post", call.params.get("video_id", ""))
    if edge == "video_reels":
        _check_reel(call, page)
    post = _finish(call, page, thing, call.params.get("description", "") if edge == "video_reels" else "")
    return call.answer({"success": True, "post_id": videos.post_number(post)})


@router.post("/rupload/video-upload/{version}/{video_id}")
async def receive(version: str, video_id: str, call: Calling) -> JSONResponse:  # noqa: ARG001
    """A stream of bytes from an offset to the end; what came before a break stays."""
    token = tokens.check(call.sandbox, call.given_token())
    thing = objects.get(call.sandbox, "facebook", "video", video_id)
    if thing is None or token.subject != thing.account:
        return _debug("There is no such upload", status=404)
    headers = call.request.headers
    if headers.get("file_url"):
        try:
            content = (await pull(headers["file_url"])).content
        except Unreachable:
            return _debug("The video could not be fetched")
        objects.bytes_path(call.sandbox, "facebook", video_id).write_bytes(content)
        videos.save(call, thing, size=len(content))
        return call.answer({"success": True})
    offset, size = headers.get("offset", ""), headers.get("file_size", "")
    if not offset.isdecimal() or not size.isdecimal():
        return _debug("The headers offset and file_size are needed")
    arrived = videos.received(call.sandbox, thing)
    if int(offset) != arrived:
        return _debug(f"The offset has to be {arrived}", retriable=True)
    thing = videos.save(call, thing, size=int(size))
    await _append(call, call.request, video_id)
    if not videos.is_whole(call.sandbox, thing):
        return _debug("The video is not whole yet", retriable=True)
    return call.answer({"success": True})


async def _append(call: Call, request: Request, video_id: str) -> None:
    """Write the body at the end; what came stays, also when the sender goes away."""
    with objects.bytes_path(call.sandbox, "facebook", video_id).open("ab", buffering=0) as file:
        try:
            async for piece in request.stream():
                file.write(piece)
        except ClientDisconnect:
            return


def _page(node: str, call: Call, edge: str) -> Account:
    page, _ = call.page(node, needs_page_token=True, scope="pages_manage_posts")
    unknown = sorted(set(call.params) - _KNOWN[edge])
    if unknown:
        raise invalid_parameter(f"Unknown parameter {unknown[0]}")
    return page


def _start_chunked(call: Call, page: Account) -> JSONResponse:
    size = call.params.get("file_size", "")
    if not size.isdecimal() or int(size) < 1:
        raise GraphError(
            382, "(#382) The video file you tried to upload is too small. The minimum size is 1 KB."
        )
    video_id, session = new_id(call), secrets.token_hex(8)
    data = {"edge": "videos", "size": int(size), "session": session}
    objects.put(call.sandbox, "facebook", "video", video_id, page.id, data)
    objects.put(call.sandbox, "facebook", "session", session, page.id, {"video": video_id})
    offsets = {"start_offset": "0", "end_offset": str(min(int(size), WINDOW))}
    return call.answer({"video_id": video_id, "upload_session_id": session, **offsets})


async def _transfer(call: Call, page: Account) -> JSONResponse:
    thing = _session(call, page)
    received, size = videos.received(call.sandbox, thing), thing.data["size"]
    content = await call.files["video_file_chunk"].read() if "video_file_chunk" in call.files else b""
    window = min(size, received + WINDOW)
    if call.params.get("start_offset") != str(received) or not 0 < len(content) <= window - received:
        raise GraphError(6001, "(#6001) There was a problem uploading your video file.", subcode=1363037)
    path = objects.bytes_path(call.sandbox, "facebook", thing.id)
    with path.open("ab") as file:
        file.write(content)
    received += len(content)
    return call.answer({"start_offset": str(received), "end_offset": str(min(size, received + WINDOW))})


def _session(call: Call, page: Account) -> Thing:
    """The video of an upload session. Raises GraphError 6001 when there is none."""
    session = objects.get(call.sandbox, "facebook", "session", call.params.get("upload_session_id", ""))
    thing = objects.get(call.sandbox, "facebook", "video", session.data["video"]) if session else None
    if thing is None or thing.account != page.id or not thing.data["session"]:
        raise GraphError(6001, "(#6001) There was a problem uploading your video file.", subcode=1363030)
    return thing


def _check_reel(call: Call, page: Account) -> None:
    """Raises GraphError for an unknown state, and beyond the reels of a day."""
    if call.params.get("video_state") not in ("PUBLISHED", "SCHEDULED", "DRAFT"):
        raise invalid_parameter("param video_state must be one of DRAFT, PUBLISHED, SCHEDULED")
    since = call.now - timedelta(hours=24)
    published = call.sandbox.store.accepted("facebook", page.id)
    if sum(post.kind == "reel" and post.accepted_at > since for post in published) >= REELS_A_DAY:
        raise GraphError(613, "(#613) Calls to this api have exceeded the rate limit.")


def _finish(call: Call, page: Account, thing: Thing, text: str) -> str:
    """Let a whole video be processed and published; the id of its post. Raises GraphError 6000."""
    if not videos.is_whole(call.sandbox, thing) or thing.data.get("finished_at") is not None:
        raise GraphError(6000, "(#6000) There was a problem uploading your video file. Please try again.")
    with objects.bytes_path(call.sandbox, "facebook", thing.id).open("rb") as file:
        is_movie = file.read(12)[4:8] == b"ftyp"
    fails = None if is_movie else "The video's format is not supported."
    if REJECTED in text:
        fails = "The video goes against our Community Standards."
    payload: dict[str, Any] = {**call.payload(), "video_id": thing.id}
    accepted = call.sandbox.timeline.accept(
        *(page, call.now, text, _KINDS[thing.data["edge"]], payload),
        public_at=call.now + timedelta(seconds=videos.PROCESSING_S),
        published=fails is None,
        refuse_duplicates=False,
        own_id=thing.id if thing.data["edge"] == "video_reels" else None,
    )
    kept = {name: call.params.get(name) for name in ("title", "description")}
    videos.save(call, thing, finished_at=call.now.timestamp(), fails=fails, post=accepted.id, **kept)
    objects.put(call.sandbox, "facebook", "video_of", accepted.id, page.id, {"video": thing.id})
    return accepted.id


def _debug(message: str, *, retriable: bool = False, status: int = 400) -> JSONResponse:
    """An error as the upload host words it."""
    info = {"retriable": retriable, "type": "ProcessingFailedError", "message": message}
    return JSONResponse({"debug_info": info}, status)
