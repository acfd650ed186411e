"""Routes of media on X: upload in one call or in segments, status, alt text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from sandbox.x import media
from sandbox.x.call import Call, Calling
from sandbox.x.errors import invalid_request, not_found
from sandbox.x.publish import Id, first_problem

router = APIRouter(prefix="/x/2/media")
Body = TypeVar("Body", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Begin(_Strict):
    """The body of initialize, as in X's OpenAPI document."""

    media_category: Literal["tweet_gif", "tweet_image", "tweet_video"]
    media_type: str
    total_bytes: Annotated[int, Field(ge=0, le=17_179_869_184)]
    shared: bool = False
    additional_owners: list[Id] = []


class _Alt(_Strict):
    text: Annotated[str, Field(max_length=1_000)]


class _Metadata(_Strict):
    alt_text: _Alt


class Describe(_Strict):
    """The body of media/metadata; of its metadata only the alt text is known here."""

    id: Id
    metadata: _Metadata


@router.post("/upload")
async def upload(call: Calling) -> JSONResponse:
    """An image in one call, multipart or JSON with base64."""
    call.count("POST /2/media/upload", "media.write")
    fields = await _fields(call, {"media", "media_category", "shared", "additional_owners"})
    category = str(fields.get("media_category", ""))
    data = media.upload_image(call.sandbox, call.grant.account, await _bytes(fields), category)
    return call.answer({"data": data})


@router.post("/upload/initialize")
async def initialize(call: Calling) -> JSONResponse:
    """A place for segments."""
    call.count("POST /2/media/upload/initialize", "media.write")
    body = _read(Begin, await call.json())
    data = media.initialize(
        call.sandbox, call.grant.account, body.media_category, body.media_type, body.total_bytes
    )
    return call.answer({"data": data})


@router.post("/upload/{media_id}/append")
async def append(media_id: str, call: Calling) -> JSONResponse:
    """One segment."""
    call.count("POST /2/media/upload/:id/append", "media.write")
    fields = await _fields(call, {"media", "segment_index"})
    index = str(fields.get("segment_index", ""))
    if not index.isdecimal():
        raise invalid_request("$.segment_index: is missing or no number", "segment_index", index)
    content = await _bytes(fields)
    return call.answer(
        {"data": media.append(call.sandbox, call.grant.account, media_id, int(index), content)}
    )


@router.post("/upload/{media_id}/finalize")
async def finalize(media_id: str, call: Calling) -> JSONResponse:
    """The last step of an upload in segments."""
    call.count("POST /2/media/upload/:id/finalize", "media.write")
    return call.answer({"data": media.finalize(call.sandbox, call.grant.account, media_id)})


@router.get("/upload")
async def status(call: Calling) -> JSONResponse:
    """How the processing of an upload stands."""
    call.count("GET /2/media/upload", "media.write")
    media_id = call.query.get("media_id", "")
    if call.query.get("command", "STATUS") != "STATUS" or not media_id.isdecimal():
        raise invalid_request("The `media_id` or `command` query parameter is not valid", "media_id")
    data = media.find(call.sandbox, call.grant.account, media_id)
    if data is None:
        return call.answer({"errors": [not_found(media_id, "media_id", "media")]})
    return call.answer({"data": media.shown(call.sandbox, data)})


@router.post("/metadata")
async def metadata(call: Calling) -> JSONResponse:
    """Alt text."""
    call.count("POST /2/media/metadata", "media.write")
    body = _read(Describe, await call.json())
    text = body.metadata.alt_text.text
    media.describe(call.sandbox, call.grant.account, body.id, text)
    associated = {"alt_text": {"text": text}}
    return call.answer({"data": {"id": body.id, "associated_metadata": associated}})


def _read(kind: type[Body], body: object) -> Body:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise first_problem(error) from None


async def _fields(call: Call, known: set[str]) -> Mapping[str, Any]:
    """The fields of a multipart or JSON body; raises XProblem 400 for one that X does not know."""
    is_json = call.request.headers.get("content-type", "").startswith("application/json")
    fields: Mapping[str, Any] = await call.json() if is_json else await call.request.form()
    for name in sorted(set(fields) - known):
        raise invalid_request(
            f"$.{name}: is not defined in the schema and the schema does not allow additional properties"
        )
    return fields


async def _bytes(fields: Mapping[str, Any]) -> bytes:
    given = fields.get("media")
    if isinstance(given, UploadFile):
        return await given.read()
    try:
        return base64.b64decode(str(given or ""), validate=True)
    except (ValueError, binascii.Error):
        raise invalid_request("$.media: is no file and no base64", "media") from None
