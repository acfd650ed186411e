"""From a report's numbers to what the page shows: every string final, nothing left to compute."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from foundation.colour import text_on
from reporting import colour, figures
from reporting.charts import FollowerPanel, engagement_chart, follower_panels
from reporting.data import Kpi, MonthlyReport

PAGE_WIDTH = 493  # points of an A4 page between margins of 18 mm
GUTTER = 16
TEXT_LENGTH = 120


def document(report: MonthlyReport) -> tuple[dict[str, Any], dict[str, str]]:
    """The page's contents as JSON-ready data, and its charts as SVG by file name."""
    networks = _networks(report.daily)
    colours = dict(zip(networks, colour.series(report.brand.colour, len(networks)), strict=True))
    charts: dict[str, str] = {}
    followers = []
    columns = _columns(len(networks))
    height = 118 if len(networks) <= 3 else 90  # two rows leave room for the next chart on the page
    width = int((PAGE_WIDTH - GUTTER * (columns - 1)) / columns)
    panels = follower_panels(report.daily, report.month, colours, width, height, report.changes)
    for index, panel in enumerate(panels):
        if panel.last is not None:
            charts[f"followers-{index}.svg"] = panel.svg
        followers.append(_panel(panel, f"followers-{index}.svg"))
    engagement = report.daily["engagement"].null_count() < report.daily.height
    if engagement:
        charts["engagement.svg"] = engagement_chart(
            report.daily, report.month, colours, PAGE_WIDTH, 150, report.changes
        )
    contents = {
        **_heading(report),
        "totals": [_kpi(kpi, report.month) for kpi in report.totals],
        "columns": columns,
        "followers": followers,
        "engagement": "engagement.svg" if engagement else None,
        "engagement_gap": _gap(report.daily, "engagement"),
        "legend": [
            {"network": figures.excerpt(name, 40), "colour": shade} for name, shade in colours.items()
        ],
        "top_posts": [_post(row) for row in report.top_posts.iter_rows(named=True)],
        "no_top_posts": _no_top_posts(report.daily),
        "remarks": [
            figures.excerpt(said, 400) for said in (*report.remarks, *(each.said for each in report.changes))
        ],
        "definitions": [
            [figures.excerpt(k, 60), figures.excerpt(v, 600)] for k, v in report.definitions.items()
        ],
    }
    return contents, charts


def _heading(report: MonthlyReport) -> dict[str, Any]:
    brand = report.brand
    released = report.released_at.astimezone(ZoneInfo(brand.timezone))
    moment = f"{released.day} {released:%b %Y, %H:%M}"
    return {
        "brand": figures.excerpt(brand.name, 60),
        "month": f"{report.month:%B %Y}",
        "organization": figures.excerpt(report.organization_name, 80),
        "band": brand.colour,
        "on_band": text_on(brand.colour),
        "accent": colour.readable_on_white(brand.colour),
        "release": f"Release {report.release_id} of {moment} ({brand.timezone})",
        "empty": _is_empty(report),
    }


def _is_empty(report: MonthlyReport) -> bool:
    known = report.daily.select(pl.col("followers", "views", "engagement").is_not_null().any()).row(0)
    posts = report.daily["posts"].fill_null(0).sum()
    return not (any(known) or posts or report.top_posts.height)


def _kpi(kpi: Kpi, month: date) -> dict[str, Any]:
    text, direction = figures.change(kpi.value, kpi.previous, kpi.unit)
    before = (month.replace(day=1).toordinal()) - 1
    return {
        "label": figures.excerpt(kpi.label, 40),
        "value": figures.NOT_COMPARABLE
        if kpi.value is None and kpi.broken
        else figures.number(kpi.value, kpi.unit),
        "change": text,
        "direction": direction,
        "against": f"vs {date.fromordinal(before):%b %Y}",
        "note": figures.excerpt(kpi.broken or kpi.note, 90),
    }


def _panel(panel: FollowerPanel, name: str) -> dict[str, Any]:
    since = None
    if (
        panel.first is not None
        and panel.last is not None
        and panel.first_day
        and panel.first_day != panel.last_day
    ):
        gained = f"{panel.last - panel.first:+,}".replace("-", "−") if panel.last != panel.first else "0"
        since = f"{gained} since {panel.first_day.day} {panel.first_day:%b}"
    return {
        "network": figures.excerpt(panel.network, 40),
        "value": figures.number(panel.last),
        "since": since,
        "chart": name if panel.last is not None else None,
    }


def _post(row: dict[str, Any]) -> dict[str, Any]:
    url = figures.plain(row["url"] or "")
    return {
        "published": figures.excerpt(row["published_at"] or figures.UNKNOWN, 40),
        "network": figures.excerpt(row["network"] or figures.UNKNOWN, 30),
        "account": figures.excerpt(row["account"] or "", 40),
        "text": figures.excerpt(row["text"] or "", TEXT_LENGTH),
        "url": url if url.startswith(("https://", "http://")) else None,
        "views": figures.number(row["views"]),
        "engagement": figures.number(row["engagement"]),
        "rate": figures.fraction(row["engagement_rate"]),
    }


def _gap(daily: pl.DataFrame, column: str) -> str | None:
    """How much of the month is unknown, in words; None when all is known."""
    unknown = daily[column].null_count()
    if not unknown:
        return None
    return f"Unknown for {unknown:,} of {daily.height:,} account-days, which are left out."


def _no_top_posts(daily: pl.DataFrame) -> str:
    if daily["posts"].fill_null(0).sum():
        return "No post of this month has known numbers."
    return "No post was published this month."


def _networks(daily: pl.DataFrame) -> list[str]:
    return sorted(daily["network"].drop_nulls().unique().to_list())


def _columns(panels: int) -> int:
    return {0: 1, 1: 1, 2: 2, 4: 2}.get(panels, 3)
