"""What Threads takes.

Sources: developers.facebook.com, Threads API "Posts", "Overview" (limits), "Reply management", "Insights".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

TEXT_LIMIT, LINKS = 500, 5
_MIB = 1024 * 1024
_DAY = timedelta(days=1)

# Narrower than 320 and wider than 1440 pixels is scaled by Threads itself, so widths are no limit.
_PHOTO = MediaRule(frozenset({"image/jpeg", "image/png"}), 8 * _MIB, aspect=(0.1, 10))
_FILM = MediaRule(
    frozenset({"video/mp4", "video/quicktime"}), 1024 * _MIB, max_width=1920, duration_s=(0, 300)
)

_OPTIONS: Final = (
    Option(
        "reply_control",
        "Who can reply",
        "choice",
        choices={
            "everyone": "Everyone",
            "accounts_you_follow": "Accounts you follow",
            "mentioned_only": "Only who is mentioned",
            "parent_post_author_only": "Only who wrote the post before",
            "followers_only": "Your followers",
        },
    ),
    Option("topic_tag", "Topic", "text", limit=50, help="Without full stops and ampersands."),
)
_WITH_FILES: Final = (*_OPTIONS, Option("is_spoiler_media", "Hide as a spoiler", "flag"))

KINDS: Final = (
    KindRule(Kind.TEXT, TEXT_LIMIT, text_required=True, link=True, options=_OPTIONS),
    KindRule(Kind.LINK, TEXT_LIMIT, link=True, link_required=True, options=_OPTIONS),
    KindRule(Kind.IMAGE, TEXT_LIMIT, count=(1, 1), image=_PHOTO, alt_limit=1_000, options=_WITH_FILES),
    KindRule(Kind.VIDEO, TEXT_LIMIT, count=(1, 1), video=_FILM, alt_limit=1_000, options=_WITH_FILES),
    KindRule(
        Kind.CAROUSEL,
        TEXT_LIMIT,
        count=(2, 20),
        image=_PHOTO,
        video=_FILM,
        mixed=True,
        alt_limit=1_000,
        options=_WITH_FILES,
    ),
)

BASIC = "threads_basic"
SCOPES: Final = (
    BASIC,
    "threads_content_publish",
    "threads_manage_insights",
    "threads_manage_replies",
    "threads_read_replies",
)

CAPABILITIES = Capabilities(
    kinds=KINDS,
    scopes={
        Feature.PUBLISH: frozenset({"threads_content_publish"}),
        Feature.COLLECT: frozenset({"threads_manage_insights"}),
        Feature.DEMOGRAPHICS: frozenset({"threads_manage_insights"}),
    },
    # Parts of a thread are replies, of which Threads takes 1,000; they are counted with the posts here.
    quotas=(Quota("posts", 250, _DAY, "account", ("POST /{threads-user-id}/threads_publish",)),),
    counts="characters (an emoji counts several)",
    idempotent=False,
    finds="by the state of its container, then in the account's newest posts",
    threads=True,
    history="posts and the account's views since April 2024, its other daily numbers 90 days",
)
