"""YouTube Analytics: reports by day, by video and by viewer. Days are Pacific time.

Source: developers.google.com, YouTube Analytics API "Channel reports" (2026-11). Numbers come two to three
days late, and a day without them has no row. Since 2025-03-31 (Shorts) and 2026-08-24 (all videos) a view is
counted when playing starts; `engagedViews` counts as views did before, so both are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from platforms.contract import Account
from platforms.http import Api, Reply
from platforms.youtube.errors import PACIFIC, is_unknown_metric

REPORTS = "v2/reports"
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
SLICE = timedelta(days=365)
# Who watches: (dimensions, metrics, sort), over the last days.
VIEWERS = (
    ("ageGroup,gender", ("viewerPercentage",), "ageGroup,gender"),
    ("country", ("views", "engagedViews", "estimatedMinutesWatched"), "-views"),
)
VIEWERS_SPAN = timedelta(days=90)


class Reports:
    """Asks the Analytics API about one channel at a time."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def ask(
        self, account: Account, metrics: tuple[str, ...], more: Mapping[str, str]
    ) -> tuple[dict[str, str], Reply]:
        """A report, and what was asked: without the metrics that YouTube no longer has.

        When it has none of them any more, its refusal is the answer.
        """
        params, reply = self._once(account, metrics, more)
        if not reply.refused:
            return params, reply
        alive = tuple(m for m in metrics if not self._once(account, (m,), more)[1].refused)
        return self._once(account, alive, more) if alive else (params, reply)

    def _once(
        self, account: Account, metrics: tuple[str, ...], more: Mapping[str, str]
    ) -> tuple[dict[str, str], Reply]:
        params = {"ids": f"channel=={account.external_id}", "metrics": ",".join(metrics), **more}
        token = account.credentials.access_token
        return params, self._api.read(REPORTS, params, token=token, tolerated=is_unknown_metric)


def day(moment: datetime) -> date:
    """The day of a moment (aware) as YouTube counts days."""
    return moment.astimezone(PACIFIC).date()


def span(first: date, last: date) -> dict[str, str]:
    """The parameters of a span of days, both ends in it."""
    return {"startDate": first.isoformat(), "endDate": last.isoformat()}
