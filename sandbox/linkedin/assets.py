"""Images, videos and documents: registered, uploaded to signed addresses, processed, and only then of use."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox import grants, objects
from sandbox.linkedin.call import Call, Calling, Strict
from sandbox.linkedin.errors import LinkedInError, forbidden, invalid, not_found
from sandbox.linkedin.people import NETWORK
from sandbox.objects import Thing
from sandbox.services import Services, services

router = APIRouter(prefix="/linkedin")
Sandbox = Annotated[Services, Depends(services)]
ASSET = "asset"
PART = 4 * 1024 * 1024
HELD_S = 24 * 3600
PROCESSING_S = {"image": 2.0, "video": 10.0, "document": 5.0}
_HEADS = {
    "image": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8"),
    "document": (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
    "video": (b"ftyp",),
}


class _Simple(Strict):
    owner: str


class _SimpleInit(Strict):
    initializeUploadRequest: _Simple  # noqa: N815 - LinkedIn's names


class _Video(Strict):
    owner: str
    fileSizeBytes: Annotated[int, Field(ge=1, le=500 * 1024 * 1024)]  # noqa: N815
    uploadCaptions: bool = False  # noqa: N815
    uploadThumbnail: bool = False  # noqa: N815


class _VideoInit(Strict):
    initializeUploadRequest: _Video  # noqa: N815


class _Finalize(Strict):
    video: str
    uploadToken: str  # noqa: N815
    uploadedPartIds: list[str]  # noqa: N815


class _FinalizeRequest(Strict):
    finalizeUploadRequest: _Finalize  # noqa: N815


@router.post("/rest/images")
async def image(call: Calling) -> JSONResponse:
    """Register an image."""
    return await _begin(call, "image")


@router.post("/rest/documents")
async def document(call: Calling) -> JSONResponse:
    """Register a document."""
    return await _begin(call, "document")


@router.post("/rest/videos")
async def video(call: Calling) -> JSONResponse:
    """Register a video, or finish its upload."""
    call.count()
    if call.query.get("action") == "finalizeUpload":
        return await _finalize(call)
    if call.query.get("action") != "initializeUpload":
        raise invalid("action", "PARAM_INVALID")
    wanted = (await call.body(_VideoInit)).initializeUploadRequest
    call.author(wanted.owner)
    size = wanted.fileSizeBytes
    parts = [[first, min(first + PART, size) - 1] for first in range(0, size, PART)]
    thing_id, urn = _registered(call, "video", wanted.owner, {"size": size, "parts": parts})
    base = f"{call.request.base_url}linkedin/dms-uploads/{thing_id}"
    value: dict[str, Any] = {
        "uploadUrlsExpireAt": _expires(call.now),
        "video": urn,
        "uploadInstructions": [
            {"uploadUrl": f"{base}/{number}", "firstByte": first, "lastByte": last}
            for number, (first, last) in enumerate(parts)
        ],
        "uploadToken": "",
    }
    if wanted.uploadThumbnail:
        value["thumbnailUploadUrl"] = f"{base}/thumbnail"
    return JSONResponse({"value": value})


@router.get("/rest/{kind}/{urn}")
async def standing(kind: str, urn: str, call: Calling) -> JSONResponse:
    """How an asset stands."""
    call.count()
    thing = _thing(call.sandbox, urn) if kind in ("images", "videos", "documents") else None
    if thing is None:
        raise not_found(urn)
    call.author(thing.account)
    return JSONResponse({"id": urn, "owner": thing.account, "status": status(thing, call.now)})


@router.put("/dms-uploads/{thing_id}/{part}")
async def put(thing_id: str, part: str, request: Request, sandbox: Sandbox) -> Response:
    """Bytes of an asset. Its address is its own key; images and documents want the token too."""
    thing = objects.get(sandbox, NETWORK, ASSET, thing_id)
    now = sandbox.clock.now().timestamp()
    if thing is None or now > thing.made_at + HELD_S:
        raise LinkedInError(403, "ACCESS_DENIED", "The upload address is not valid any more")
    if thing.data["kind"] != "video" and grants.check(sandbox, NETWORK, grants.bearer(request)) is None:
        raise LinkedInError(401, "INVALID_ACCESS_TOKEN", "Unauthorized", 65600)
    content = await request.body()
    if part == "thumbnail":
        return Response(status_code=201)
    if thing.data["kind"] == "video":
        return _put_part(sandbox, thing, int(part), content)
    good = content.startswith(_HEADS[thing.data["kind"]])
    digest = hashlib.sha256(content).hexdigest()
    _keep(sandbox, thing, {"put_at": now, "good": good, "size": len(content), "sha256": digest})
    return Response(status_code=201)


def _put_part(sandbox: Services, thing: Thing, number: int, content: bytes) -> Response:
    first, last = thing.data["parts"][number]
    if len(content) != last - first + 1:
        raise invalid("Content-Length")
    path = objects.bytes_path(sandbox, NETWORK, thing.id)
    path.touch()
    with path.open("r+b") as file:
        file.seek(first)
        file.write(content)
    etag = hashlib.sha256(content).hexdigest()[:32]
    latest = objects.get(sandbox, NETWORK, ASSET, thing.id) or thing
    _keep(sandbox, latest, {"etags": {**latest.data.get("etags", {}), str(number): etag}})
    return Response(status_code=200, headers={"ETag": f'"{etag}"'})


async def _finalize(call: Call) -> JSONResponse:
    wanted = (await call.body(_FinalizeRequest)).finalizeUploadRequest
    thing = _thing(call.sandbox, wanted.video)
    if thing is None:
        raise not_found(wanted.video)
    call.author(thing.account)
    etags = thing.data.get("etags", {})
    expected = [etags.get(str(number)) for number in range(len(thing.data["parts"]))]
    if [part.strip('"') for part in wanted.uploadedPartIds] != expected:
        raise invalid("uploadedPartIds")
    path = objects.bytes_path(call.sandbox, NETWORK, thing.id)
    content = path.read_bytes()
    changes = {
        "put_at": thing.data.get("put_at", call.now.timestamp()),
        "good": content[4:8] in _HEADS["video"],
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    _keep(call.sandbox, thing, changes)
    return JSONResponse({})


async def _begin(call: Call, kind: str) -> JSONResponse:
    call.count()
    if call.query.get("action") != "initializeUpload":
        raise invalid("action", "PARAM_INVALID")
    wanted = (await call.body(_SimpleInit)).initializeUploadRequest
    call.author(wanted.owner)
    thing_id, urn = _registered(call, kind, wanted.owner, {})
    url = f"{call.request.base_url}linkedin/dms-uploads/{thing_id}/0"
    value = {"uploadUrlExpiresAt": _expires(call.now), "uploadUrl": url, kind: urn}
    return JSONResponse({"value": value})


def _registered(call: Call, kind: str, owner: str, data: dict[str, Any]) -> tuple[str, str]:
    thing_id = "D4E" + secrets.token_hex(12)
    objects.put(call.sandbox, NETWORK, ASSET, thing_id, owner, {"kind": kind, **data})
    return thing_id, f"urn:li:{kind}:{thing_id}"


def status(thing: Thing, now: datetime) -> str:
    """Where an asset stands."""
    put_at = thing.data.get("put_at")
    if put_at is None:
        return "WAITING_UPLOAD"
    if now.timestamp() < put_at + PROCESSING_S[thing.data["kind"]]:
        return "PROCESSING"
    return "AVAILABLE" if thing.data["good"] else "PROCESSING_FAILED"


def usable(sandbox: Services, urn: str, kind: str, owner: str, now: datetime) -> Thing:
    """An asset that a post can hold. Raises LinkedInError 400 or 403."""
    thing = _thing(sandbox, urn)
    if thing is None or thing.data["kind"] != kind:
        raise invalid("content", "INVALID_URN_ID")
    if thing.account != owner:
        raise forbidden(urn)
    if status(thing, now) in ("WAITING_UPLOAD", "PROCESSING_FAILED"):
        raise invalid("content")
    return thing


def _thing(sandbox: Services, urn: str) -> Thing | None:
    return objects.get(sandbox, NETWORK, ASSET, urn.rpartition(":")[2])


def _keep(sandbox: Services, thing: Thing, changes: dict[str, Any]) -> None:
    objects.put(sandbox, NETWORK, ASSET, thing.id, thing.account, {**thing.data, **changes})


def _expires(now: datetime) -> int:
    return int((now.timestamp() + HELD_S) * 1000)
