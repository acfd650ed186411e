"""What Pinterest can publish, with which limits and scopes.

Sources: Pinterest's OpenAPI 5.23 and developers.pinterest.com "Rate limits", "Access tiers" and "Product
specs" (2025-12). Not sure there, and so the smaller number: how large a video may be (1 or 2 GB). Quotas are
of standard access; an app with trial access has 1,000 calls a day, and its pins are seen by nobody else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

TEXT_LIMIT: Final = 800
TITLE_LIMIT: Final = 100
ALT_LIMIT: Final = 500
LINK_LIMIT: Final = 2_048
MIB: Final = 1024 * 1024

_IMAGE = MediaRule(frozenset({"image/jpeg", "image/png"}), max_bytes=20 * MIB)
_VIDEO = MediaRule(
    frozenset({"video/mp4", "video/quicktime", "video/x-m4v"}),
    max_bytes=1024 * MIB,
    duration_s=(4, 15 * 60),
)
BOARD: Final = Option(
    "board_id", "Board", "text", required=True, limit=30, help="The board to pin to.", asked=True
)
SECTION: Final = Option(
    "board_section_id", "Section of the board", "text", limit=30, help="The section's number, if any."
)
_OPTIONS = (BOARD, SECTION)

_READ = frozenset({"boards:read", "pins:read", "user_accounts:read"})
_MINUTE = timedelta(minutes=1)

CAPABILITIES: Final = Capabilities(
    kinds=(
        KindRule(
            Kind.IMAGE,
            TEXT_LIMIT,
            title_limit=TITLE_LIMIT,
            link=True,
            count=(1, 1),
            image=_IMAGE,
            alt_limit=ALT_LIMIT,
            options=_OPTIONS,
        ),
        KindRule(
            Kind.CAROUSEL,
            TEXT_LIMIT,
            title_limit=TITLE_LIMIT,
            link=True,
            count=(2, 5),
            image=_IMAGE,
            alt_limit=ALT_LIMIT,
            options=_OPTIONS,
        ),
        KindRule(
            Kind.VIDEO,
            TEXT_LIMIT,
            title_limit=TITLE_LIMIT,
            link=True,
            count=(1, 1),
            video=_VIDEO,
            cover=_IMAGE,
            alt_limit=ALT_LIMIT,
            options=_OPTIONS,
        ),
    ),
    scopes={Feature.PUBLISH: _READ | {"boards:write", "pins:write"}, Feature.COLLECT: _READ},
    quotas=(
        Quota("pins and uploads", 100, _MINUTE, "account", ("POST /v5/pins", "POST /v5/media")),
        Quota(
            "analytics",
            60,
            _MINUTE,
            "account",
            ("GET /v5/pins/analytics", "GET /v5/pins/{id}/analytics", "GET /v5/user_account/analytics"),
        ),
        Quota("lists", 1_000, _MINUTE, "account", ("GET /v5/pins", "GET /v5/boards/{id}/pins")),
    ),
    counts="characters",
    idempotent=False,
    finds="by its words, link and shape in the board's list of pins",
    history="90 days of an account and of each pin, and each pin's totals since it was made",
)
