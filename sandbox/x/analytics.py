"""GET /2/tweets/analytics: own posts' numbers in a span of time, in pieces or in total."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.model import VIDEOS, Counts, Post
from sandbox.x.call import Call, Calling
from sandbox.x.errors import invalid_request, not_found
from sandbox.x.known_fields import ANALYTICS_FIELDS
from sandbox.x.objects import x_time

router = APIRouter(prefix="/x/2")
_STEPS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
_MOST = 1_000


@router.get("/tweets/analytics")
async def analytics(call: Calling) -> JSONResponse:
    """Numbers of up to 100 posts; those that are not one's own or not there are reported beside them."""
    call.count("GET /2/tweets/analytics", "tweet.read")
    ids = [text.strip() for text in call.query.get("ids", "").split(",")]
    if not 1 <= len(ids) <= 100 or not all(text.isdecimal() and len(text) <= 19 for text in ids):
        raise invalid_request("The `ids` query parameter must hold 1 to 100 post ids", "ids")
    asked = frozenset(filter(None, call.query.get("analytics.fields", "").split(",")))
    if asked - ANALYTICS_FIELDS:
        raise invalid_request("The `analytics.fields` query parameter is not valid", "analytics.fields")
    spans = list(_spans(call))
    data: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for post_id in ids:
        found = call.sandbox.timeline.find(post_id, "x", call.now)
        if found is None or found[0].id != call.grant.account:
            errors.append(not_found(post_id, "ids", "tweet"))
        else:
            data.append({"id": post_id, "timestamped_metrics": _series(call, found[1], spans, asked)})
    return call.answer({**({"data": data} if data else {}), **({"errors": errors} if errors else {})})


def _spans(call: Call) -> Iterator[tuple[datetime, datetime]]:
    start, end = _moment(call, "start_time"), _moment(call, "end_time")
    granularity = call.query.get("granularity", "total")
    if start >= end or granularity not in (*_STEPS, "total"):
        raise invalid_request("The `granularity`, `start_time` or `end_time` is not valid", "granularity")
    step = _STEPS.get(granularity, end - start)
    if (end - start) / step > _MOST:
        raise invalid_request("The time range is too long for this granularity", "granularity")
    while start < end:
        yield start, min(start + step, end)
        start += step


def _moment(call: Call, name: str) -> datetime:
    text = call.query.get(name, "")
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid_request(f"The `{name}` query parameter value [{text}] is not valid", name, text)
    return moment.astimezone(UTC)


def _series(
    call: Call, post: Post, spans: list[tuple[datetime, datetime]], asked: frozenset[str]
) -> list[dict[str, Any]]:
    found = []
    for start, end in spans:
        after = _numbers(call, post, end)
        before = _numbers(call, post, start)
        gained = {name: after[name] - before[name] for name in after if not asked or name in asked}
        found.append({"timestamp": x_time(start), "metrics": gained})
    return found


def _numbers(call: Call, post: Post, at: datetime) -> dict[str, int]:
    at = min(at, call.now)
    counts = call.sandbox.timeline.counts(post, at) if at > post.created_at else Counts((0,) * 6, 0, 0)
    clicks, profile, views = counts.clicks or 0, counts.profile_clicks or 0, counts.views or 0
    return {
        "impressions": views,
        "likes": counts.reacted,
        "replies": counts.comments,
        "retweets": counts.shares,
        "quote_tweets": counts.quotes,
        "bookmarks": counts.bookmarks,
        "engagements": counts.engagement + counts.quotes + counts.bookmarks + clicks + profile,
        "url_clicks": clicks,
        "user_profile_clicks": profile,
        "detail_expands": views // 40,
        "follows": profile // 20,
        "media_views": views * 3 // 5 if post.kind in VIDEOS else 0,
    }
