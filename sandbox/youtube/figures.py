"""The figures of Analytics' reports, from what the world knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sandbox.model import Counts

DAILY = (
    "views",
    "engagedViews",
    "estimatedMinutesWatched",
    "averageViewDuration",
    "likes",
    "dislikes",
    "comments",
    "shares",
    "subscribersGained",
    "subscribersLost",
)
OF_VIDEOS = (*DAILY, "averageViewPercentage", "videosAddedToPlaylists", "videosRemovedFromPlaylists")
VIEWS_REDEFINED = date(2026, 8, 24)
"""From this day on a view is counted when playing starts; `engagedViews` goes on as before."""
ENGAGED_SHARE = 0.72
YOUNG_SHARE = 0.97
"""What a day has of its views before it is settled."""
MINUTES_A_VIEW, LENGTH_S = 0.8, 253.0


def day_of(values: dict[str, float], day: date, *, settled: bool) -> dict[str, float]:
    """A day's figures from the world's; before it is settled some views are still to come."""
    views = int(values["views"] * (1.0 if settled else YOUNG_SHARE))
    engaged = int(views * ENGAGED_SHARE) if day >= VIEWS_REDEFINED else views
    minutes = int(views * MINUTES_A_VIEW)
    return {
        "views": views,
        "engagedViews": engaged,
        "estimatedMinutesWatched": minutes,
        "averageViewDuration": int(60 * minutes / views) if views else 0,
        "likes": int(values["reactions"]),
        "dislikes": int(values["reactions"]) // 40,
        "comments": int(values["comments"]),
        "shares": int(values["shares"]),
        "subscribersGained": int(values["follows"]),
        "subscribersLost": int(values["unfollows"]),
    }


def sums(days: Sequence[dict[str, float]]) -> dict[str, float]:
    """The figures of several days together."""
    total = {name: sum(day[name] for day in days) for name in DAILY}
    views = total["views"]
    return total | {"averageViewDuration": int(60 * total["estimatedMinutesWatched"] / views) if views else 0}


def video_of(counts: Counts) -> dict[str, float]:
    """A video's figures."""
    views = counts.views or 0
    minutes = int(views * MINUTES_A_VIEW)
    return {
        "views": views,
        "engagedViews": int(views * ENGAGED_SHARE),
        "estimatedMinutesWatched": minutes,
        "averageViewDuration": int(60 * minutes / views) if views else 0,
        "averageViewPercentage": round(100 * 60 * MINUTES_A_VIEW / LENGTH_S, 2),
        "likes": counts.reacted,
        "dislikes": counts.reacted // 40,
        "comments": counts.comments,
        "shares": counts.shares,
        "subscribersGained": views // 900,
        "subscribersLost": views // 9_000,
        "videosAddedToPlaylists": views // 300,
        "videosRemovedFromPlaylists": views // 2_000,
    }
