"""What YouTube takes. Source: YouTube Data API v3 (discovery 2026-11-04), its quota page, YouTube Help."""

from __future__ import annotations

from datetime import timedelta

from platforms.capabilities import Capabilities, Feature, KindRule, MediaRule, Option, Quota
from platforms.message import Kind

GIB = 1024**3
TITLE_LIMIT = 100
TEXT_LIMIT = 5_000  # bytes of the description in UTF-8
TAGS_LIMIT = 500
SHORT_S = 180.0
COMMENT_LIMIT = 10_000  # not documented; what YouTube's own pages take

SCOPE = "https://www.googleapis.com/auth/"
MANAGE, READ, ANALYTICS = f"{SCOPE}youtube", f"{SCOPE}youtube.readonly", f"{SCOPE}yt-analytics.readonly"
COMMENT = f"{SCOPE}youtube.force-ssl"

# What is not said is public on YouTube; so it is never left unsaid.
PRIVACY = Option(
    "privacy",
    "Who can see it",
    "choice",
    required=True,
    choices={"public": "Everyone", "unlisted": "Who has the link", "private": "Only you"},
)
FOR_KIDS = Option(
    "made_for_kids",
    "Made for kids",
    "choice",
    required=True,
    choices={"no": "No, it's not made for kids", "yes": "Yes, it's made for kids"},
    help="The law wants it said of every video.",
)
SYNTHETIC = Option("contains_synthetic_media", "Altered or synthetic content that looks real", "flag")
CATEGORY = Option(
    "category",
    "Category",
    "choice",
    choices={
        "1": "Film & Animation",
        "2": "Autos & Vehicles",
        "10": "Music",
        "15": "Pets & Animals",
        "17": "Sports",
        "19": "Travel & Events",
        "20": "Gaming",
        "22": "People & Blogs",
        "23": "Comedy",
        "24": "Entertainment",
        "25": "News & Politics",
        "26": "Howto & Style",
        "27": "Education",
        "28": "Science & Technology",
        "29": "Nonprofits & Activism",
    },
)
TAGS = Option("tags", "Tags", "text", limit=TAGS_LIMIT, help="Parted by commas.")
OPTIONS = (PRIVACY, FOR_KIDS, SYNTHETIC, CATEGORY, TAGS)

FORMATS = frozenset(
    f"video/{name}"
    for name in ("mp4", "quicktime", "webm", "mpeg", "x-msvideo", "x-matroska", "3gpp", "x-flv", "x-ms-wmv")
)
COVER = MediaRule(frozenset({"image/jpeg", "image/png"}), max_bytes=2 * 1024 * 1024, min_width=640)


def _videos(kind: Kind, video: MediaRule) -> KindRule:
    return KindRule(
        kind,
        text_limit=TEXT_LIMIT,
        title_limit=TITLE_LIMIT,
        title_required=True,
        link=True,
        count=(1, 1),
        video=video,
        cover=COVER,
        options=OPTIONS,
    )


PACIFIC = "America/Los_Angeles"  # where days begin by which YouTube counts
_DAY = timedelta(days=1)
_INSERT = "POST /upload/youtube/v3/videos"
_READS = tuple(
    f"GET /youtube/v3/{name}" for name in ("videos", "channels", "playlistItems", "commentThreads")
)
_CHANGES = {  # units
    "PUT /youtube/v3/videos": 50,
    "POST /upload/youtube/v3/thumbnails/set": 50,
    "POST /youtube/v3/commentThreads": 50,
}

CAPABILITIES = Capabilities(
    kinds=(
        _videos(Kind.VIDEO, MediaRule(FORMATS, max_bytes=256 * GIB, duration_s=(1.0, 43_200.0))),
        # YouTube has no switch for it: a video so short and not wider than high is a Short.
        _videos(
            Kind.REEL, MediaRule(FORMATS, max_bytes=256 * GIB, aspect=(0.1, 1.0), duration_s=(1.0, SHORT_S))
        ),
    ),
    scopes={
        Feature.PUBLISH: frozenset({MANAGE}),  # youtube.upload alone may not make a video public
        Feature.COLLECT: frozenset({READ, ANALYTICS}),
        Feature.DEMOGRAPHICS: frozenset({ANALYTICS}),
        Feature.COMMENT: frozenset({COMMENT}),
    },
    quotas=(
        Quota("uploads", 100, _DAY, "app", (_INSERT,), zone=PACIFIC),
        # What is not an upload shares its units: a read is one.
        Quota("units", 10_000, _DAY, "app", (*_READS, *_CHANGES), costs=_CHANGES, zone=PACIFIC),
    ),
    counts="bytes",
    idempotent=True,  # making a video public twice is making it public
    finds="by the video's id, which is known before it is made public; comments by their text below it",
    comments=True,
    comment_limit=COMMENT_LIMIT,
    history="daily numbers since the channel began, two to three days late",
)
