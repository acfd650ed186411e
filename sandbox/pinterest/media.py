"""Videos on their way: registered, posted to a signed address as a form with the file last, processed."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from sandbox import objects
from sandbox.objects import Thing
from sandbox.pinterest.call import Call, Calling, Strict
from sandbox.pinterest.errors import PinterestError, invalid
from sandbox.pinterest.oauth import NETWORK
from sandbox.services import Services, services

router = APIRouter(prefix="/pinterest")
Sandbox = Annotated[Services, Depends(services)]
MEDIA = "media"
POLICY_S = 3_600
PROCESSING_S = 8.0


class _Register(Strict):
    media_type: Literal["video"]


@router.post("/v5/media")
async def register(call: Calling) -> JSONResponse:
    """Register a video: where to post it, and with what."""
    call.count("org_write", "pins:read", "pins:write")
    await call.body(_Register)
    media_id = f"5{secrets.randbelow(10**17):017d}"
    parameters = {
        "x-amz-date": call.now.strftime("%Y%m%dT%H%M%SZ"),
        "x-amz-signature": secrets.token_hex(32),
        "x-amz-security-token": secrets.token_urlsafe(60),
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "key": f"uploads/{media_id[:2]}/3:video:{call.account.id}:{media_id}",
        "policy": secrets.token_urlsafe(40),
        "x-amz-credential": "sandbox/us-east-1/s3/aws4_request",
        "Content-Type": "multipart/form-data",
    }
    objects.put(call.sandbox, NETWORK, MEDIA, media_id, call.account.id, {"parameters": parameters})
    objects.put(call.sandbox, NETWORK, "key", parameters["key"], call.account.id, {"media_id": media_id})
    told = {
        "media_id": media_id,
        "media_type": "video",
        "upload_url": f"{call.request.base_url}pinterest/uploads/",
        "upload_parameters": parameters,
    }
    return call.answer(told, 201)


@router.get("/v5/media/{media_id}")
async def standing(media_id: str, call: Calling) -> JSONResponse:
    """How a video stands."""
    call.count("org_read", "pins:read")
    thing = objects.get(call.sandbox, NETWORK, MEDIA, media_id)
    if thing is None or thing.account != call.account.id:
        raise PinterestError(404, 404, "Media not found.")
    told = {"media_id": media_id, "media_type": "video", "status": status(thing, call.now)}
    return call.answer(told)


@router.post("/uploads/")
async def upload(request: Request, sandbox: Sandbox) -> Response:
    """The storage: takes the form if every parameter is as given and the file comes last."""
    form = await request.form()
    fields = list(form.multi_items())
    key = objects.get(sandbox, NETWORK, "key", str(form.get("key", "")))
    thing = objects.get(sandbox, NETWORK, MEDIA, key.data["media_id"]) if key else None
    if thing is None or not fields or fields[-1][0] != "file" or not isinstance(fields[-1][1], UploadFile):
        return _denied("AccessDenied")
    given = {name: value for name, value in fields[:-1] if isinstance(value, str)}
    now = sandbox.clock.now().timestamp()
    if given != thing.data["parameters"] or now > thing.made_at + POLICY_S:
        return _denied("AccessDenied")
    if "authorization" in request.headers:
        return _denied("InvalidArgument")
    digest, size, head = hashlib.sha256(), 0, b""
    while block := await fields[-1][1].read(1 << 20):
        head, size = head or block[:12], size + len(block)
        digest.update(block)
    data = {**thing.data, "put_at": now, "good": head[4:8] == b"ftyp", "sha256": digest.hexdigest()}
    objects.put(sandbox, NETWORK, MEDIA, thing.id, thing.account, {**data, "size": size})
    return Response(status_code=204)


def status(thing: Thing, now: datetime) -> str:
    """Where a video stands."""
    put_at = thing.data.get("put_at")
    if put_at is None:
        return "registered"
    if now.timestamp() < put_at + PROCESSING_S:
        return "processing"
    return "succeeded" if thing.data["good"] else "failed"


def usable(call: Call, media_id: str) -> dict[str, Any]:
    """A video that a pin can show. Raises PinterestError 400."""
    thing = objects.get(call.sandbox, NETWORK, MEDIA, media_id)
    if thing is None or thing.account != call.account.id or status(thing, call.now) != "succeeded":
        raise invalid("Video is not ready, or does not exist.")
    return thing.data


def _denied(code: str) -> Response:
    words = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Response(words, 403, media_type="application/xml")
