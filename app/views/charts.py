"""The charts of the pages (Plotly). An unknown day is a gap, never a zero."""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from app.views import networks
from app.views.times import Period
from app.views.totals import known_sum

PALETTE: Final = ("#2456e6", "#14a38b", "#e08a1e", "#8a4fd3", "#d2467a", "#0e7490", "#7a8499", "#a16207")
CONFIG: Final = {"displayModeBar": False, "responsive": True}
INK: Final = "#16233b"
GRID: Final = "#e6ebf3"


def followers(daily: pl.DataFrame, period: Period, *, growth: bool = False) -> Any:
    """One line an account. `daily` has account_id, account (its name for people), date, followers.

    With `growth` in % of the account's first known day, so that small accounts show beside big ones.
    """
    figure = go.Figure()
    value = "%{y:+,.1f} %" if growth else "%{y:,.0f}"
    accounts = daily.select("account_id", "account").unique().sort("account", "account_id")
    for number, (account_id, name) in enumerate(accounts.iter_rows()):
        series = every_day(daily.filter(pl.col("account_id") == account_id), period, "followers")
        figure.add_scatter(
            x=series["date"].to_list(),
            y=(_growth(series["followers"]) if growth else series["followers"]).to_list(),
            name=name,
            mode="lines+markers",
            marker={"size": _lone(series["followers"])},  # a day between two gaps would be no line at all
            connectgaps=False,
            line={"color": PALETTE[number % len(PALETTE)], "width": 2},
            hovertemplate=f"{value}<extra>%{{fullData.name}}</extra>",
        )
    return _styled(figure, unit=" %" if growth else "")


def _lone(counts: pl.Series) -> list[int]:
    """Marker sizes in pixels: 5 for a known day with no known neighbour, else 0."""
    known = counts.is_not_null()
    beside = known.shift(1, fill_value=False) | known.shift(-1, fill_value=False)
    return [5 if here and not near else 0 for here, near in zip(known, beside, strict=True)]


def _growth(counts: pl.Series) -> pl.Series:
    """In % of the first known count; unknown where there is none, or where it is 0."""
    known = counts.drop_nulls()
    if known.is_empty() or known[0] == 0:
        return pl.Series([None] * counts.len(), dtype=pl.Float64)
    return counts.cast(pl.Float64) / float(known[0]) * 100 - 100


def engagement(daily: pl.DataFrame, period: Period) -> Any:
    """A stacked bar a day, one colour a network. `daily` has network, date, engagement."""
    by_network = daily.group_by("network", "date").agg(known_sum("engagement")).sort("network", "date")
    figure = go.Figure()
    for key in by_network["network"].unique().sort().to_list():
        series = every_day(by_network.filter(pl.col("network") == key), period, "engagement")
        figure.add_bar(
            x=series["date"].to_list(),
            y=series["engagement"].to_list(),
            name=networks.label(key),
            marker={"color": networks.colour(key), "line": {"width": 0}},
            hovertemplate="%{y:,.0f}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.25)
    return _styled(figure)


def every_day(series: pl.DataFrame, period: Period, column: str) -> pl.DataFrame:
    """Date and column with a row for each day of the period; null where nothing is known."""
    days = pl.DataFrame({"date": pl.date_range(period.start, period.end, "1d", eager=True)})
    return days.join(series.select("date", column), on="date", how="left").sort("date")


def any_known(frame: pl.DataFrame, column: str) -> bool:
    """Whether there is anything to draw."""
    return frame[column].count() > 0


def _styled(figure: Any, unit: str = "") -> Any:
    axis = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "tickfont": {"color": "#5b6b88"}}
    figure.update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 13},
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.16, "x": 0, "title": None},
        xaxis={**axis, "showgrid": False, "tickformat": "%-d %b", "hoverformat": "%a %-d %b %Y"},
        yaxis={**axis, "nticks": 6, "ticksuffix": unit, "tickformat": "" if unit else ",.0f"},
    )
    return figure
