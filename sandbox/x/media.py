"""Media on X before a post shows them: whole images, files in segments, and their processing.

A GIF or video that holds the bytes ``#rejected`` fails when it is processed.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox import objects
from sandbox.ids import snowflake
from sandbox.services import Services
from sandbox.x.errors import XProblem, invalid_request

NETWORK: Final = "x"
KIND: Final = "media"
EXPIRES_S: Final = 86_400
PENDING_S, PROCESSING_S = 1.0, 4.0
SEGMENT_BYTES: Final = 8 * 1024 * 1024
SEGMENTS: Final = 1_000
MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Category:
    """What a category of media takes; `prefix` begins its media keys."""

    type: str
    prefix: int
    max_bytes: int
    mimes: frozenset[str]


_IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/pjpeg"})
CATEGORIES: Final = {
    "tweet_image": Category("photo", 3, 5 * MIB, _IMAGES),
    "tweet_gif": Category("animated_gif", 16, 15 * MIB, frozenset({"image/gif"})),
    "tweet_video": Category(
        "video", 7, 512 * MIB, frozenset({"video/mp4", "video/quicktime", "video/webm", "video/mp2t"})
    ),
}
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"GIF8", b"\x1a\x45\xdf\xa3")


def upload_image(sandbox: Services, account: str, content: bytes, category: str) -> dict[str, Any]:
    """An image in one call, ready at once. Raises XProblem 400."""
    if category != "tweet_image":
        raise invalid_request(f"$.media_category: {category} has to be uploaded in segments")
    if not content or not _is_media(content[:12]) or content[:4] == b"GIF8":
        raise invalid_request("media type unrecognized.", "media")
    if len(content) > CATEGORIES[category].max_bytes:
        raise invalid_request("Image file size must be <= 5242880 bytes", "media")
    data = _fresh(sandbox, category) | {"size": len(content), "state": "succeeded", "ready_at": 0.0}
    data["sha256"] = hashlib.sha256(content).hexdigest()
    objects.put(sandbox, NETWORK, KIND, data["id"], account, data)
    return shown(sandbox, data)


def initialize(sandbox: Services, account: str, category: str, mime: str, size: int) -> dict[str, Any]:
    """A place for a file's segments. Raises XProblem 400."""
    rule = CATEGORIES.get(category)
    if rule is None or mime not in rule.mimes:
        raise invalid_request(f"$.media_type: {mime} can't be {category}")
    if not 0 < size <= rule.max_bytes:
        raise invalid_request(f"File size exceeds {rule.max_bytes} bytes.", "total_bytes", str(size))
    data = _fresh(sandbox, category) | {"size": size, "state": "open", "segments": {}}
    objects.put(sandbox, NETWORK, KIND, data["id"], account, data)
    return {name: data[name] for name in ("id", "media_key")} | {"expires_after_secs": EXPIRES_S}


def append(sandbox: Services, account: str, media_id: str, index: int, content: bytes) -> dict[str, Any]:
    """One segment; sent again it takes the place of the one before. Raises XProblem 400."""
    data = _open(sandbox, account, media_id)
    if not 0 <= index < SEGMENTS or not 0 < len(content) <= SEGMENT_BYTES:
        raise invalid_request("$.segment_index or $.media is out of range", "segment_index", str(index))
    _segment(sandbox, media_id, index).write_bytes(content)
    data["segments"][str(index)] = len(content)
    objects.put(sandbox, NETWORK, KIND, media_id, account, data)
    return {"expires_at": int(data["expires_at"])}


def finalize(sandbox: Services, account: str, media_id: str) -> dict[str, Any]:
    """All segments are there: processing begins. Raises XProblem 400."""
    data = _open(sandbox, account, media_id)
    count, sizes = len(data["segments"]), data["segments"]
    if sorted(map(int, sizes)) != list(range(count)) or sum(sizes.values()) != data["size"]:
        raise invalid_request("Segments do not add up to provided total file size.", "id", media_id)
    data |= _looked_at(sandbox, media_id, count)
    data["ready_at"] = sandbox.clock.now().timestamp() + PROCESSING_S
    objects.put(sandbox, NETWORK, KIND, media_id, account, data)
    return shown(sandbox, data)


def find(sandbox: Services, account: str, media_id: str) -> dict[str, Any] | None:
    """An account's media by its id, unless it is too old."""
    thing = objects.get(sandbox, NETWORK, KIND, media_id)
    if thing is None or thing.account != account:
        return None
    return None if thing.data["expires_at"] <= sandbox.clock.now().timestamp() else thing.data


def describe(sandbox: Services, account: str, media_id: str, alt: str) -> None:
    """Keep the alt text. Raises XProblem 400 for media that are not there."""
    data = find(sandbox, account, media_id)
    if data is None:
        raise invalid_request("The media id is invalid", "id", media_id)
    objects.put(sandbox, NETWORK, KIND, media_id, account, {**data, "alt_text": alt})


def attachable(sandbox: Services, account: str, media_ids: list[str]) -> list[dict[str, Any]]:
    """The media of a post about to be made. Raises XProblem 400."""
    found = [find(sandbox, account, media_id) for media_id in media_ids]
    ready = [data for data in found if data is not None and state(sandbox, data) == "succeeded"]
    if len(ready) < len(media_ids):
        body = {"title": "Invalid Request", "type": "about:blank", "status": 400}
        raise XProblem(400, {**body, "detail": "Your media IDs are invalid."})
    if len(ready) > 1 and any(data["type"] != "photo" for data in ready):
        raise invalid_request("$.media.media_ids: a GIF or a video can only be attached alone")
    return ready


def used(sandbox: Services, account: str, media: list[dict[str, Any]]) -> None:
    """Remember that a post shows them."""
    for data in media:
        objects.put(sandbox, NETWORK, KIND, data["id"], account, {**data, "attached": True})


def state(sandbox: Services, data: dict[str, Any]) -> str:
    """open, pending, in_progress, succeeded or failed, by the sandbox's clock."""
    if data["state"] == "open":
        return "open"
    left_s = data["ready_at"] - sandbox.clock.now().timestamp()
    if left_s <= 0:
        return str(data["state"])
    return "pending" if left_s > PROCESSING_S - PENDING_S else "in_progress"


def shown(sandbox: Services, data: dict[str, Any]) -> dict[str, Any]:
    """Media as finalize and STATUS answer them."""
    left_s = int(data["expires_at"] - sandbox.clock.now().timestamp())
    body = {name: data[name] for name in ("id", "media_key", "size")} | {"expires_after_secs": left_s}
    now = state(sandbox, data)
    if data["type"] == "photo" or now == "open":
        return body
    info: dict[str, Any] = {"state": now}
    if now == "failed":
        words = "file is currently unsupported"
        info["error"] = {"code": 1, "name": "InvalidMedia", "message": words}
    elif now == "succeeded":
        info["progress_percent"] = 100
    else:
        info["check_after_secs"] = 2
    return {**body, "processing_info": info}


def _fresh(sandbox: Services, category: str) -> dict[str, Any]:
    rule, now = CATEGORIES[category], sandbox.clock.now()
    media_id = snowflake(now, secrets.randbelow(1 << 22))
    return {
        "id": media_id,
        "media_key": f"{rule.prefix}_{media_id}",
        "type": rule.type,
        "expires_at": now.timestamp() + EXPIRES_S,
    }


def _open(sandbox: Services, account: str, media_id: str) -> dict[str, Any]:
    data = find(sandbox, account, media_id)
    if data is None or data["state"] != "open":
        raise invalid_request("Media ID is invalid or its upload is over.", "id", media_id)
    return data


def _looked_at(sandbox: Services, media_id: str, count: int) -> dict[str, Any]:
    """What the whole file is; its bytes are not kept."""
    digest, usable = hashlib.sha256(), True
    for index in range(count):
        path = _segment(sandbox, media_id, index)
        content = path.read_bytes()
        digest.update(content)
        usable = usable and b"#rejected" not in content and (index > 0 or _is_media(content[:12]))
        path.unlink()
    return {"sha256": digest.hexdigest(), "state": "succeeded" if usable else "failed"}


def _segment(sandbox: Services, media_id: str, index: int) -> Path:
    return objects.bytes_path(sandbox, NETWORK, f"{media_id}_{index}")


def _is_media(beginning: bytes) -> bool:
    return beginning.startswith(_BEGINNINGS) or beginning[4:8] == b"ftyp"
