"""What the server says of itself: its limits, which every server may set as it likes."""

from __future__ import annotations

import re
from typing import Any

from rich.cells import split_graphemes

from sandbox.mastodon.posts import HOST

STATUSES: dict[str, int] = {
    "max_characters": 500,
    "max_media_attachments": 4,
    "characters_reserved_per_url": 23,
}
MEDIA: dict[str, Any] = {
    "supported_mime_types": [
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "video/webm",
        "video/mp4",
        "video/quicktime",
    ],
    "description_limit": 1_500,
    "image_size_limit": 16_777_216,
    "image_matrix_limit": 33_177_600,
    "video_size_limit": 103_809_024,
    "video_frame_rate_limit": 120,
    "video_matrix_limit": 8_294_400,
}
_URL = re.compile(r"https?://[^\s<>\"]+")


def told(base_url: str) -> dict[str, Any]:
    """The entity Instance, version 2."""
    polls = {
        "max_options": 4,
        "max_characters_per_option": 50,
        "min_expiration": 300,
        "max_expiration": 2_629_746,
    }
    return {
        "domain": HOST,
        "title": "Mastodon in the sandbox",
        "version": "4.5.0",
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "A stand-in",
        "thumbnail": {"url": f"{base_url}pictures/none.svg"},
        "languages": ["en"],
        "configuration": {"statuses": STATUSES, "media_attachments": MEDIA, "polls": polls},
        "rules": [],
    }


def length(text: str) -> int:
    """Characters as the server counts them."""
    return len(split_graphemes(_URL.sub("x" * STATUSES["characters_reserved_per_url"], text))[0])
