"""What Bluesky can publish, with which limits.

Sources: the lexicons app.bsky.feed.post and app.bsky.embed.* (2026-08), docs.bsky.app "Rate limits" and
"Uploading Video". Not sure there, and so the smaller number: images may have 2 MB by the lexicon, and hosts
of today refuse more than 1 MB; how long a video may be is named by the app only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

LIMIT: Final = 300  # characters as people see them
BYTES: Final = 3_000  # of the text in UTF-8
ALT_LIMIT: Final = 2_000
LANGUAGES: Final = 3

_IMAGE = MediaRule(frozenset({"image/jpeg", "image/png", "image/webp"}), max_bytes=1_000_000)
_VIDEO = MediaRule(frozenset({"video/mp4"}), max_bytes=300_000_000, duration_s=(0.1, 180))

LANGUAGE: Final = Option(
    "languages",
    "Languages",
    "text",
    limit=100,
    help="Up to three language codes, with commas between them: en, pt-BR.",
)
WARNING: Final = Option(
    "warning",
    "Content warning",
    "choice",
    choices={
        "sexual": "Suggestive",
        "nudity": "Nudity",
        "porn": "Adult",
        "graphic-media": "Graphic",
    },
    help="Bluesky hides the media behind it.",
)
DESCRIPTION: Final = Option(
    "description", "Description of the link", "text", limit=300, help="Stands under the title on its card."
)

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_WRITES = ("POST /xrpc/com.atproto.repo.putRecord",)

CAPABILITIES: Final = Capabilities(
    kinds=(
        KindRule(Kind.TEXT, LIMIT, text_required=True, link=True, options=(LANGUAGE,)),
        KindRule(
            Kind.LINK,
            LIMIT,
            title_limit=300,
            link=True,
            link_required=True,
            cover=_IMAGE,
            options=(LANGUAGE, DESCRIPTION),
        ),
        KindRule(
            Kind.IMAGE,
            LIMIT,
            link=True,
            count=(1, 4),
            image=_IMAGE,
            alt_limit=ALT_LIMIT,
            options=(LANGUAGE, WARNING),
        ),
        KindRule(
            Kind.VIDEO,
            LIMIT,
            link=True,
            count=(1, 1),
            video=_VIDEO,
            alt_limit=ALT_LIMIT,
            options=(LANGUAGE, WARNING),
        ),
    ),
    # An app password opens all that is used here; there are no scopes.
    scopes={Feature.PUBLISH: frozenset(), Feature.COLLECT: frozenset()},
    quotas=(
        # 5,000 points an hour and 35,000 a day; a post is put with 3 of them.
        Quota("posts in an hour", 1_666, _HOUR, "account", _WRITES),
        Quota("posts in a day", 11_666, _DAY, "account", _WRITES),
        Quota("images", 1_000, _DAY, "account", ("POST /xrpc/com.atproto.repo.uploadBlob",)),
    ),
    counts="characters",
    idempotent=True,
    finds="by the key that was chosen for it before it was sent",
    threads=True,
    history="all posts with their numbers of now; no numbers of earlier days",
)
