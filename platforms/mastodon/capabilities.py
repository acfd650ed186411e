"""What Mastodon can publish, with the limits that a server has which nobody has changed.

Sources: docs.joinmastodon.org "statuses", "media", "Rate limits", "OAuth scopes" (2026-08). A server may have
other limits: what it says of itself (`limits.py`) is looked at before anything is uploaded.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

LIMIT: Final = 500  # characters, an address counting 23
LONG_LIMIT: Final = 25_000
ALT_LIMIT: Final = 1_500
COUNT: Final = 4
IMAGES: Final = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif"}
)
VIDEOS: Final = frozenset({"video/mp4", "video/webm", "video/quicktime"})
IMAGE_BYTES: Final = 16_777_216
VIDEO_BYTES: Final = 103_809_024

_IMAGE = MediaRule(IMAGES, max_bytes=IMAGE_BYTES)
_VIDEO = MediaRule(VIDEOS, max_bytes=VIDEO_BYTES)

LONG: Final = Option(
    "long",
    "Long post",
    "flag",
    help=f"More than {LIMIT} characters, on servers that take them. Yours is asked before it is sent.",
)
VISIBILITY: Final = Option(
    "visibility",
    "Who can see it",
    "choice",
    choices={"public": "Everyone", "unlisted": "Everyone, but not in public feeds", "private": "Followers"},
    help="As the account is set, unless something else is chosen.",
)
LANGUAGE: Final = Option("language", "Language", "text", limit=10, help="A language code, like en or de.")
WARNING: Final = Option(
    "spoiler_text", "Content warning", "text", limit=200, help="Readers see it first, and open the rest."
)
SENSITIVE: Final = Option("sensitive", "Sensitive media", "flag", help="Media are hidden until opened.")
_OPTIONS = (LONG, VISIBILITY, LANGUAGE, WARNING)

_READ = frozenset({"read:accounts", "read:statuses"})
_WINDOW = timedelta(minutes=5)

CAPABILITIES: Final = Capabilities(
    kinds=(
        KindRule(Kind.TEXT, LIMIT, text_required=True, link=True, options=_OPTIONS),
        KindRule(
            Kind.IMAGE,
            LIMIT,
            link=True,
            count=(1, COUNT),
            image=_IMAGE,
            alt_limit=ALT_LIMIT,
            options=(*_OPTIONS, SENSITIVE),
        ),
        KindRule(
            Kind.VIDEO,
            LIMIT,
            link=True,
            count=(1, 1),
            video=_VIDEO,
            cover=_IMAGE,
            alt_limit=ALT_LIMIT,
            options=(*_OPTIONS, SENSITIVE),
        ),
    ),
    scopes={Feature.PUBLISH: _READ | {"write:statuses", "write:media"}, Feature.COLLECT: _READ},
    quotas=(
        Quota("calls", 300, _WINDOW, "account"),
        Quota("media", 30, timedelta(minutes=30), "account", ("POST /api/v2/media",)),
    ),
    counts="characters (a link 23)",
    idempotent=True,
    finds="by its text and media in the account's list of posts; for an hour the server itself knows its key",
    threads=True,
    history="all posts with their numbers of now; no numbers of earlier days",
)
