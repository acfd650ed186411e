"""What a server says of its own limits, and what a message has against them.

Source: docs.joinmastodon.org "V2::Instance", configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platforms.checks import MIB
from platforms.errors import Rejected
from platforms.http import Api
from platforms.mastodon import capabilities as usual
from platforms.mastodon.errors import LABEL
from platforms.mastodon.text import URL_LENGTH, length, whole_text
from platforms.message import Message


@dataclass(frozen=True)
class Limits:
    """Characters, files and bytes. `formats` are MIME types; none is not known."""

    text: int = usual.LIMIT
    url: int = URL_LENGTH
    count: int = usual.COUNT
    image_bytes: int = usual.IMAGE_BYTES
    video_bytes: int = usual.VIDEO_BYTES
    alt: int = usual.ALT_LIMIT
    formats: frozenset[str] = frozenset()


def read(api: Api, token: str) -> Limits:
    """``GET /api/v2/instance``; the usual limits where it says nothing (before version 4)."""
    reply = api.read("api/v2/instance", token=token, tolerated=lambda error: isinstance(error, Rejected))
    told = (reply.document or {}).get("configuration")
    if reply.refused or not isinstance(told, dict):
        return Limits()
    statuses, media = _part(told, "statuses"), _part(told, "media_attachments")
    formats = media.get("supported_mime_types")
    return Limits(
        text=_number(statuses, "max_characters", usual.LIMIT),
        url=_number(statuses, "characters_reserved_per_url", URL_LENGTH),
        count=_number(statuses, "max_media_attachments", usual.COUNT),
        image_bytes=_number(media, "image_size_limit", usual.IMAGE_BYTES),
        video_bytes=_number(media, "video_size_limit", usual.VIDEO_BYTES),
        alt=_number(media, "description_limit", usual.ALT_LIMIT),
        formats=frozenset(map(str, formats)) if isinstance(formats, list) else frozenset(),
    )


def problems(limits: Limits, message: Message) -> Iterator[str]:
    """What this server would refuse, in words."""
    size = length(whole_text(message) + str(message.options.get(usual.WARNING.key) or ""), limits.url)
    if size > limits.text:
        yield f"This {LABEL} server takes {limits.text:,} characters; this text has {size:,}."
    if len(message.media) > limits.count:
        yield f"This {LABEL} server takes {limits.count} files; this post has {len(message.media)}."
    for media in message.media:
        most = limits.video_bytes if media.is_video else limits.image_bytes
        if media.size > most:
            yield f"This {LABEL} server takes {most / MIB:.0f} MB; a file has {media.size / MIB:.1f} MB."
        if limits.formats and media.mime not in limits.formats:
            yield f"This {LABEL} server takes no {media.mime}."
        if len(media.alt) > limits.alt:
            yield f"This {LABEL} server takes descriptions of {limits.alt:,} characters."


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _number(told: Mapping[str, Any], name: str, usual_one: int) -> int:
    value = told.get(name)
    return value if isinstance(value, int) and value > 0 else usual_one
