"""What Instagram takes.

Sources: developers.facebook.com, Instagram Platform "Content Publishing", "IG User Media" (limits of
captions and files), "Content Publishing Limit", "Rate Limiting", "IG Media Comments" (v26.0). How long a
comment may be is not said there; it is taken to be what a caption may.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

TEXT_LIMIT = 2_200
HASHTAGS, MENTIONS, COLLABORATORS = 30, 20, 3
_MIB = 1024 * 1024
_DAY = timedelta(days=1)
_VIDEOS = frozenset({"video/mp4", "video/quicktime"})

# Narrower than 320 and wider than 1440 pixels is scaled by Instagram itself, so widths are no limit.
_PHOTO = MediaRule(frozenset({"image/jpeg"}), 8 * _MIB, aspect=(0.8, 1.91))
_STORY_PHOTO = MediaRule(frozenset({"image/jpeg"}), 8 * _MIB)
_REEL = MediaRule(_VIDEOS, 300 * _MIB, max_width=1920, duration_s=(3, 900))
# Videos within a carousel have no table of their own; those of a story do.
_CLIP = MediaRule(_VIDEOS, 300 * _MIB, max_width=1920, duration_s=(3, 60))
_STORY_CLIP = MediaRule(_VIDEOS, 100 * _MIB, max_width=1920, duration_s=(3, 60))

_COMMON: Final = (
    Option("location_id", "Place", "text", limit=64, help="The id of a Facebook Page that has an address."),
    Option(
        "collaborators", "Collaborators", "text", limit=120, help="Up to 3 names of accounts, with commas."
    ),
    Option("is_ai_generated", "Made with AI", "flag"),
)
_REEL_OPTIONS: Final = (
    *_COMMON,
    Option("share_to_feed", "Show in the feed too", "flag"),
    Option("audio_name", "Name of the audio", "text", limit=100),
    Option("thumb_offset", "Moment of the cover", "number", help="Milliseconds from the start."),
)

KINDS: Final = (
    KindRule(Kind.IMAGE, TEXT_LIMIT, count=(1, 1), image=_PHOTO, alt_limit=1_000, options=_COMMON),
    KindRule(
        Kind.CAROUSEL,
        TEXT_LIMIT,
        count=(2, 10),
        image=_PHOTO,
        video=_CLIP,
        mixed=True,
        alt_limit=1_000,
        options=_COMMON,
    ),
    KindRule(Kind.REEL, TEXT_LIMIT, count=(1, 1), video=_REEL, cover=_STORY_PHOTO, options=_REEL_OPTIONS),
    KindRule(Kind.STORY, 0, count=(1, 1), image=_STORY_PHOTO, video=_STORY_CLIP),
)

# By login: Instagram's own, and Facebook's, whose account is reached through its Page.
BASIC, FACEBOOK_BASIC = "instagram_business_basic", "instagram_basic"
SCOPES: Final = (
    BASIC,
    "instagram_business_content_publish",
    "instagram_business_manage_insights",
    "instagram_business_manage_comments",
)
FACEBOOK_SCOPES: Final = (
    FACEBOOK_BASIC,
    "instagram_content_publish",
    "instagram_manage_insights",
    "instagram_manage_comments",
    "pages_show_list",
    "pages_read_engagement",
)

CAPABILITIES = Capabilities(
    kinds=KINDS,
    scopes={
        Feature.PUBLISH: frozenset({"instagram_business_content_publish"}),
        Feature.COLLECT: frozenset({"instagram_business_manage_insights"}),
        Feature.DEMOGRAPHICS: frozenset({"instagram_business_manage_insights"}),
        Feature.COMMENT: frozenset({"instagram_business_manage_comments"}),
    },
    quotas=(
        # The guide says 100, the reference 50: what an account has, is asked before a post is prepared.
        Quota("posts", 100, _DAY, "account", ("POST /{ig-user-id}/media_publish",)),
        Quota("prepared files", 400, _DAY, "account", ("POST /{ig-user-id}/media",)),
    ),
    counts="characters",
    idempotent=False,
    finds=(
        "by the state of its container, then in the account's newest posts; comments by their text below the "
        "post"
    ),
    comments=True,
    comment_limit=TEXT_LIMIT,
    history="posts two years, the account's days 90 days, stories only while they are shown",
)
