"""What a Facebook Page can publish, with which limits and scopes.

Sources: developers.facebook.com, Pages API "Posts", Video API "Publishing" and "Reels", Page Stories API,
"Object Comments", Graph API v26.0. Not said there, and so only what has been seen: how long titles,
descriptions of images and reels, and comments may be, and how large a video may be.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

TEXT_LIMIT: Final = 63_206
TITLE_LIMIT: Final = 255
ALT_LIMIT: Final = 1_000
COMMENT_LIMIT: Final = 8_000
PHOTOS: Final = 10
MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB

_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"})
_MOVIES = frozenset({"video/mp4", "video/quicktime"})
_PHOTO = MediaRule(_PICTURES, max_bytes=4 * MIB)
_VIDEO = MediaRule(_MOVIES, max_bytes=10 * GIB, duration_s=(1, 4 * 3600))
_REEL = MediaRule(
    _MOVIES,
    max_bytes=4 * GIB,
    min_width=540,
    min_height=960,
    aspect=(0.56, 0.565),  # 9:16, whole pixels
    duration_s=(3, 90),
)
AI_MADE: Final = Option(
    "is_ai_generated",
    "Made with AI",
    "flag",
    help="Facebook then labels the video as made or changed with AI.",
)
PUBLISH: Final = frozenset({"pages_show_list", "pages_read_engagement", "pages_manage_posts"})
COLLECT: Final = frozenset({"pages_show_list", "pages_read_engagement", "read_insights"})
COMMENT: Final = frozenset({"pages_show_list", "pages_manage_engagement", "pages_read_user_content"})
# Without it, pages that a business portfolio owns are not listed; no feature needs it otherwise.
BUSINESS: Final = "business_management"

CAPABILITIES: Final = Capabilities(
    kinds=(
        KindRule(Kind.TEXT, TEXT_LIMIT, text_required=True, link=True),
        KindRule(Kind.LINK, TEXT_LIMIT, link=True, link_required=True),
        KindRule(Kind.IMAGE, TEXT_LIMIT, count=(1, 1), image=_PHOTO, alt_limit=ALT_LIMIT),
        KindRule(Kind.CAROUSEL, TEXT_LIMIT, count=(2, PHOTOS), image=_PHOTO, alt_limit=ALT_LIMIT),
        KindRule(
            Kind.VIDEO, TEXT_LIMIT, title_limit=TITLE_LIMIT, count=(1, 1), video=_VIDEO, options=(AI_MADE,)
        ),
        KindRule(
            Kind.REEL, TEXT_LIMIT, title_limit=TITLE_LIMIT, count=(1, 1), video=_REEL, options=(AI_MADE,)
        ),
        KindRule(
            Kind.STORY,
            0,
            count=(1, 1),
            image=replace(_PHOTO, max_bytes=10 * MIB),
            video=replace(_REEL, duration_s=(3, 60)),
        ),
    ),
    scopes={
        Feature.PUBLISH: PUBLISH,
        Feature.COLLECT: COLLECT,
        Feature.DEMOGRAPHICS: COLLECT,
        Feature.COMMENT: COMMENT,
    },
    quotas=(
        # 30 reels, and each takes two calls.
        Quota(
            "Calls for reels in 24 hours", 60, timedelta(hours=24), "account", ("POST /{page}/video_reels",)
        ),
        # 4,800 for every person engaged with the page: the least there can be.
        Quota("Calls in 24 hours", 4_800, timedelta(hours=24), "account"),
    ),
    counts="characters",
    idempotent=False,
    finds=(
        "posts by their text, link and photos in the page's list; videos and reels by their own id; comments "
        "by their text below the post"
    ),
    comments=True,
    comment_limit=COMMENT_LIMIT,
    history="posts as far back as the page lists them (about 600 a year), daily numbers two years back",
)
