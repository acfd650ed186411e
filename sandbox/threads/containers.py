"""Containers: made from a call's parameters, worked on for some seconds, published once, gone after a day."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PIL import Image, UnidentifiedImageError

from sandbox import objects
from sandbox.facebook.errors import GraphError, invalid_parameter
from sandbox.ids import milliseconds
from sandbox.model import Account, Kind
from sandbox.objects import Thing
from sandbox.pull import Unreachable, pull
from sandbox.services import Services
from sandbox.threads.call import DAY_S, LIMITS, NETWORK

KIND = "container"
VIDEO_S = 6.0
REJECTED = "#rejected"
TEXT_LIMIT, LINKS, NOT_FOUND = 500, 5, 4279009
_MIB = 1024 * 1024
_LINK = re.compile(r"https?://\S+")
_CONTROLS = (
    *("everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only", "followers_only"),
)
_COMMON = {
    "text",
    "reply_control",
    "reply_to_id",
    "topic_tag",
    "location_id",
    "text_entities",
    "quote_post_id",
}
# Parameters by media type, as the collection of Threads' own requests has them.
KNOWN = {
    "TEXT": _COMMON
    | {"link_attachment", "poll_attachment", "auto_publish_text", "text_attachment", "gif_attachment"}
    | {"is_ghost_post"},
    "IMAGE": _COMMON | {"image_url", "alt_text", "is_spoiler_media", "is_carousel_item"},
    "VIDEO": _COMMON | {"video_url", "alt_text", "is_spoiler_media", "is_carousel_item"},
    "CAROUSEL": _COMMON | {"children", "is_spoiler_media"},
}
_KINDS: dict[str, Kind] = {"IMAGE": "photo", "VIDEO": "video", "CAROUSEL": "album"}


def length(text: str) -> int:
    """Characters, of which an emoji counts its bytes."""
    return sum(len(c.encode()) if ord(c) >= 0x1F000 or c in "\u200d\ufe0f" else 1 for c in text)


async def make(services: Services, account: Account, params: Mapping[str, str], now: datetime) -> Thing:
    """A new container. Raises GraphError as the network refuses."""
    kind, given = params.get("media_type", ""), set(params) - {"access_token", "media_type"}
    if kind not in KNOWN:
        raise invalid_parameter(f"param media_type must be one of {', '.join(KNOWN)}")
    if given - KNOWN[kind]:
        raise invalid_parameter(f"param {min(given - KNOWN[kind])} is not known for {kind}")
    _words(kind, params)
    if params.get("reply_to_id") and services.timeline.find(params["reply_to_id"], NETWORK, now) is None:
        raise GraphError(24, "The requested resource does not exist", subcode=NOT_FOUND)
    data: dict[str, Any] = {"params": {k: v for k, v in params.items() if k != "access_token"}}
    data |= {
        "ready_at": now.timestamp(),
        "problem": await _file_problem(services, account, kind, params, now),
    }
    if kind == "VIDEO":
        data["ready_at"] += VIDEO_S
    if REJECTED in params.get("text", ""):
        data["problem"] = "UNKNOWN"
    container = f"1791{milliseconds(now)}{secrets.randbelow(1000):03d}"
    objects.put(services, NETWORK, KIND, container, account.id, data)
    return Thing(container, account.id, now.timestamp(), data)


def _words(kind: str, params: Mapping[str, str]) -> None:
    text, link = params.get("text", ""), params.get("link_attachment", "")
    if length(text) > TEXT_LIMIT:
        raise invalid_parameter(f"Param text must be at most {TEXT_LIMIT} characters long.")
    if kind == "TEXT" and not text.strip() and not link:
        raise invalid_parameter("The parameter text is required")
    if len(set(_LINK.findall(text)) | ({link} if link else set())) > LINKS:
        raise invalid_parameter("THREADS_API__LINK_LIMIT_EXCEEDED")
    if params.get("reply_control", "everyone") not in _CONTROLS:
        raise invalid_parameter(f"param reply_control must be one of {', '.join(_CONTROLS)}")
    topic = params.get("topic_tag")
    if topic is not None and (not 1 <= len(topic) <= 50 or set(topic) & set(".&")):
        raise invalid_parameter("param topic_tag is not valid")
    if len(params.get("alt_text", "")) > 1_000:
        raise invalid_parameter("param alt_text is too long")


async def _file_problem(
    services: Services, account: Account, kind: str, params: Mapping[str, str], now: datetime
) -> str | None:
    """Fetch the file: what will be said against a video; GraphError for an image."""
    if kind == "CAROUSEL":
        _children(services, account, params, now)
    if kind == "IMAGE":
        await _image(params.get("image_url", ""))
    if kind == "VIDEO":
        try:
            found = await pull(params.get("video_url", ""))
        except Unreachable:
            return "FAILED_DOWNLOADING_VIDEO"
        if found.mime not in ("video/mp4", "video/quicktime") or not found.content:
            return "FAILED_PROCESSING_VIDEO"
    return None


async def _image(url: str) -> None:
    try:
        found = await pull(url)
    except Unreachable as error:
        words = f"The media could not be fetched from this URI: {error}"
        user = ("Media download has failed.", words)
        raise GraphError(1, "Media download has failed.", subcode=2207052, user_message=user) from None
    try:
        with Image.open(io.BytesIO(found.content)) as image:
            fine = image.format in ("JPEG", "PNG") and 0.1 <= image.width / image.height <= 10
    except (UnidentifiedImageError, OSError):
        fine = False
    if not fine or len(found.content) > 8 * _MIB:
        raise invalid_parameter("The image is not one that Threads takes.")


def _children(services: Services, account: Account, params: Mapping[str, str], now: datetime) -> None:
    names = [name.strip(' "') for name in params.get("children", "").strip("[]").split(",") if name.strip()]
    if not 2 <= len(names) <= 20 or len(set(names)) < len(names):
        raise invalid_parameter("A carousel needs 2 to 20 items.")
    for name in names:
        thing = objects.get(services, NETWORK, KIND, name)
        if thing is None or thing.account != account.id or state(thing, now)[0] != "FINISHED":
            raise GraphError(24, "The requested resource does not exist", subcode=NOT_FOUND)
        if thing.data["params"].get("is_carousel_item") != "true":
            raise invalid_parameter("An item of the carousel is none.")


def state(thing: Thing, now: datetime) -> tuple[str, str | None]:
    """Its status and error_message."""
    data, at = thing.data, now.timestamp()
    if data.get("published"):
        return "PUBLISHED", None
    if at > thing.made_at + DAY_S:
        return "EXPIRED", None
    if at < data["ready_at"]:
        return "IN_PROGRESS", None
    return ("ERROR", data["problem"]) if data.get("problem") else ("FINISHED", None)


def publish(services: Services, account: Account, container: str, now: datetime) -> str:
    """Make a container public; the id of the post. Raises GraphError as the network refuses."""
    thing = objects.get(services, NETWORK, KIND, container)
    if thing is None or thing.account != account.id or thing.data["params"].get("is_carousel_item"):
        raise _not_found(container)
    params = thing.data["params"]
    reply_to = params.get("reply_to_id")
    allowed = LIMITS.replies if reply_to else LIMITS.posts
    if used(services, account, now, replies=bool(reply_to)) >= allowed:
        raise GraphError(4, "(#4) Application request limit reached", subcode=1349210)
    if state(thing, now)[0] != "FINISHED":
        raise _not_found(container)
    kind: Kind = _KINDS.get(params["media_type"], "link" if params.get("link_attachment") else "status")
    payload = {**params, "creation_id": container}
    accepted = services.timeline.accept(
        *(account, now, params.get("text", ""), kind, payload, params.get("link_attachment")),
        reply_to=reply_to,
        refuse_duplicates=False,
    )
    published = {"published": accepted.id, "published_at": now.timestamp()}
    objects.put(services, NETWORK, KIND, container, account.id, {**thing.data, **published})
    return accepted.id


def used(services: Services, account: Account, now: datetime, *, replies: bool) -> int:
    """Posts, or replies, published in the last 24 hours."""
    made = objects.of_account(services, NETWORK, KIND, account.id)
    recent = [t for t in made if now.timestamp() - t.data.get("published_at", 0.0) < DAY_S]
    return sum(bool(thing.data["params"].get("reply_to_id")) is replies for thing in recent)


def _not_found(container: str) -> GraphError:
    words = f"The media with id {container} cannot be found."
    return GraphError(
        24,
        "The requested resource does not exist",
        subcode=NOT_FOUND,
        user_message=("Media Not Found", words),
    )
