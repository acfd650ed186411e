"""What LinkedIn can publish, with which limits and scopes.

Sources: Microsoft Learn "Posts API", "Images API", "Videos API", "Documents API", "MultiImage API", "little
Text Format", "Comments API" and "Share on LinkedIn" (2026-09). LinkedIn does not say how it counts the 3,000
characters; the larger count is taken here. Quotas are those of "Share on LinkedIn"; others are not published.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

TEXT_LIMIT: Final = 3_000
TITLE_LIMIT: Final = 400
COMMENT_LIMIT: Final = 1_250
ALT_LIMIT: Final = 4_086
MIB: Final = 1024 * 1024
MAX_PIXELS: Final = 36_152_320

# An image's bytes have no published limit, only its pixels; what is larger is refused here.
_IMAGE = MediaRule(frozenset({"image/jpeg", "image/png", "image/gif"}), max_bytes=100 * MIB)
_VIDEO = MediaRule(frozenset({"video/mp4"}), max_bytes=500 * MIB, duration_s=(3, 30 * 60))
_DOCUMENT = MediaRule(
    frozenset(
        {
            "application/pdf",
            "application/msword",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    ),
    max_bytes=100 * MIB,
)
MIN_VIDEO_BYTES: Final = 75 * 1024

VISIBILITY: Final = Option(
    "visibility",
    "Who can see it",
    "choice",
    choices={
        "PUBLIC": "Everyone",
        "LOGGED_IN": "Everyone on LinkedIn",
        "CONNECTIONS": "Connections only (personal profiles)",
    },
    help="Everyone, unless something else is chosen.",
)
NO_RESHARES: Final = Option("no_reshares", "No resharing", "flag", help="Others can't reshare the post.")
_OPTIONS = (VISIBILITY, NO_RESHARES)

SELF: Final = frozenset({"openid", "profile", "w_member_social"})
READ: Final = frozenset({"r_organization_social", "rw_organization_admin"})
PAGES: Final = READ | {"w_organization_social"}
# What an organization needs for comments; a person's permission to post is that to comment, too.
FEED: Final = frozenset({"r_organization_social_feed", "w_organization_social_feed"})
NUMBERS: Final = frozenset({"r_member_postAnalytics", "r_member_profileAnalytics"})  # a person's own
_DAY = timedelta(days=1)

CAPABILITIES: Final = Capabilities(
    kinds=(
        KindRule(Kind.TEXT, TEXT_LIMIT, text_required=True, link=True, options=_OPTIONS),
        KindRule(
            Kind.LINK,
            TEXT_LIMIT,
            title_limit=TITLE_LIMIT,
            title_required=True,
            link=True,
            link_required=True,
            cover=_IMAGE,
            options=_OPTIONS,
        ),
        KindRule(
            Kind.IMAGE,
            TEXT_LIMIT,
            link=True,
            count=(1, 1),
            image=_IMAGE,
            alt_limit=ALT_LIMIT,
            options=_OPTIONS,
        ),
        KindRule(
            Kind.CAROUSEL,
            TEXT_LIMIT,
            link=True,
            count=(2, 20),
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
            options=_OPTIONS,
        ),
        KindRule(
            Kind.DOCUMENT,
            TEXT_LIMIT,
            title_limit=TITLE_LIMIT,
            title_required=True,
            link=True,
            count=(1, 1),
            document=_DOCUMENT,
            options=_OPTIONS,
        ),
    ),
    # An organization is offered only to those who were given w_organization_social for it.
    scopes={
        Feature.PUBLISH: SELF,
        Feature.COLLECT: READ,
        Feature.DEMOGRAPHICS: READ,
        Feature.COMMENT: frozenset({"w_member_social"}),
    },
    quotas=(
        Quota("posts", 150, _DAY, "account", ("POST /rest/posts",)),
        Quota("posts of all accounts", 100_000, _DAY, "app", ("POST /rest/posts",)),
    ),
    counts="characters (an emoji counts 2)",
    idempotent=False,
    finds=(
        "organizations: by its text and media in the list of posts; people: LinkedIn shows their posts to no "
        "app, so a person has to look. LinkedIn itself refuses the same post again for about ten minutes. "
        "Comments by their text below an organization's post"
    ),
    comments=True,
    comment_limit=COMMENT_LIMIT,
    history="12 months of an organization; of people's posts nothing but totals",
)
