"""Vector charts without a browser: Vega-Lite drawn to SVG, text kept as text in the report's own font."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import vl_convert

from reporting.data import Change

FONT = "Source Sans Pro"
GRID, AXIS, LABEL = "#e8eaee", "#c9ccd3", "#5b6270"


@dataclass(frozen=True)
class FollowerPanel:
    """One network's followers over the month; ``first`` and ``last`` are its known ends, or None; where their
    definition changed, ``first`` is the first known since.
    """

    network: str
    svg: str
    first: int | None
    first_day: date | None
    last: int | None
    last_day: date | None


@cache
def font_folder() -> str:
    """Folder of the report's font files (SIL Open Font License), so that a machine without fonts will do."""
    return str(files("font_source_sans_pro").joinpath("files"))


def follower_panels(
    daily: pl.DataFrame,
    month: date,
    colours: dict[str, str],
    width: int,
    height: int,
    changes: Sequence[Change] = (),
) -> list[FollowerPanel]:
    """One line chart a network, its own scale, a gap on every day that is unknown for any of its accounts.

    Args:
        daily: rows of ``DAILY_SCHEMA``.
        month: any day of it.
        colours: line colour by network; their order is the panels'.
        width, height: in pixels (a pixel is printed as a point).
        changes: of the definition; a dashed line stands on each day.
    """
    return [
        _panel(
            name,
            _network_days(daily, name, month),
            colours[name],
            width,
            height,
            [each.day for each in changes if each.network == name and each.metric == "followers"],
        )
        for name in colours
    ]


def engagement_chart(
    daily: pl.DataFrame,
    month: date,
    colours: dict[str, str],
    width: int,
    height: int,
    changes: Sequence[Change] = (),
) -> str:
    """SVG of engagement per day, stacked by network; a dash stands on each day not wholly known, and a dashed
    line where a definition changed.
    """
    rows = (
        daily.filter(pl.col("engagement").is_not_null())
        .group_by("date", "network")
        .agg(pl.col("engagement").sum())
        .sort("date", "network")
    )
    known = dict(rows.group_by("date").agg(pl.col("engagement").sum()).iter_rows())
    partial = set(daily.filter(pl.col("engagement").is_null())["date"]) | (
        set(month_days(month)) - set(known)
    )
    bars = {
        "data": {"values": [{**row, "date": row["date"].isoformat()} for row in rows.to_dicts()]},
        "mark": {"type": "bar", "width": {"band": 0.72}},
        "encoding": {
            "x": _days_axis(month),
            "y": {
                "field": "engagement",
                "type": "quantitative",
                "title": None,
                "axis": {"tickCount": 4, "format": ",~r"},
            },
            "color": {
                "field": "network",
                "type": "nominal",
                "scale": {"domain": list(colours), "range": list(colours.values())},
                "legend": None,
            },
            "order": {"field": "network"},
        },
    }
    dashes = {
        "data": {"values": [{"date": day.isoformat(), "top": known.get(day, 0)} for day in sorted(partial)]},
        "mark": {"type": "text", "text": "–", "baseline": "bottom", "color": LABEL, "fontSize": 12, "dy": 1},
        "encoding": {"x": _days_axis(month), "y": {"field": "top", "type": "quantitative"}},
    }
    changed = _rules([each.day for each in changes if each.metric == "engagement"], _days_axis(month))
    return _svg({"layer": [bars, dashes, *changed]}, width, height)


def month_days(month: date) -> list[date]:
    """Every day of the month."""
    first = month.replace(day=1)
    return [first + timedelta(days=shift) for shift in range(calendar.monthrange(month.year, month.month)[1])]


def _network_days(daily: pl.DataFrame, network: str, month: date) -> pl.DataFrame:
    """``date``, ``followers`` for each day; null unless it is known for every account."""
    rows = daily.filter(pl.col("network") == network)  # one row for each day and account
    totals = (
        rows.group_by("date")
        .agg(pl.col("followers").sum(), known=pl.col("followers").count(), accounts=pl.len())
        .filter(pl.col("known") == pl.col("accounts"))
    )
    days = pl.DataFrame({"date": month_days(month)}, schema={"date": pl.Date})
    return days.join(totals.select("date", "followers"), on="date", how="left").sort("date")


def _panel(
    network: str, days: pl.DataFrame, colour: str, width: int, height: int, changed: Sequence[date]
) -> FollowerPanel:
    line = {
        "data": {"values": [{**row, "date": row["date"].isoformat()} for row in days.to_dicts()]},
        "mark": {
            "type": "line",
            "invalid": "break-paths-show-domains",  # a gap, not a bridge over unknown days
            "color": colour,
            "strokeWidth": 1.8,
            "point": {"color": colour, "size": 7, "filled": True},
        },
        "encoding": {
            "x": _days_axis(days["date"][0], ordinal=False),
            "y": {
                "field": "followers",
                "type": "quantitative",
                "title": None,
                "scale": {"zero": False, "padding": 4},
                "axis": {"tickCount": 4, "format": ",~r"},
            },
        },
    }
    since = max(changed, default=days["date"][0])
    known = days.filter(pl.col("followers").is_not_null() & (pl.col("date") >= since))
    ends = (known.row(0), known.row(-1)) if known.height else ((None, None), (None, None))
    (first_day, first), (last_day, last) = ends
    chart = {"layer": [line, *_rules(changed, _days_axis(days["date"][0], ordinal=False))]}
    return FollowerPanel(network, _svg(chart, width, height), first, first_day, last, last_day)


def _rules(days: Sequence[date], axis: dict[str, Any]) -> list[dict[str, Any]]:
    """A dashed line on each of the days."""
    if not days:
        return []
    return [
        {
            "data": {"values": [{"date": day.isoformat()} for day in days]},
            "mark": {"type": "rule", "color": LABEL, "strokeDash": [3, 3]},
            "encoding": {"x": axis},
        }
    ]


def _days_axis(month: date, *, ordinal: bool = True) -> dict[str, Any]:
    """The month along x, whole whatever is known, in days without a time zone."""
    days = month_days(month)
    labelled = [day.isoformat() for day in days if day.day in (1, 8, 15, 22, 29)]
    if ordinal:
        return {
            "field": "date",
            "type": "ordinal",
            "title": None,
            "scale": {"domain": [day.isoformat() for day in days]},
            "axis": {
                "values": labelled,
                "labelExpr": "toNumber(substring(datum.value, 8, 10))",
                "labelAngle": 0,
            },
        }
    return {
        "field": "date",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domain": [days[0].isoformat(), days[-1].isoformat()]},
        "axis": {"values": labelled, "format": "%-d", "labelAngle": 0},
    }


def _svg(chart: dict[str, Any], width: int, height: int) -> str:
    """Draw a chart, fitted to the size, in the report's font and greys."""
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 0,
        "background": None,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": LABEL,
                "labelFontSize": 8.5,
                "labelPadding": 5,
                "gridColor": GRID,
                "domain": False,
                "ticks": False,
            },
            "axisX": {"grid": False, "domain": True, "domainColor": AXIS},
        },
        **chart,
    }
    vl_convert.register_font_directory(font_folder())
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg
