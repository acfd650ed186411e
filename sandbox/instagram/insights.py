"""Insights of media and accounts. One name that is dead or does not fit refuses the whole call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from sandbox.facebook.errors import GraphError, invalid_parameter
from sandbox.facebook.times import graph_time
from sandbox.instagram.demographics import demographics
from sandbox.model import Account, Counts, Floats, Post
from sandbox.timeline import Timeline, day_start

DAY_S = 86_400
LONGEST_S, KEPT_S = 30 * DAY_S, 90 * DAY_S
FEWEST_VIEWERS, FEWEST_FOLLOWERS = 5, 100

Value = Callable[[Counts], int | float | None]
MEDIA: dict[str, tuple[frozenset[str], Value]] = {}


def _metric(name: str, products: str, value: Value) -> None:
    MEDIA[name] = (frozenset(products.split()), value)


_metric("views", "FEED REELS STORY", lambda c: c.views)
_metric("reach", "FEED REELS STORY", lambda c: c.reach)
_metric("shares", "FEED REELS STORY", lambda c: c.shares)
_metric("total_interactions", "FEED REELS STORY", lambda c: c.engagement + c.bookmarks)
_metric("reposts", "FEED REELS STORY", lambda c: c.quotes)
_metric("likes", "FEED REELS", lambda c: c.reacted)
_metric("comments", "FEED REELS", lambda c: c.comments)
_metric("saved", "FEED REELS", lambda c: c.bookmarks)
_metric("follows", "FEED STORY", lambda c: (c.profile_clicks or 0) // 10)
_metric("profile_visits", "FEED STORY", lambda c: c.profile_clicks)
_metric("profile_activity", "FEED STORY", lambda c: c.profile_clicks)
_metric("ig_reels_avg_watch_time", "REELS", lambda c: None if c.watch_s is None else int(1000 * c.watch_s))
_metric(
    "ig_reels_video_view_total_time",
    "REELS",
    lambda c: None if c.watch_s is None else int(1000 * c.watch_s * (c.views or 0)),
)
_metric("reels_skip_rate", "REELS", lambda c: None if c.watch_s is None else round(40 - c.watch_s, 1))
_metric("replies", "STORY", lambda c: c.comments)
_metric("navigation", "STORY", lambda c: (c.views or 0) * 2)
_metric("facebook_views", "FEED REELS STORY", lambda c: (c.views or 0) // 20)

TOTALS: dict[str, str | None] = {
    "views": "views",
    "reach": "reach",
    "accounts_engaged": "engagement",
    "total_interactions": "engagement",
    "likes": "reactions",
    "comments": "comments",
    "saves": "saves",
    "shares": "shares",
    "replies": None,
    "reposts": None,
    "profile_links_taps": "clicks",
    "follows_and_unfollows": "follows",
}
SERIES = {"reach": "reach", "follower_count": "follows"}
"""Columns of the daily numbers; None is always zero here. follower_count is new followers of the day."""


def media_insights(post: Post, counts: Counts, product: str, metric: str | None) -> list[dict[str, Any]]:
    """The lifetime numbers of a post; what is unknown is left out. Raises GraphError 100 and 10."""
    asked = _names(metric, MEDIA)
    for name in asked:
        if product not in MEDIA[name][0]:
            words = f"The Media Insights API does not support the {name} metric for this media product type."
            raise invalid_parameter(words)
    if (counts.reach or 0) < FEWEST_VIEWERS:
        raise GraphError(10, "(#10) Not enough viewers for the media to show insights")
    found = ((name, MEDIA[name][1](counts)) for name in asked)
    return [
        _named(post.id, name, "lifetime") | {"values": [{"value": value}]}
        for name, value in found
        if value is not None
    ]


def account_insights(
    timeline: Timeline, account: Account, query: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """Series or totals of the account's days, or who follows. Raises GraphError 100."""
    followers = timeline.followers(account, now) or 0
    if query.get("period") == "lifetime":
        _names(query.get("metric"), ("follower_demographics", "engaged_audience_demographics"))
        if followers < FEWEST_FOLLOWERS:
            raise invalid_parameter("The account has too few followers", subcode=2108006)
        return [
            _named(account.id, name, "lifetime") | {"total_value": demographics(account, followers, query)}
            for name in _names(query.get("metric"), ("follower_demographics",))
        ]
    if query.get("period") != "day":
        raise invalid_parameter("period must be day or lifetime")
    since, until = _window(query, now)
    if query.get("metric_type", "default") == "total_value":
        return _totals(timeline, account, query, since, until, now)
    asked = _names(query.get("metric"), SERIES)
    if "follower_count" in asked and followers < FEWEST_FOLLOWERS:
        raise invalid_parameter("The account has too few followers for follower_count")
    if "follower_count" in asked and since < now.timestamp() - LONGEST_S:
        raise invalid_parameter("(follower_count) metric only supports querying data for the last 30 days")
    found = []
    for name in asked:
        oldest = int(now.timestamp()) - KEPT_S
        days, values = _days(timeline, account, SERIES[name], max(since, oldest), until, now)
        points = [
            {"value": int(value), "end_time": graph_time(day_start(account, day + 1))}
            for day, value in zip(days, values, strict=True)
        ]
        if points:
            found.append(_named(account.id, name, "day") | {"values": points})
    return found


def _totals(
    timeline: Timeline, account: Account, query: Mapping[str, str], since: int, until: int, now: datetime
) -> list[dict[str, Any]]:
    asked = _names(query.get("metric"), TOTALS)
    by_follow = query.get("breakdown") == "follow_type"
    if by_follow and set(asked) - {"follows_and_unfollows"}:
        raise invalid_parameter("The breakdown follow_type is not supported by every metric")
    since = max(since, int(now.timestamp()) - KEPT_S)
    found = []
    for name in asked:
        column = TOTALS[name]
        days, values = _days(timeline, account, column or "follows", since, until, now)
        if not days:
            continue
        total: dict[str, Any] = {"value": int(sum(values)) if column else 0}
        if by_follow:
            left = _days(timeline, account, "unfollows", since, until, now)[1]
            total = {"breakdowns": [_follow_types(int(sum(values)), int(sum(left)))]}
        found.append(_named(account.id, name, "day") | {"total_value": total})
    return found


def _follow_types(came: int, went: int) -> dict[str, Any]:
    results = [
        {"dimension_values": ["FOLLOWER"], "value": came},
        {"dimension_values": ["NON_FOLLOWER"], "value": went},
    ]
    return {"dimension_keys": ["follow_type"], "results": results}


def _days(
    timeline: Timeline, account: Account, column: str, since: int, until: int, now: datetime
) -> tuple[list[int], list[float]]:
    """The delivered local days that began in the window, with their numbers; today's still grow."""
    start, end = datetime.fromtimestamp(since, UTC), min(datetime.fromtimestamp(until, UTC), now)
    first = start.astimezone(account.zone).date().toordinal()
    last = end.astimezone(account.zone).date().toordinal()
    days = [day for day in range(first, last + 1) if start <= day_start(account, day) < end]
    if not days:
        return [], []
    known: dict[str, Floats] | None = timeline.daily(account, days[0], days[-1], now)
    if known is None:
        return [], []
    pairs = [
        (day, value)
        for day, value in zip(days, known[column].tolist(), strict=True)
        if timeline.delivered(account, day) and not np.isnan(value)
    ]
    return [day for day, _ in pairs], [value for _, value in pairs]


def _window(query: Mapping[str, str], now: datetime) -> tuple[int, int]:
    """since and until in Unix seconds (default: the last day). Raises GraphError 100 beyond 30 days."""
    texts = query.get("since", ""), query.get("until", "")
    if not all(text.isdecimal() or not text for text in texts):
        raise invalid_parameter("since and until must be Unix timestamps")
    until = int(texts[1] or now.timestamp())
    since = int(texts[0] or until - DAY_S)
    if until - since > LONGEST_S:
        raise invalid_parameter("There cannot be more than 30 days (2592000 s) between since and until")
    return since, until


def _names(text: str | None, live: Iterable[str]) -> list[str]:
    """The asked metric names. Raises GraphError 100 when one is dead, unknown or none is given."""
    asked = [name.strip() for name in (text or "").split(",") if name.strip()]
    wrong = [name for name in asked if name not in set(live)]
    if wrong or not asked:
        place = asked.index(wrong[0]) if wrong else 0
        raise invalid_parameter(f"metric[{place}] must be one of the following values: {', '.join(live)}")
    return list(dict.fromkeys(asked))


def _named(node: str, name: str, period: str) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    return {
        "name": name,
        "period": period,
        "title": title,
        "description": f"{title} ({period})",
        "id": f"{node}/insights/{name}/{period}",
    }
