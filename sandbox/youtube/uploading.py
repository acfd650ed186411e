"""Resumable uploads of videos, and covers."""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from sandbox import objects
from sandbox.objects import Thing
from sandbox.services import Services, services
from sandbox.youtube import videos
from sandbox.youtube.calls import UPLOAD, Calling
from sandbox.youtube.errors import GoogleError, bad_request, not_found
from sandbox.youtube.render import PARTS, rendered
from sandbox.youtube.shapes import read_video
from sandbox.youtube.videos import NETWORK

router = APIRouter(prefix="/youtube/upload/youtube/v3")
SESSION = "session"
SESSION_S = 7 * 86_400.0
QUANTUM = 256 * 1024
LARGEST = 256 * 1024**3
COVER_BYTES = 2 * 1024 * 1024
_PARTIAL = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_PROBE = re.compile(r"bytes \*/(\d+|\*)")


@router.post("/videos")
async def begin(call: Calling) -> Response:
    """Begin an upload; its address is in `Location`."""
    call.needs(UPLOAD)
    call.takes("part", "uploadType", "notifySubscribers", "autoLevels", "stabilize")
    if call.query.get("uploadType") != "resumable":
        raise bad_request("Only resumable uploads are taken here.")
    parts = call.parts(("snippet", "status"))
    video = read_video(await call.body(), parts, with_id=False)
    size = call.request.headers.get("x-upload-content-length", "")
    mime = call.request.headers.get("x-upload-content-type", "application/octet-stream")
    if not size.isdecimal() or not 0 < int(size) <= LARGEST:
        raise bad_request("X-Upload-Content-Length", "mediaBodyRequired")
    if not mime.startswith("video/") and mime != "application/octet-stream":
        raise bad_request(f"Media type '{mime}' is not supported.", "badContent")
    call.spend("insert")
    upload_id = secrets.token_urlsafe(48)
    status = video.get("status") or {"privacyStatus": "public"}
    session = {"size": int(size), "received": 0, "parts": {"snippet": video["snippet"], "status": status}}
    objects.put(call.sandbox, NETWORK, SESSION, upload_id, call.account.id, session)
    query = f"uploadType=resumable&part={','.join(parts)}&upload_id={upload_id}"
    address = f"{call.request.base_url}youtube/upload/youtube/v3/videos?{query}"
    return Response(status_code=200, headers={"location": address, "x-guploader-uploadid": upload_id})


@router.put("/videos")
async def put(request: Request, sandbox: Annotated[Services, Depends(services)]) -> Response:
    """Take a part, or tell how far the upload is."""
    session = objects.get(sandbox, NETWORK, SESSION, request.query_params.get("upload_id", ""))
    if session is None or sandbox.clock.now().timestamp() > session.made_at + SESSION_S:
        return Response("Not Found", 404)
    if session.data.get("video_id"):
        return _done(request, sandbox, str(session.data["video_id"]))
    wanted = request.headers.get("content-range", "")
    if _PROBE.fullmatch(wanted):
        return _go_on(session.data["received"])
    content = await request.body()
    data = session.data
    found = _PARTIAL.fullmatch(wanted)
    if found is None:
        raise bad_request("Failed to parse Content-Range header.")
    first, last, size = map(int, found.groups())
    fits = size == data["size"] and first == data["received"] and last - first + 1 == len(content)
    if not fits or (last + 1 != size and len(content) % QUANTUM):
        raise bad_request("Invalid Content-Range.")
    path = objects.bytes_path(sandbox, NETWORK, session.id)
    with path.open("ab" if first else "wb") as file:
        file.write(content)
    data = {**data, "received": last + 1}
    if last + 1 == size:
        account = sandbox.timeline.accounts[session.account]
        data["video_id"] = videos.add(sandbox, account, data["parts"], _looked_at(path))
    objects.put(sandbox, NETWORK, SESSION, session.id, session.account, data)
    if last + 1 < size:
        return _go_on(last + 1)
    return _done(request, sandbox, data["video_id"])


@router.post("/thumbnails/set")
async def set_cover(call: Calling) -> JSONResponse:
    """A video's own cover."""
    call.needs(UPLOAD)
    call.takes("videoId", "uploadType")
    call.spend("rest", 50)
    thing = own(call.sandbox, call.account.id, call.query.get("videoId", ""))
    content = await call.request.body()
    if call.request.headers.get("content-type") not in ("image/jpeg", "image/png"):
        raise bad_request("The provided image content is invalid.", "invalidImage")
    if not content:
        raise bad_request("The request does not include the image content.", "mediaBodyRequired")
    if len(content) > COVER_BYTES:
        raise bad_request("The image is too large.", "uploadTooLarge")
    videos.set_cover(call.sandbox, thing)
    picture = {"url": f"https://i.ytimg.com/vi/{thing.id}/default.jpg", "width": 120, "height": 90}
    return JSONResponse(
        {
            "kind": "youtube#thumbnailSetResponse",
            "etag": secrets.token_hex(8),
            "items": [{"default": picture}],
        }
    )


def own(sandbox: Services, channel: str, video: str) -> Thing:
    """A channel's video that came through the interface. Raises GoogleError 404, 403."""
    thing = objects.get(sandbox, NETWORK, videos.VIDEO, video)
    if thing is None:
        raise not_found("videoNotFound", "video")
    if thing.account != channel:
        raise GoogleError(403, "forbidden", "The request is not properly authorized.")
    return thing


def _go_on(received: int) -> Response:
    return Response(status_code=308, headers={"range": f"bytes=0-{received - 1}"} if received else {})


def _done(request: Request, sandbox: Services, video: str) -> Response:
    found = videos.find(sandbox, video, sandbox.clock.now())
    if found is None:
        return Response("Gone", 410)
    parts = [part for part in request.query_params.get("part", "").split(",") if part in PARTS]
    return JSONResponse(rendered(sandbox, *found, parts, str(request.base_url)))


def _looked_at(path: Path) -> dict[str, Any]:
    """What the whole file is; it is not kept."""
    content = path.read_bytes()
    path.unlink()
    is_video = content[4:8] == b"ftyp" or content[:4] in (b"\x1a\x45\xdf\xa3", b"RIFF", b"\x00\x00\x01\xba")
    return {"sha256": hashlib.sha256(content).hexdigest(), "is_video": is_video}
