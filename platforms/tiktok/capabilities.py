"""What TikTok takes. Source: developers.tiktok.com, Content Posting API, Display API, Login Kit (2026-11)."""

from __future__ import annotations

from datetime import timedelta

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

MIB = 1024 * 1024
TEXT_LIMIT = 2_200  # of a video, in UTF-16 units
PHOTO_TITLE_LIMIT = 90
PHOTO_TEXT_LIMIT = 4_000
LISTED_TEXT = 150  # how much of a description a listing gives

EVERYONE = "PUBLIC_TO_EVERYONE"
PRIVATE = "SELF_ONLY"
PRIVACY = Option(
    "privacy_level",
    "Who can see it",
    "choice",
    required=True,  # TikTok's review of apps forbids a default
    choices={
        EVERYONE: "Everyone",
        "MUTUAL_FOLLOW_FRIENDS": "Friends",
        "FOLLOWER_OF_CREATOR": "Followers",
        PRIVATE: "Only you",
    },
    help="TikTok says which of these the account may choose; it is asked before the post is sent.",
)
# TikTok has "disable" switches, but its review wants what people see to be "allow", and off at first.
COMMENT = Option("allow_comment", "Allow comments", "flag")
DUET = Option("allow_duet", "Allow Duet", "flag")
STITCH = Option("allow_stitch", "Allow Stitch", "flag")
BRANDED = Option(
    "brand_content_toggle", "Paid partnership", "flag", help="It promotes another business. Never private."
)
OWN_BRAND = Option("brand_organic_toggle", "Your brand", "flag", help="It promotes your own business.")
MADE_BY_AI = Option("is_aigc", "AI-generated content", "flag")
COVER_AT = Option("video_cover_timestamp_ms", "Cover at (milliseconds)", "number")

VIDEO = MediaRule(
    formats=frozenset({"video/mp4", "video/webm", "video/quicktime"}),
    max_bytes=4 * 1024 * MIB,
    min_width=360,
    min_height=360,
    max_width=4_096,
    max_height=4_096,
    duration_s=(1.0, 600.0),  # a creator's own cap can be lower; it is asked in prepare
)
PHOTO = MediaRule(formats=frozenset({"image/jpeg", "image/webp"}), max_bytes=20 * MIB)
VIDEOS = (Kind.VIDEO, Kind.REEL)
OF_VIDEOS = (PRIVACY, COMMENT, DUET, STITCH, BRANDED, OWN_BRAND, MADE_BY_AI, COVER_AT)
OF_PHOTOS = (PRIVACY, COMMENT, BRANDED, OWN_BRAND)


def _photos(kind: Kind, count: tuple[int, int]) -> KindRule:
    return KindRule(
        kind,
        text_limit=PHOTO_TEXT_LIMIT,
        title_limit=PHOTO_TITLE_LIMIT,
        count=count,
        image=PHOTO,
        options=OF_PHOTOS,
    )


CAPABILITIES = Capabilities(
    kinds=(
        # A post made as a short video for several networks is a video like any other here.
        *(
            KindRule(kind, text_limit=TEXT_LIMIT, count=(1, 1), video=VIDEO, options=OF_VIDEOS)
            for kind in VIDEOS
        ),
        _photos(Kind.IMAGE, (1, 1)),
        _photos(Kind.CAROUSEL, (2, 35)),
    ),
    scopes={
        Feature.PUBLISH: frozenset({"user.info.basic", "video.publish"}),
        Feature.COLLECT: frozenset({"user.info.basic", "user.info.profile", "user.info.stats", "video.list"}),
    },
    quotas=(
        # TikTok also takes about 15 posts a creator in a sliding day. It does not say how many exactly
        # (unsure), so only its refusal is obeyed.
        Quota(
            "posts begun",
            6,
            timedelta(minutes=1),
            "account",
            ("POST /v2/post/publish/video/init/", "POST /v2/post/publish/content/init/"),
        ),
        Quota(
            "questions about the creator",
            20,
            timedelta(minutes=1),
            "account",
            ("POST /v2/post/publish/creator_info/query/",),
        ),
        Quota(
            "questions about a post",
            30,
            timedelta(minutes=1),
            "account",
            ("POST /v2/post/publish/status/fetch/",),
        ),
        Quota("reads of the account", 600, timedelta(minutes=1), "app", ("GET /v2/user/info/",)),
        Quota("reads of videos", 600, timedelta(minutes=1), "app", ("POST /v2/video/list/",)),
        Quota("reads of single videos", 600, timedelta(minutes=1), "app", ("POST /v2/video/query/",)),
    ),
    counts="characters",
    idempotent=False,
    finds="a video by its publish id, which is known before the last part is sent; photos by their words, "
    "when they are public",
    history="none: only what the counters say now",
)
