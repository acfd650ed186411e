"""LinkedIn's numbers: of posts, of an organization by day, of its followers, and of a person's posts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox.linkedin.call import Call, Calling, listed
from sandbox.linkedin.errors import forbidden, invalid
from sandbox.linkedin.people import ORGANIZATION
from sandbox.model import Account, Counts

router = APIRouter(prefix="/linkedin/rest")
ADMIN = "rw_organization_admin"
MONTHS_12 = timedelta(days=366)
_INTERVALS = re.compile(r"\(timeRange:\(start:(\d+),end:(\d+)\),timeGranularityType:(DAY|WEEK|MONTH)\)")
_DATES = re.compile(
    r"\(start:\(day:(\d+),month:(\d+),year:(\d+)\),end:\(day:(\d+),month:(\d+),year:(\d+)\)\)"
)
_MEMBER = ("IMPRESSION", "MEMBERS_REACHED", "RESHARE", "REACTION", "COMMENT")
_DAY_MS = 86_400_000


@router.get("/organizationalEntityShareStatistics")
async def shares(call: Calling) -> JSONResponse:
    """Numbers of posts, or of all posts together by day."""
    account = _organization(call)
    if "shares" in call.query or "ugcPosts" in call.query:
        name = "shares" if "shares" in call.query else "ugcPosts"
        kind = "share" if name == "shares" else "ugcPost"
        return _elements([_of_post(call, account, urn, kind) for urn in listed(call.query[name])])
    if "timeIntervals" not in call.query:
        return _elements([{"organizationalEntity": account.id, "totalShareStatistics": _sums(call, account)}])
    days = _days(call)
    columns = call.sandbox.timeline.daily(account, days[0], days[-1], call.now) or {}
    return _elements(
        [
            {
                "organizationalEntity": account.id,
                "timeRange": _range(day),
                "totalShareStatistics": _statistics(
                    *(_whole(columns, name, place) for name in ("views", "reach", "clicks")),
                    *(_whole(columns, name, place) for name in ("reactions", "comments", "shares")),
                ),
            }
            for place, day in enumerate(days)
        ]
    )


@router.get("/organizationalEntityFollowerStatistics")
async def followers(call: Calling) -> JSONResponse:
    """Followers won by day, or who they are."""
    account = _organization(call)
    if "timeIntervals" not in call.query:
        return _elements([{"organizationalEntity": account.id, **_who(call, account)}])
    days = _days(call)
    columns = call.sandbox.timeline.daily(account, days[0], days[-1], call.now) or {}
    return _elements(
        [
            {
                "organizationalEntity": account.id,
                "timeRange": _range(day),
                "followerGains": {
                    "organicFollowerGain": _whole(columns, "follows", place),
                    "paidFollowerGain": 0,
                },
            }
            for place, day in enumerate(days)
        ]
    )


@router.get("/organizationPageStatistics")
async def views(call: Calling) -> JSONResponse:
    """Views of the organization's page by day."""
    account = _organization(call, "organization")
    days = _days(call)
    columns = call.sandbox.timeline.daily(account, days[0], days[-1], call.now) or {}
    found = []
    for place, day in enumerate(days):
        count = _whole(columns, "visits", place)
        total = {"views": {"allPageViews": {"pageViews": count, "uniquePageViews": count * 4 // 5}}}
        found.append({"organization": account.id, "timeRange": _range(day), "totalPageStatistics": total})
    return _elements(found)


@router.get("/networkSizes/{urn}")
async def size(urn: str, call: Calling) -> JSONResponse:
    """How many follow the organization."""
    call.count()
    call.needs("r_organization_followers", ADMIN, "r_organization_social")
    if call.query.get("edgeType") != "COMPANY_FOLLOWED_BY_MEMBER" or not urn.startswith(ORGANIZATION):
        raise invalid("edgeType", "PARAM_INVALID")
    account = call.sandbox.timeline.accounts.get(urn)
    if account is None:
        raise forbidden(urn)
    return JSONResponse({"firstDegreeSize": call.sandbox.timeline.followers(account, call.now) or 0})


@router.get("/memberFollowersCount")
async def member_followers(call: Calling) -> JSONResponse:
    """How many follow the person."""
    call.count()
    call.needs("r_member_profileAnalytics")
    count = (call.sandbox.timeline.followers(call.organization, call.now) or 0) // 10
    return _elements([{"memberFollowersCount": count}])


@router.get("/memberCreatorPostAnalytics")
async def member_posts(call: Calling) -> JSONResponse:
    """One number of all the person's posts together, in all or by day."""
    call.count()
    call.needs("r_member_postAnalytics")
    metric, aggregation = call.query.get("queryType", ""), call.query.get("aggregation", "TOTAL")
    dates = _DATES.fullmatch(call.query.get("dateRange", ""))
    if call.query.get("q") != "me" or metric not in _MEMBER or dates is None:
        raise invalid("queryType", "PARAM_INVALID")
    if metric == "MEMBERS_REACHED" and aggregation == "DAILY":
        raise invalid("aggregation", "PARAM_INVALID")
    first = datetime(int(dates[3]), int(dates[2]), int(dates[1]), tzinfo=UTC)
    last = datetime(int(dates[6]), int(dates[5]), int(dates[4]), tzinfo=UTC)
    days = max((last - first).days, 1) if aggregation == "DAILY" else 1
    found = []
    for place in range(days):
        day = first + timedelta(days=place)
        date = {"day": day.day, "month": day.month, "year": day.year}
        found.append({"count": 7 * (place % 5), "metricType": metric, "dateRange": {"start": date}})
    return _elements(found)


def _organization(call: Call, finder: str = "organizationalEntity") -> Account:
    call.count()
    call.needs(ADMIN)
    if call.query.get("q") != finder:
        raise invalid("q", "PARAM_INVALID")
    if call.query.get(finder) != call.organization.id:
        raise forbidden(call.query.get(finder, ""))
    return call.organization


def _days(call: Call) -> list[int]:
    """The days asked for (proleptic ordinals), none in the future. Raises LinkedInError 400."""
    asked = _INTERVALS.fullmatch(call.query.get("timeIntervals", ""))
    if asked is None or asked[3] != "DAY":
        raise invalid("timeIntervals", "PARAM_INVALID")
    start = datetime.fromtimestamp(int(asked[1]) / 1000, UTC)
    end = min(datetime.fromtimestamp(int(asked[2]) / 1000, UTC), call.now)
    if start < call.now - MONTHS_12 or start >= end:
        raise invalid("timeIntervals", "PARAM_INVALID")
    return list(range(start.toordinal(), max(end.toordinal(), start.toordinal() + 1)))


def _range(day: int) -> dict[str, int]:
    start = int(datetime.fromordinal(day).replace(tzinfo=UTC).timestamp() * 1000)
    return {"start": start, "end": start + _DAY_MS}


def _whole(columns: dict[str, Any], name: str, place: int) -> int:
    value = columns[name][place] if name in columns else 0
    return int(value) if value == value else 0  # NaN before the history begins


def _of_post(call: Call, account: Account, urn: str, kind: str) -> dict[str, Any]:
    found = call.sandbox.timeline.find(urn, "linkedin", call.now)
    if found is None or found[0].id != account.id or not urn.startswith(f"urn:li:{kind}:"):
        raise invalid(urn, "INVALID_URN_ID")
    counts = call.sandbox.timeline.counts(found[1], call.now)
    return {"organizationalEntity": account.id, kind: urn, "totalShareStatistics": _counted(counts)}


def _sums(call: Call, account: Account) -> dict[str, Any]:
    timeline = call.sandbox.timeline
    of_all = [timeline.counts(post, call.now) for post in timeline.posts(account, call.now)]
    return _statistics(
        sum(one.views or 0 for one in of_all),
        sum(one.reach or 0 for one in of_all),
        sum(one.clicks or 0 for one in of_all),
        sum(one.reacted for one in of_all),
        sum(one.comments for one in of_all),
        sum(one.shares for one in of_all),
    )


def _counted(counts: Counts) -> dict[str, Any]:
    return _statistics(
        *(counts.views or 0, counts.reach or 0, counts.clicks or 0),
        *(counts.reacted, counts.comments, counts.shares),
    )


def _statistics(
    impressions: int, unique: int, clicks: int, likes: int, comments: int, shared: int
) -> dict[str, Any]:
    actions = clicks + likes + comments + shared
    return {
        "impressionCount": impressions,
        "uniqueImpressionsCount": unique,
        "clickCount": clicks,
        "likeCount": likes,
        "commentCount": comments,
        "shareCount": shared,
        "engagement": actions / impressions if impressions else 0.0,
    }


def _who(call: Call, account: Account) -> dict[str, Any]:
    """Followers by where they are and what they do; invented shares of the real number."""
    total = call.sandbox.timeline.followers(account, call.now) or 0

    def parts(key: str, shares: dict[str, float]) -> list[dict[str, Any]]:
        return [
            {
                key: urn,
                "followerCounts": {"organicFollowerCount": int(total * share), "paidFollowerCount": 0},
            }
            for urn, share in shares.items()
        ]

    return {
        "followerCountsByGeoCountry": parts(
            "geo", {"urn:li:geo:103644278": 0.5, "urn:li:geo:101282230": 0.3, "urn:li:geo:101355337": 0.1}
        ),
        "followerCountsByFunction": parts("function", {"urn:li:function:15": 0.4, "urn:li:function:25": 0.2}),
        "followerCountsBySeniority": parts(
            "seniority", {"urn:li:seniority:4": 0.5, "urn:li:seniority:3": 0.3}
        ),
        "followerCountsByIndustry": parts("industry", {"urn:li:industry:34": 0.4, "urn:li:industry:27": 0.2}),
        "followerCountsByStaffCountRange": parts(
            "staffCountRange", {"SIZE_2_TO_10": 0.4, "SIZE_11_TO_50": 0.3}
        ),
    }


def _elements(elements: list[dict[str, Any]]) -> JSONResponse:
    paging = {"start": 0, "count": len(elements), "links": []}
    return JSONResponse({"paging": paging, "elements": elements})
