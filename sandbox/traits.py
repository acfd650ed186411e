"""What tells the networks of the generated world apart: kinds of post, what they earn, sizes of accounts."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.model import Kind, Network


@dataclass(frozen=True, slots=True)
class Traits:
    """One network's ways.

    `kinds` are shares of the posts, `effects` the kinds' multipliers on views and engagement. `parts` share
    engagement out among reactions, comments, shares, quotes and bookmarks. `followers` is the size of an
    account against the brand's page, `reach` and `engaged` its rates against the page's. `text_room` is how
    many characters posts have; with `link_in_text` a link stands in them.
    """

    kinds: dict[Kind, float]
    effects: dict[Kind, float]
    parts: tuple[float, float, float, float, float]
    followers: float = 1.0
    reach: float = 1.0
    engaged: float = 1.0
    text_room: int = 2_000
    link_in_text: bool = False


TRAITS: dict[Network, Traits] = {
    "facebook": Traits(
        {"status": 0.15, "link": 0.30, "photo": 0.40, "video": 0.15},
        {"status": 1.0, "link": 0.75, "photo": 1.25, "video": 1.55},
        (0.80, 0.09, 0.11, 0.0, 0.0),
    ),
    "x": Traits(
        {"status": 0.45, "link": 0.30, "photo": 0.18, "video": 0.07},
        {"status": 1.0, "link": 0.70, "photo": 1.30, "video": 1.45},
        (0.70, 0.07, 0.13, 0.02, 0.08),
        text_room=200,
        link_in_text=True,
    ),
    "instagram": Traits(
        {"photo": 0.35, "album": 0.25, "reel": 0.35, "video": 0.05},
        {"photo": 1.0, "album": 1.25, "reel": 1.7, "video": 1.1},
        (0.84, 0.06, 0.05, 0.0, 0.05),
        followers=1.4,
        reach=1.2,
        engaged=1.3,
    ),
    "linkedin": Traits(
        {"status": 0.25, "link": 0.25, "photo": 0.25, "video": 0.10, "document": 0.15},
        {"status": 1.0, "link": 0.7, "photo": 1.1, "video": 1.3, "document": 1.6},
        (0.82, 0.10, 0.08, 0.0, 0.0),
        followers=0.25,
        reach=1.4,
    ),
    "tiktok": Traits(
        {"video": 0.85, "album": 0.15},
        {"video": 1.0, "album": 0.7},
        (0.88, 0.05, 0.07, 0.0, 0.0),
        followers=1.8,
        reach=2.0,
        engaged=1.6,
        text_room=150,
    ),
    "youtube": Traits(
        {"video": 0.45, "short": 0.55},
        {"video": 1.0, "short": 1.8},
        (0.85, 0.10, 0.05, 0.0, 0.0),
        followers=0.5,
        reach=1.5,
    ),
    "pinterest": Traits(
        {"photo": 0.70, "video": 0.20, "album": 0.10},
        {"photo": 1.0, "video": 1.2, "album": 1.1},
        (0.30, 0.02, 0.0, 0.0, 0.68),
        followers=0.3,
        reach=2.5,
        text_room=500,
    ),
    "threads": Traits(
        {"status": 0.55, "link": 0.15, "photo": 0.22, "video": 0.08},
        {"status": 1.0, "link": 0.7, "photo": 1.2, "video": 1.3},
        (0.80, 0.10, 0.06, 0.04, 0.0),
        followers=0.4,
        text_room=480,
    ),
    "bluesky": Traits(
        {"status": 0.60, "link": 0.20, "photo": 0.20},
        {"status": 1.0, "link": 0.8, "photo": 1.2},
        (0.75, 0.08, 0.13, 0.04, 0.0),
        followers=0.08,
        text_room=220,
        link_in_text=True,
    ),
    "mastodon": Traits(
        {"status": 0.60, "link": 0.20, "photo": 0.20},
        {"status": 1.0, "link": 0.9, "photo": 1.2},
        (0.60, 0.10, 0.28, 0.02, 0.0),
        followers=0.06,
        text_room=400,
        link_in_text=True,
    ),
}
