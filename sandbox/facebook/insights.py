"""Insights of posts (lifetime) and pages (day, week, days_28). Dead names fail the whole call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from sandbox.facebook.errors import invalid_parameter
from sandbox.facebook.times import graph_time, parse_time
from sandbox.model import Account, Counts, Post
from sandbox.timeline import Timeline, day_start

Value = int | dict[str, int]
_REACTION_NAMES = ("like", "love", "wow", "haha", "sorry", "anger")
_LONGEST = timedelta(days=90)


def _present(values: Mapping[str, int | None]) -> dict[str, int]:
    """Kinds that happened; the network leaves out the others."""
    return {name: value for name, value in values.items() if value}


def _clicks_by_type(post: Post, counts: Counts) -> Value | None:
    if counts.clicks is None:
        return None
    return _present({"link clicks" if post.kind == "link" else "other clicks": counts.clicks})


def _video(value: Callable[[int, float], int]) -> Callable[[Post, Counts], Value | None]:
    def of(_: Post, counts: Counts) -> Value | None:
        known = counts.views is not None and counts.watch_s is not None
        return value(counts.views or 0, counts.watch_s or 0.0) if known else None

    return of


POST_METRICS: dict[str, Callable[[Post, Counts], Value | None]] = {
    "post_media_view": lambda _, c: c.views,
    "post_total_media_view_unique": lambda _, c: c.reach,
    "post_clicks": lambda _, c: c.clicks,
    "post_clicks_by_type": _clicks_by_type,
    "post_reactions_by_type_total": lambda _, c: _present(
        dict(zip(_REACTION_NAMES, c.reactions, strict=True))
    ),
    "post_activity_by_action_type": lambda _, c: _present(
        {"like": c.reacted, "comment": c.comments, "share": c.shares}
    ),
    "post_video_views": _video(lambda views, _: views),
    "post_video_avg_time_watched": _video(lambda _, watched: int(1000 * watched)),
    "post_video_view_time": _video(lambda views, watched: int(1000 * views * watched)),
}
"""Lifetime value of each live metric; times in milliseconds; None is not known, and then left out."""

PAGE_METRICS: dict[str, tuple[str, bool]] = {
    "page_media_view": ("views", True),
    "page_total_media_view_unique": ("reach", False),
    "page_follows": ("followers", False),
    "page_daily_follows": ("follows", True),
    "page_daily_follows_unique": ("follows", False),
    "page_daily_unfollows_unique": ("unfollows", False),
    "page_post_engagements": ("engagement", True),
    "page_views_total": ("visits", True),
    "page_video_views": ("video_views", True),
}
"""Column of the daily numbers, and whether days add up to week and days_28."""

PAGE_BREAKDOWNS: dict[str, dict[str, float]] = {
    "page_follows_country": {"DE": 0.46, "US": 0.21, "AT": 0.12, "GB": 0.09, "CH": 0.07},
    "page_follows_city": {
        "Hamburg, Germany": 0.24,
        "Berlin, Germany": 0.11,
        "Vienna, Austria": 0.08,
        "London, United Kingdom": 0.06,
    },
}
"""Shares of the followers; the rest is not said."""

_PERIODS = {"day": 1, "week": 7, "days_28": 28}


def names(text: str | None, live: Iterable[str]) -> list[str]:
    """The asked metric names; raises GraphError 100 when one is dead, unknown or none is given."""
    asked = [name.strip() for name in (text or "").strip("[]").replace('"', "").split(",") if name.strip()]
    if not asked or set(asked) - set(live):
        raise invalid_parameter("The value must be a valid insights metric")
    return list(dict.fromkeys(asked))


def post_insights(post: Post, counts: Counts, metric: str | None) -> list[dict[str, Any]]:
    """The lifetime series of a post; what is unknown is left out."""
    found = ((name, POST_METRICS[name](post, counts)) for name in names(metric, POST_METRICS))
    return [
        _series(post.id, name, "lifetime", [{"value": value}]) for name, value in found if value is not None
    ]


def page_insights(
    timeline: Timeline, page: Account, query: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """The series of a page whose days ended after `since` and not after `until` (default: the last two days).

    Missed days and days that are not over are absent. Raises GraphError 100 beyond 90 days.
    """
    asked = names(query.get("metric"), {**PAGE_METRICS, **PAGE_BREAKDOWNS})
    period = query.get("period", "day")
    if period not in _PERIODS:
        raise invalid_parameter(f"param period must be one of {', '.join(_PERIODS)}")
    until = parse_time("until", query["until"], page.zone) if query.get("until") else now
    since = (
        parse_time("since", query["since"], page.zone) if query.get("since") else until - timedelta(days=2)
    )
    if until - since > _LONGEST:
        raise invalid_parameter("There cannot be more than 90 days (7776000 s) between since and until")
    length = _PERIODS[period]
    series = []
    for name in asked:
        column, adds_up = PAGE_METRICS.get(name, ("followers", False))
        if length > 1 and not adds_up:
            continue
        values = _values(timeline, page, column, length, (since, min(until, now)), now)
        if shares := PAGE_BREAKDOWNS.get(name):
            values = [
                {**one, "value": {key: int(one["value"] * share) for key, share in shares.items()}}
                for one in values
            ]
        if values:
            series.append(_series(page.id, name, period, values))
    return series


def _values(
    timeline: Timeline,
    page: Account,
    column: str,
    length: int,
    window: tuple[datetime, datetime],
    now: datetime,
) -> list[dict[str, Any]]:
    """Values of the days that ended in the window, each the sum over `length` days."""
    since, until = window
    first = since.astimezone(page.zone).date().toordinal() - 1
    last = until.astimezone(page.zone).date().toordinal()
    days = [day for day in range(first, last + 1) if since < day_start(page, day + 1) <= until]
    if not days:
        return []
    known = timeline.daily(page, days[0] - length + 1, days[-1], now)
    if known is None:
        return []
    sums = np.convolve(known[column], np.ones(length), "valid")
    return [
        {"value": int(value), "end_time": graph_time(day_start(page, day + 1))}
        for day, value in zip(days, sums.tolist(), strict=True)
        if timeline.delivered(page, day) and not np.isnan(value)
    ]


def _series(node: str, name: str, period: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    return {
        "name": name,
        "period": period,
        "values": values,
        "title": title,
        "description": f"{title} ({period})",
        "id": f"{node}/insights/{name}/{period}",
    }
