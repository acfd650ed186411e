"""Pinterest's numbers: of the account and of pins by day, for the last 90 days; young days are not final."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.model import Counts, Post
from sandbox.pinterest.call import Call, Calling
from sandbox.pinterest.errors import invalid
from sandbox.pinterest.pins import own_pin

router = APIRouter(prefix="/pinterest/v5")
DAYS = 90
_RATES = ("ENGAGEMENT_RATE", "OUTBOUND_CLICK_RATE", "PIN_CLICK_RATE", "SAVE_RATE")
OF_USER = frozenset({"ENGAGEMENT", "IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", *_RATES})
OF_PIN = frozenset(
    {
        "IMPRESSION",
        "OUTBOUND_CLICK",
        "PIN_CLICK",
        "SAVE",
        "SAVE_RATE",
        "TOTAL_COMMENTS",
        "TOTAL_REACTIONS",
        "USER_FOLLOW",
        "PROFILE_VISIT",
    }
)
OF_VIDEO = (OF_PIN - {"USER_FOLLOW", "PROFILE_VISIT"}) | {
    "VIDEO_MRC_VIEW",
    "VIDEO_10S_VIEW",
    "QUARTILE_95_PERCENT_VIEW",
    "VIDEO_V50_WATCH_TIME",
    "VIDEO_START",
    "VIDEO_AVG_WATCH_TIME",
}
_LIFETIME = {"TOTAL_COMMENTS", "TOTAL_REACTIONS"}


@router.get("/user_account")
async def account(call: Calling) -> JSONResponse:
    """The signed-in account."""
    call.count("org_read", "user_accounts:read")
    own, timeline = call.account, call.sandbox.timeline
    followers = timeline.followers(own, call.now) or 0
    return call.answer(
        {
            "id": own.id,
            "username": own.username,
            "business_name": own.name,
            "account_type": "BUSINESS",
            "about": own.about,
            "website_url": own.website,
            "profile_image": f"{call.request.base_url}pictures/{own.id}.svg",
            "follower_count": followers,
            "following_count": 61,
            "board_count": 3,
            "pin_count": len(timeline.posts(own, call.now)),
            "monthly_views": followers * 3,
        }
    )


@router.get("/user_account/analytics")
async def of_account(call: Calling) -> JSONResponse:
    """The account's days."""
    call.count("org_analytics", "user_accounts:read")
    days, metrics = _days(call), call.listed("metric_types") or sorted(OF_USER)
    _known(metrics, OF_USER)
    columns = call.sandbox.timeline.daily(call.account, days[0].toordinal(), days[-1].toordinal(), call.now)
    daily = []
    for place, day in enumerate(days):
        numbers = {name: values[place] for name, values in (columns or {}).items()}
        found = _rates(
            {
                "IMPRESSION": _int(numbers.get("views")),
                "ENGAGEMENT": _int(numbers.get("engagement")),
                "PIN_CLICK": _int(numbers.get("clicks")),
                "OUTBOUND_CLICK": _int(numbers.get("clicks")) // 3,
                "SAVE": _int(numbers.get("saves")),
            }
        )
        daily.append(_day(call, day, {name: found[name] for name in metrics}))
    return call.answer({"all": {"daily_metrics": daily, "summary_metrics": _summed(daily)}})


@router.get("/pins/analytics")
async def of_pins(call: Calling) -> JSONResponse:
    """The days of up to 100 pins."""
    call.count("org_analytics", "boards:read", "pins:read")
    pins = call.listed("pin_ids")
    if not 1 <= len(pins) <= 100:
        raise invalid("Invalid multi_pins analytics parameters.")
    return call.answer({pin_id: {"all": _of_pin(call, own_pin(call, pin_id))} for pin_id in pins})


@router.get("/pins/{pin_id}/analytics")
async def of_pin(pin_id: str, call: Calling) -> JSONResponse:
    """The days of a pin."""
    call.count("org_analytics", "boards:read", "pins:read")
    return call.answer({"all": _of_pin(call, own_pin(call, pin_id))})


def _of_pin(call: Call, post: Post) -> dict[str, Any]:
    days, metrics = _days(call), call.listed("metric_types")
    _known(metrics, OF_VIDEO if post.kind == "video" else OF_PIN)
    daily = []
    for day in days:
        end = datetime.combine(day + timedelta(days=1), time(), UTC)
        if end <= post.created_at:
            daily.append({"date": day.isoformat(), "data_status": "BEFORE_PIN_CREATED", "metrics": {}})
            continue
        timeline = call.sandbox.timeline
        after = timeline.counts(post, min(end, call.now))
        before = timeline.counts(post, max(end - timedelta(days=1), post.created_at))
        gained = _gained(before, after)
        wanted = {name: gained[name] for name in metrics if name not in _LIFETIME}
        daily.append(_day(call, day, wanted))
    now = call.sandbox.timeline.counts(post, call.now)
    lifetime = {"TOTAL_COMMENTS": now.comments, "TOTAL_REACTIONS": now.reacted}
    return {
        "daily_metrics": daily,
        "lifetime_metrics": {name: lifetime[name] for name in metrics if name in _LIFETIME},
        "summary_metrics": _summed(daily),
    }


def _gained(before: Counts, after: Counts) -> dict[str, float]:
    views = max((after.views or 0) - (before.views or 0), 0)
    clicks = max((after.clicks or 0) - (before.clicks or 0), 0)
    saves = max(after.bookmarks - before.bookmarks, 0)
    base = _rates(
        {
            "IMPRESSION": views,
            "PIN_CLICK": clicks,
            "OUTBOUND_CLICK": clicks // 3,
            "SAVE": saves,
            "ENGAGEMENT": 0,
        }
    )
    videos = {
        "VIDEO_MRC_VIEW": views // 2,
        "VIDEO_10S_VIEW": views // 4,
        "QUARTILE_95_PERCENT_VIEW": views // 8,
        "VIDEO_V50_WATCH_TIME": views * 1_500,
        "VIDEO_START": views,
        "VIDEO_AVG_WATCH_TIME": 3_000.0 if views else 0.0,
    }
    return {**base, **videos, "USER_FOLLOW": views // 500, "PROFILE_VISIT": views // 100}


def _rates(numbers: dict[str, int]) -> dict[str, float]:
    views = numbers["IMPRESSION"]
    rates = {
        f"{name}_RATE": round(numbers[name] / views, 6) if views else 0.0
        for name in ("ENGAGEMENT", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE")
    }
    return {**numbers, **rates}


def _day(call: Call, day: date, metrics: dict[str, float]) -> dict[str, Any]:
    """A day: the newest is still being counted, the one before estimated, both to be read again."""
    age = (call.now.date() - day).days
    status = "PROCESSING" if age < 1 else "ESTIMATE" if age < 2 else "READY"
    return {"date": day.isoformat(), "data_status": status, "metrics": metrics}


def _summed(daily: list[dict[str, Any]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for day in daily:
        for name, value in day["metrics"].items():
            if not name.endswith("_RATE"):
                found[name] = found.get(name, 0) + value
    return found


def _days(call: Call) -> list[date]:
    try:
        start = date.fromisoformat(call.query.get("start_date", ""))
        end = date.fromisoformat(call.query.get("end_date", ""))
    except ValueError:
        raise invalid("start_date and end_date must be YYYY-MM-DD.") from None
    today = call.now.date()
    if start < today - timedelta(days=DAYS) or end < start or (end - start).days > DAYS or end > today:
        raise invalid("start_date must be within the last 90 days, end_date within 90 days of it.")
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def _known(metrics: list[str], known: frozenset[str]) -> None:
    if not metrics or set(metrics) - known:
        raise invalid("Invalid metric_types.")


def _int(value: Any) -> int:
    return int(value) if value is not None and value == value else 0  # NaN before the history begins
