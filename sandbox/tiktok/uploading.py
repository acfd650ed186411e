"""Where the parts of a video go: in order, and the last one completes it."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.services import Services, services
from sandbox.tiktok.posts import NETWORK, PUBLISH, UPLOAD_HOLDS_S, taken
from sandbox.tiktok.publishing import VIDEO_TYPES

router = APIRouter(prefix="/tiktok")
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@router.put("/video/")
async def put(request: Request, sandbox: Annotated[Services, Depends(services)]) -> JSONResponse:
    """Take one part: 206, or 201 with the last one."""
    query = request.query_params
    thing = objects.get(sandbox, NETWORK, PUBLISH, query.get("upload_id", ""))
    if thing is None or not hmac.compare_digest(
        str(thing.data.get("upload_token")), query.get("upload_token", "")
    ):
        return _told(404, "no such upload")
    if sandbox.clock.now().timestamp() > thing.made_at + UPLOAD_HOLDS_S or thing.data.get("cancelled"):
        return _told(403, "the upload has expired")
    content = await request.body()
    data, source = thing.data, thing.data["source_info"]
    found = _RANGE.fullmatch(request.headers.get("content-range", ""))
    if found is None or request.headers.get("content-type") not in VIDEO_TYPES:
        return _told(400, "Content-Range or Content-Type")
    first, last, size = map(int, found.groups())
    if size != source["video_size"] or last - first + 1 != len(content):
        return _told(400, "the range does not fit")
    if first != data["received"]:
        return _told(416, "parts have to come in order")
    if len(content) != _due(source, first):
        return _told(400, "the part has not the size that was announced")
    path = objects.bytes_path(sandbox, NETWORK, thing.id)
    with path.open("ab" if first else "wb") as file:
        file.write(content)
    data = {**data, "received": last + 1}
    is_last = last + 1 == size
    if is_last:
        data |= _looked_at(path)
        data = taken(sandbox, sandbox.timeline.accounts[thing.account], data)
    objects.put(sandbox, NETWORK, PUBLISH, thing.id, thing.account, data)
    return _told(201 if is_last else 206, "done" if is_last else "go on")


def _due(source: dict[str, Any], first: int) -> int:
    """How long the part at `first` has to be, in bytes."""
    size, part, count = source["video_size"], source["chunk_size"], source["total_chunk_count"]
    return int(size - first if first // part >= count - 1 else part)


def _looked_at(path: Path) -> dict[str, Any]:
    """What the whole file is; it is not kept."""
    content = path.read_bytes()
    path.unlink()
    is_video = content[4:8] == b"ftyp" or content[:4] == b"\x1a\x45\xdf\xa3"
    found: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest()}
    return found if is_video else {**found, "fail_reason": "file_format_check_failed"}


def _told(status: int, words: str) -> JSONResponse:
    return JSONResponse({"message": words}, status)
