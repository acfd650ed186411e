"""Photos of a page: uploaded or fetched, published at once or kept for a post or a story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.facebook.call import Call, Calling, truthy
from sandbox.facebook.errors import DUPLICATE, GraphError, invalid_parameter
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.objects import chosen
from sandbox.facebook.times import graph_time
from sandbox.ids import from_milliseconds, milliseconds
from sandbox.model import Account
from sandbox.objects import Thing
from sandbox.pull import Unreachable, pull
from sandbox.timeline import Duplicate

router = APIRouter(prefix="/facebook")
_LARGEST = 10 * 1024 * 1024
_KEPT = timedelta(hours=24)
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_PARAMETERS = frozenset(
    {"access_token", "alt_text_custom", "caption", "message", "no_story", "published", "temporary", "url"}
)
_FIELDS = frozenset({"id", "alt_text", "alt_text_custom", "created_time", "name", "link", "page_story_id"})


@router.post("/{node}/photos")
async def upload(node: str, call: Calling) -> JSONResponse:
    """Take a photo, and publish it unless told not to."""
    page, _ = call.page(node, needs_page_token=True, scope="pages_manage_posts")
    unknown = sorted(set(call.params) - _PARAMETERS)
    if unknown:
        raise invalid_parameter(f"Unknown parameter {unknown[0]}")
    content = await _content(call)
    if len(content) > _LARGEST or not content.startswith(_MAGIC):
        raise GraphError(324, "(#324) Missing or invalid image file")
    photo_id = new_id(call)
    data: dict[str, Any] = {"size": len(content), "alt": call.params.get("alt_text_custom"), "post": None}
    if not truthy(call.params.get("published", "true")):
        objects.put(call.sandbox, "facebook", "photo", photo_id, page.id, data)
        return call.answer({"id": photo_id})
    text = call.params.get("message") or call.params.get("caption") or ""
    try:
        accepted = call.sandbox.timeline.accept(page, call.now, text, "photo", call.payload())
    except Duplicate:
        raise DUPLICATE from None
    objects.put(call.sandbox, "facebook", "photo", photo_id, page.id, data)
    attach(call, [objects.Thing(photo_id, page.id, call.now.timestamp(), data)], accepted.id)
    return call.answer({"id": photo_id, "post_id": accepted.id})


async def _content(call: Call) -> bytes:
    if "source" in call.files:
        return await call.files["source"].read()
    if not call.params.get("url"):
        raise GraphError(324, "(#324) Requires upload file")
    try:
        return (await pull(call.params["url"])).content
    except Unreachable as error:
        raise GraphError(324, f"(#324) Missing or invalid image file: {error}") from None


def unused(call: Call, page: Account, photo_id: str) -> Thing:
    """A photo of the page that was uploaded unpublished in the last day and is in no post yet.

    Raises GraphError 100 where it is not.
    """
    thing = objects.get(call.sandbox, "facebook", "photo", photo_id)
    if thing is None or thing.account != page.id:
        raise invalid_parameter(f"There is no photo {photo_id} of this page")
    if thing.data["post"] is not None:
        raise invalid_parameter(f"The photo {photo_id} was published already", subcode=1366051)
    if call.now.timestamp() - thing.made_at > _KEPT.total_seconds():
        raise invalid_parameter(f"There is no photo {photo_id} any more")
    return thing


def attach(call: Call, photos: Sequence[Thing], post_id: str) -> None:
    """Note which photos a post shows."""
    if not photos:
        return
    ids = {"photos": [photo.id for photo in photos]}
    objects.put(call.sandbox, "facebook", "attached", post_id, photos[0].account, ids)
    for photo in photos:
        data = {**photo.data, "post": post_id}
        objects.put(call.sandbox, "facebook", "photo", photo.id, photo.account, data)


def render(photo: Thing, fields: str | None) -> dict[str, Any]:
    """A photo as a Graph object. Raises GraphError 100 and 2500."""
    made_at = from_milliseconds(int(photo.made_at * 1000))
    values = {
        "created_time": graph_time(made_at),
        "alt_text_custom": photo.data["alt"],
        "alt_text": photo.data["alt"],
        "link": f"https://www.facebook.com/photo/?fbid={photo.id}",
        "page_story_id": photo.data["post"],
    }
    asked = parse_fields(fields) if fields else [Field("created_time"), Field("id")]
    return chosen(asked, _FIELDS, "Photo", photo.id, lambda field: values.get(field.name))


def new_id(call: Call) -> str:
    """An id for a photo or a video of the page: digits only, like all of Graph's that are no posts."""
    number = milliseconds(call.now) * 1000
    taken = ("photo", "video")
    while any(objects.get(call.sandbox, "facebook", kind, f"9{number}") for kind in taken):
        number += 1
    return f"9{number}"
