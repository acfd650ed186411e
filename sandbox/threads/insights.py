"""Insights of posts and profiles. One name that is not known refuses the whole call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from sandbox.facebook.errors import GraphError, invalid_parameter
from sandbox.facebook.times import graph_time
from sandbox.instagram.demographics import demographics
from sandbox.model import Account, Counts, Post
from sandbox.timeline import Timeline, day_start

EARLIEST, DAY_S = 1_712_991_600, 86_400
FEWEST_FOLLOWERS = 100

MEDIA: dict[str, Callable[[Counts], int | None]] = {
    "views": lambda c: c.views,
    "likes": lambda c: c.reacted,
    "replies": lambda c: c.comments,
    "reposts": lambda c: c.shares,
    "quotes": lambda c: c.quotes,
    "shares": lambda c: c.shares // 3,
}
PROFILE: dict[str, str] = {
    "views": "views",
    "likes": "reactions",
    "replies": "comments",
    "reposts": "shares",
    "quotes": "quotes",
    "clicks": "clicks",
    "followers_count": "followers",
    "follower_demographics": "followers",
}
"""Columns of the daily numbers; quotes are not among them and are always zero here."""


def post_insights(post: Post, counts: Counts, metric: str | None) -> list[dict[str, Any]]:
    """The lifetime numbers of a post. Raises GraphError 100."""
    found = ((name, MEDIA[name](counts)) for name in _names(metric, MEDIA))
    return [
        _named(post.id, name, "lifetime") | {"values": [{"value": value}]}
        for name, value in found
        if value is not None
    ]


def profile_insights(
    timeline: Timeline, account: Account, query: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """A profile's numbers: views as a series, others as one total, clicks by link. Raises GraphError 100."""
    asked = _names(query.get("metric"), PROFILE)
    bounded = bool(query.get("since") or query.get("until"))
    if bounded and set(asked) & {"followers_count", "follower_demographics"}:
        raise invalid_parameter("since and until are not supported for followers_count")
    followers = timeline.followers(account, now) or 0
    since, until = _window(query, now)
    found = []
    for name in asked:
        node = _named(account.id, name, "day")
        if name == "followers_count":
            found.append(node | {"total_value": {"value": followers}})
        elif name == "follower_demographics":
            if followers < FEWEST_FOLLOWERS:
                raise GraphError(100, "(#100) The profile has fewer than 100 followers", subcode=4279029)
            total = demographics(account, followers, {**query, "metric_type": "total_value"})
            found.append(node | {"total_value": total})
        else:
            days, values = _days(timeline, account, PROFILE[name], since, until, now)
            found.append(node | _numbers(account, name, days, values))
    return found


def _numbers(account: Account, name: str, days: list[int], values: list[float]) -> dict[str, Any]:
    if name == "views":
        ends = [graph_time(day_start(account, day + 1)) for day in days]
        return {"values": [{"value": int(v), "end_time": e} for v, e in zip(values, ends, strict=True)]}
    total = int(sum(values))
    if name == "clicks":
        return {"link_total_values": [{"value": total, "link_url": account.website}] if total else []}
    return {"total_value": {"value": total}}


def _days(
    timeline: Timeline, account: Account, column: str, since: int, until: int, now: datetime
) -> tuple[list[int], list[float]]:
    """The delivered local days that began in the window, with their numbers."""
    start, end = datetime.fromtimestamp(since, UTC), min(datetime.fromtimestamp(until, UTC), now)
    first = start.astimezone(account.zone).date().toordinal()
    last = end.astimezone(account.zone).date().toordinal()
    days = [day for day in range(first, last + 1) if start <= day_start(account, day) < end]
    known = timeline.daily(account, days[0], days[-1], now) if days else None
    if known is None:
        return [], []
    numbers = known.get(column, np.zeros(len(days))).tolist()
    pairs = [
        (day, value)
        for day, value in zip(days, numbers, strict=True)
        if timeline.delivered(account, day) and not np.isnan(value)
    ]
    return [day for day, _ in pairs], [value for _, value in pairs]


def _window(query: Mapping[str, str], now: datetime) -> tuple[int, int]:
    """since and until in Unix seconds, by default the last two days. Raises GraphError 100 if too early."""
    texts = query.get("since", ""), query.get("until", "")
    if not all(text.isdecimal() or not text for text in texts):
        raise invalid_parameter("since and until must be Unix timestamps")
    until = int(texts[1] or now.timestamp())
    since = int(texts[0] or until - 2 * DAY_S)
    if min(since, until) < EARLIEST:
        raise invalid_parameter(f"since and until must not be before {EARLIEST}")
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
    return {
        "name": name,
        "period": period,
        "title": name.replace("_", " "),
        "description": f"The number of {name.replace('_', ' ')}.",
        "id": f"{node}/insights/{name}/{period}",
    }
