"""What X can publish, with which limits and scopes.

Sources: docs.x.com "Counting characters", "Media best practices", "Rate limits" and "OAuth 2.0 scopes"
(2026-08), and its OpenAPI 2.166. Not sure there, and so the smaller number: how long and how large a
video may be (140 s and 512 MB; elsewhere 20 minutes and 8 GB).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

LIMIT: Final = 280
LONG_LIMIT: Final = 25_000
ALT_LIMIT: Final = 1_000
GIF: Final = "image/gif"
MIB: Final = 1024 * 1024

_IMAGE = MediaRule(
    frozenset({"image/jpeg", "image/png", "image/webp", GIF}), max_bytes=5 * MIB, gif_bytes=15 * MIB
)
_VIDEO = MediaRule(
    frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=512 * MIB,
    aspect=(0.333, 3.0),
    duration_s=(0.5, 140),
)
LONG: Final = Option(
    "long",
    "Long post",
    "flag",
    help=f"Up to {LONG_LIMIT:,} characters. X takes them from accounts with X Premium only.",
)
# Of X's subscriptions. Whether "Basic" has them too, its API does not say; people can choose the option.
LONG_WRITERS: Final = frozenset({"Premium", "PremiumPlus"})
REPLIES: Final = Option(
    "reply_settings",
    "Who can reply",
    "choice",
    choices={
        "following": "Accounts this one follows",
        "mentionedUsers": "Only accounts the post mentions",
        "subscribers": "Subscribers",
        "verified": "Verified accounts",
    },
    help="Everyone can, unless something else is chosen.",
)
AI_MADE: Final = Option(
    "made_with_ai", "Made with AI", "flag", help="X then labels the post as containing media made with AI."
)
PAID: Final = Option(
    "paid_partnership", "Paid partnership", "flag", help="X then labels the post as paid promotion."
)
_OPTIONS = (LONG, REPLIES, AI_MADE, PAID)

_READ = frozenset({"tweet.read", "users.read", "offline.access"})
SCOPES: Final = {
    Feature.PUBLISH: _READ | {"tweet.write", "media.write"},
    Feature.COLLECT: _READ,
}
_QUARTER = timedelta(minutes=15)

CAPABILITIES: Final = Capabilities(
    kinds=(
        KindRule(Kind.TEXT, LIMIT, text_required=True, link=True, options=_OPTIONS),
        KindRule(
            Kind.IMAGE, LIMIT, link=True, count=(1, 4), image=_IMAGE, alt_limit=ALT_LIMIT, options=_OPTIONS
        ),
        KindRule(Kind.VIDEO, LIMIT, link=True, count=(1, 1), video=_VIDEO, options=_OPTIONS),
    ),
    scopes=SCOPES,
    quotas=(
        Quota("posts", 100, _QUARTER, "account", ("POST /2/tweets",)),
        Quota("posts of all accounts", 10_000, timedelta(hours=24), "app", ("POST /2/tweets",)),
        Quota("images", 500, _QUARTER, "account", ("POST /2/media/upload",)),
        Quota("lists of posts", 900, _QUARTER, "account", ("GET /2/users/{id}/tweets",)),
        Quota("analytics", 300, _QUARTER, "account", ("GET /2/tweets/analytics",)),
        Quota("accounts read", 75, _QUARTER, "account", ("GET /2/users/me",)),
    ),
    counts="weighted characters (a link 23; an emoji or a Chinese, Japanese or Korean character 2)",
    idempotent=False,
    finds="by its text and media in the account's list of posts; X itself refuses the same text again",
    threads=True,
    history="the newest 3,200 posts with their public numbers; private numbers for 30 days after publishing",
)
