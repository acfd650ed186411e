"""Pins: making, reading, listing and deleting them."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox import objects
from sandbox.model import Account, Counts, Kind, Post
from sandbox.pinterest import media
from sandbox.pinterest.boards import PIN, board_of, own_board
from sandbox.pinterest.call import Call, Calling, Strict
from sandbox.pinterest.errors import PinterestError, invalid
from sandbox.pinterest.oauth import NETWORK
from sandbox.pull import Unreachable, pull

router = APIRouter(prefix="/pinterest/v5")
REVIEW_S = 10.0
_HEADS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG"}
Digits = Annotated[str, Field(pattern=r"^\d+$")]
ImageType = Literal["image/jpeg", "image/png"]


class _Image(Strict):
    content_type: ImageType
    data: Annotated[str, Field(pattern=r"^[a-zA-Z0-9+/=]+$")]
    title: str | None = None
    description: str | None = None
    link: str | None = None


class _Base64(Strict):
    source_type: Literal["image_base64"]
    content_type: ImageType
    data: Annotated[str, Field(pattern=r"^[a-zA-Z0-9+/=]+$")]
    is_standard: bool = True


class _Url(Strict):
    source_type: Literal["image_url"]
    url: str
    is_standard: bool = True


class _Several(Strict):
    source_type: Literal["multiple_image_base64"]
    items: Annotated[list[_Image], Field(min_length=2, max_length=5)]
    index: Annotated[int, Field(ge=0)] = 0


class _Place(Strict):
    url: str
    title: str | None = None
    description: str | None = None
    link: str | None = None


class _SeveralUrls(Strict):
    source_type: Literal["multiple_image_urls"]
    items: Annotated[list[_Place], Field(min_length=2, max_length=5)]
    index: Annotated[int, Field(ge=0)] = 0


class _Video(Strict):
    source_type: Literal["video_id"]
    media_id: Digits
    cover_image_url: str | None = None
    cover_image_content_type: ImageType | None = None
    cover_image_data: str | None = None
    cover_image_key_frame_time: Annotated[int, Field(ge=0)] | None = None


Source = Annotated[_Base64 | _Url | _Several | _SeveralUrls | _Video, Field(discriminator="source_type")]


class NewPin(Strict):
    """The body of ``POST /v5/pins``."""

    board_id: Digits
    media_source: Source
    board_section_id: Digits | None = None
    title: Annotated[str, Field(max_length=100)] | None = None
    description: Annotated[str, Field(max_length=800)] | None = None
    alt_text: Annotated[str, Field(max_length=500)] | None = None
    link: Annotated[str, Field(max_length=2048)] | None = None
    dominant_color: str | None = None


@router.post("/pins")
async def create(call: Calling) -> JSONResponse:
    """Make a pin."""
    call.count("org_write", "boards:read", "boards:write", "pins:read", "pins:write")
    wanted, account = await call.body(NewPin), call.account
    board_id = own_board(call.sandbox, account, wanted.board_id)
    kind, digests = await _media(call, wanted.media_source)
    payload = wanted.model_dump(exclude_none=True, exclude={"media_source"}) | {"sha256": digests}
    accepted = call.sandbox.timeline.accept(
        *(account, call.now, wanted.description or "", kind, payload),
        link=wanted.link,
        refuse_duplicates=False,
    )
    data = {"board_id": board_id, "title": wanted.title, "alt_text": wanted.alt_text, "kind": kind}
    data["section"] = wanted.board_section_id
    objects.put(call.sandbox, NETWORK, PIN, accepted.id, account.id, data)
    found = call.sandbox.timeline.find(accepted.id, "pinterest", call.now)
    if found is None:
        raise PinterestError(500, 0, "Something went wrong.")
    return call.answer(render(call, *found), 201)


async def _media(call: Call, source: Any) -> tuple[Kind, list[str]]:
    """The kind of a pin by its media, and the media's digests. Raises PinterestError 400."""
    if isinstance(source, _Video):
        if not (source.cover_image_url or source.cover_image_data) and (
            source.cover_image_key_frame_time is None
        ):
            raise invalid("A cover image is required for video Pins.")
        return "video", [str(media.usable(call, source.media_id)["sha256"])]
    if isinstance(source, _Base64):
        return "photo", [_decoded(source.content_type, source.data)]
    if isinstance(source, _Several):
        return "album", [_decoded(one.content_type, one.data) for one in source.items]
    urls = [source.url] if isinstance(source, _Url) else [one.url for one in source.items]
    try:
        pulled = [await pull(url) for url in urls]
    except Unreachable:
        raise invalid("Sorry! We could not fetch the image.") from None
    if any(not one.content.startswith(tuple(_HEADS.values())) for one in pulled):
        raise invalid("Sorry! We could not use the image.")
    return ("photo" if isinstance(source, _Url) else "album"), [_digest(one.content) for one in pulled]


def _decoded(content_type: str, data: str) -> str:
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:
        raise invalid("The image data is not base64.") from None
    if not content.startswith(_HEADS[content_type]):
        raise invalid("The image data does not match its content type.")
    return _digest(content)


@router.get("/pins")
async def listing(call: Calling) -> JSONResponse:
    """The account's pins, newest first."""
    call.count("org_read", "boards:read", "pins:read")
    return _listed(call, lambda _post: True)


@router.get("/boards/{board_id}/pins")
async def on_board(board_id: str, call: Calling) -> JSONResponse:
    """A board's pins, newest first."""
    call.count("org_read", "boards:read", "pins:read")
    own_board(call.sandbox, call.account, board_id)
    return _listed(call, lambda post: board_of(call.sandbox, call.account, post) == board_id)


@router.get("/pins/{pin_id}")
async def read(pin_id: str, call: Calling) -> JSONResponse:
    """One pin."""
    call.count("org_read", "boards:read", "pins:read")
    return call.answer(render(call, call.account, own_pin(call, pin_id)))


@router.delete("/pins/{pin_id}")
async def delete(pin_id: str, call: Calling) -> Response:
    """Delete a pin."""
    call.count("org_write", "boards:read", "boards:write", "pins:read", "pins:write")
    call.sandbox.timeline.delete(own_pin(call, pin_id), call.now)
    return Response(status_code=204, headers=call.headers)


def own_pin(call: Call, pin_id: str) -> Post:
    """A pin of the account. Raises PinterestError 404."""
    found = call.sandbox.timeline.find(pin_id, "pinterest", call.now)
    if found is None or found[0].id != call.account.id or _is_gone(call, found[1]):
        raise PinterestError(404, 50, "Pin not found.")
    return found[1]


def _is_gone(call: Call, post: Post) -> bool:
    """Whether it was taken down when it was looked at."""
    return "#rejected" in post.text and (call.now - post.created_at).total_seconds() >= REVIEW_S


def _listed(call: Call, wanted: Any) -> JSONResponse:
    posts = call.sandbox.timeline.posts(call.account, call.now)[::-1]
    shown, bookmark = call.page([post for post in posts if wanted(post) and not _is_gone(call, post)])
    items = [render(call, call.account, post) for post in shown]
    return call.answer({"items": items, "bookmark": bookmark})


def render(call: Call, account: Account, post: Post) -> dict[str, Any]:
    """A pin as Pinterest gives it."""
    thing = objects.get(call.sandbox, NETWORK, PIN, post.id)
    data = thing.data if thing else {}
    pin = {
        "id": post.id,
        "board_id": board_of(call.sandbox, account, post),
        "board_section_id": data.get("section"),
        "board_owner": {"username": account.username},
        "title": data.get("title"),
        "description": post.text or None,
        "alt_text": data.get("alt_text"),
        "link": post.link,
        "created_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "creative_type": {"video": "VIDEO", "album": "CAROUSEL"}.get(post.kind, "REGULAR"),
        "dominant_color": account.colour,
        "has_been_promoted": False,
        "is_owner": True,
        "is_standard": True,
        "parent_pin_id": None,
        "media": _shown(call, account, post),
    }
    if call.query.get("pin_metrics") == "true":
        pin["pin_metrics"] = _metrics(call.sandbox.timeline.counts(post, call.now))
    return pin


def _shown(call: Call, account: Account, post: Post) -> dict[str, Any]:
    url = f"{call.request.base_url}pictures/{account.id}.svg"
    images = {"600x": {"width": 600, "height": 900, "url": url}}
    if post.kind == "video":
        sizes = {"duration": None, "height": None, "width": None}
        return {"media_type": "video", "cover_image_url": url, "images": images, "video_url": None, **sizes}
    if post.kind == "album":
        item = {"item_type": "image", "title": None, "description": None, "link": None, "images": images}
        return {"media_type": "multiple_images", "items": [item, item]}
    return {"media_type": "image", "images": images}


def _metrics(counts: Counts) -> dict[str, Any]:
    numbers = {
        "impression": counts.views or 0,
        "pin_click": counts.clicks or 0,
        "clickthrough": (counts.clicks or 0) // 3,
        "save": counts.bookmarks,
    }
    told = {**numbers, "reaction": counts.reacted, "comment": counts.comments}
    return {"90d": numbers, "lifetime_metrics": told}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
