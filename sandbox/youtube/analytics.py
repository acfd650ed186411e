"""The YouTube Analytics API v2: reports whose days are Pacific time and come two to three days late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.model import Account
from sandbox.timeline import day_start
from sandbox.youtube import videos
from sandbox.youtube.calls import ANALYTICS, Call, Calling
from sandbox.youtube.errors import GoogleError, bad_request
from sandbox.youtube.figures import DAILY, OF_VIDEOS, day_of, sums, video_of

router = APIRouter(prefix="/youtube/v2")
LAG, SETTLED = timedelta(hours=48), timedelta(hours=72)
MONEY = frozenset({"estimatedRevenue", "estimatedAdRevenue", "grossRevenue", "cpm", "playbackBasedCpm"})
COUNTRIES = (("US", 0.34), ("DE", 0.21), ("GB", 0.14), ("FR", 0.09), ("JP", 0.06))
VIEWERS = tuple(
    (age, gender, share)
    for age, female, male in (("age18-24", 9.1, 10.4), ("age25-34", 19.6, 21.2), ("age35-44", 13.5, 12.7))
    for gender, share in (("female", female), ("male", male))
)
Row = list[Any]


@router.get("/reports")
async def reports(call: Calling) -> JSONResponse:
    """A report about the signed-in channel."""
    call.needs(ANALYTICS)
    call.takes(
        *("ids", "startDate", "endDate", "metrics", "dimensions", "filters", "sort", "maxResults"),
        *("startIndex", "currency", "includeHistoricalChannelData"),
    )
    if call.query.get("ids") not in ("channel==MINE", f"channel=={call.account.id}"):
        raise GoogleError(403, "forbidden", "Forbidden", "global")
    first, last = _date(call, "startDate"), _date(call, "endDate")
    if first > last:
        raise bad_request("The start date must not be after the end date.", "invalid")
    metrics, dimensions = call.listed("metrics"), tuple(call.listed("dimensions"))
    make, known = _REPORTS.get(dimensions, (None, ()))
    if set(metrics) & MONEY:
        raise GoogleError(403, "forbidden", "Forbidden", "global")
    unknown = [name for name in metrics if name not in (*OF_VIDEOS, "viewerPercentage")]
    if unknown:
        raise bad_request(f"Unknown identifier ({unknown[0]}) given in field parameters.metrics.")
    if make is None or not metrics or set(metrics) - set(known):
        raise bad_request("The query is not supported.")
    rows = make(call, first, last, metrics)
    columns = [*dimensions, *metrics]
    rows = _sorted(call, rows, columns)
    start = call.number("startIndex", 1, 1, 10**9) - 1
    rows = rows[start : start + call.number("maxResults", 10**6, 1, 10**6)]
    headers = [_header(name, name in dimensions) for name in columns]
    body: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
    return JSONResponse({**body, "rows": rows} if rows else body)


def _by_day(call: Call, first: date, last: date, metrics: list[str]) -> list[Row]:
    return [
        [day.isoformat(), *(values[name] for name in metrics)] for day, values in _days(call, first, last)
    ]


def _in_all(call: Call, first: date, last: date, metrics: list[str]) -> list[Row]:
    days = [values for _, values in _days(call, first, last)]
    return [[sums(days)[name] for name in metrics]] if days else []


def _by_country(call: Call, first: date, last: date, metrics: list[str]) -> list[Row]:
    days = [values for _, values in _days(call, first, last)]
    total = sums(days)
    return [[code, *(int(total[name] * share) for name in metrics)] for code, share in COUNTRIES if days]


def _by_viewer(call: Call, first: date, last: date, _metrics: list[str]) -> list[Row]:
    return [[age, gender, share] for age, gender, share in VIEWERS] if _days(call, first, last) else []


def _by_video(call: Call, _first: date, last: date, metrics: list[str]) -> list[Row]:
    """Numbers since publication, of the videos of the filter or of the best ones."""
    if not call.query.get("sort") or call.number("maxResults", 0, 0, 10**6) > 200:
        raise bad_request("The query is not supported.")
    wanted, rows = _filtered(call), []
    seen = min(call.now - LAG, day_start(_pacific(call.account), last.toordinal() + 1))
    for _, name, source in videos.of_channel(call.sandbox, call.account, call.now):
        if wanted is not None and name not in wanted:
            continue
        post = videos.shown(call.sandbox, call.account, source, call.now).post
        if post is not None and post.published and post.created_at < seen:
            values = video_of(call.sandbox.timeline.counts(post, seen))
            rows.append([name, *(values[metric] for metric in metrics)])
    return rows


def _days(call: Call, first: date, last: date) -> list[tuple[date, dict[str, float]]]:
    """The days of a span that have been processed; a young one is still too low."""
    account, timeline = _pacific(call.account), call.sandbox.timeline
    began = max(first, account.created_at.astimezone(account.zone).date())
    newest = min(last, (call.now - LAG).astimezone(account.zone).date() - timedelta(days=1))
    if began > newest:
        return []
    columns = timeline.daily(account, began.toordinal(), newest.toordinal(), call.now)
    if columns is None:
        return []
    found = []
    for offset in range((newest - began).days + 1):
        day = began + timedelta(days=offset)
        values = {name: float(column[offset]) for name, column in columns.items()}
        if not timeline.delivered(account, day.toordinal()) or values["follows"] != values["follows"]:
            continue
        ended: datetime = day_start(account, day.toordinal() + 1)
        found.append((day, day_of(values, day, settled=call.now >= ended + SETTLED)))
    return found


_REPORTS: dict[tuple[str, ...], tuple[Callable[[Call, date, date, list[str]], list[Row]], Sequence[str]]] = {
    (): (_in_all, DAILY),
    ("day",): (_by_day, DAILY),
    ("video",): (_by_video, OF_VIDEOS),
    ("country",): (_by_country, ("views", "engagedViews", "estimatedMinutesWatched")),
    ("ageGroup", "gender"): (_by_viewer, ("viewerPercentage",)),
}


def _pacific(account: Account) -> Account:
    """The channel as the reports see it: its days are Pacific time, wherever it is."""
    return replace(account, timezone="America/Los_Angeles")


def _date(call: Call, name: str) -> date:
    try:
        return date.fromisoformat(call.query.get(name, ""))
    except ValueError:
        raise bad_request(f"Invalid value for {name}.", "invalid") from None


def _filtered(call: Call) -> set[str] | None:
    """The videos of the filter; raises GoogleError 400 for any other filter."""
    found: set[str] | None = None
    for part in filter(None, call.query.get("filters", "").split(";")):
        name, _, values = part.partition("==")
        if name != "video" or len(values.split(",")) > 500:
            raise bad_request("The query is not supported.")
        found = set(values.split(","))
    return found


def _sorted(call: Call, rows: list[Row], columns: list[str]) -> list[Row]:
    for name in reversed(call.listed("sort")):
        if name.removeprefix("-") not in columns:
            raise bad_request("The query is not supported.")
        place = columns.index(name.removeprefix("-"))
        rows = sorted(rows, key=lambda row: row[place], reverse=name.startswith("-"))
    return rows


def _header(name: str, is_dimension: bool) -> dict[str, str]:
    kind = "STRING" if is_dimension else "FLOAT" if name.endswith("Percentage") else "INTEGER"
    return {"name": name, "columnType": "DIMENSION" if is_dimension else "METRIC", "dataType": kind}
