"""The charts of the pages (Plotly). An unknown day is a gap, never a zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from app.views import networks
from app.views.times import Period
from app.views.totals import known_sum
from warehouse.catalogue import Break
from warehouse.reads.breaks import sentence

PALETTE: Final = ("#2456e6", "#14a38b", "#e08a1e", "#8a4fd3", "#d2467a", "#0e7490", "#7a8499", "#a16207")
CONFIG: Final = {"displayModeBar": False, "responsive": True}
INK: Final = "#16233b"
GRID: Final = "#e6ebf3"


def followers(
    daily: pl.DataFrame, period: Period, *, growth: bool = False, broken: Sequence[Break] = ()
) -> Any:
    """One line an account. `daily` has account_id, account (its name for people), network, date, followers.

    With `growth` in % of the account's first known day, so that small accounts show beside big ones; from a
    break on, of the first one known since.
    """
    figure = go.Figure()
    value = "%{y:+,.1f} %" if growth else "%{y:,.0f}"
    accounts = daily.select("account_id", "account", "network").unique().sort("account", "account_id")
    for number, (account_id, name, network) in enumerate(accounts.iter_rows()):
        series = every_day(daily.filter(pl.col("account_id") == account_id), period, "followers")
        anew = [each.date for each in broken if each.network == network]
        figure.add_scatter(
            x=series["date"].to_list(),
            y=(_growth(series, anew) if growth else series["followers"]).to_list(),
            name=name,
            mode="lines+markers",
            marker={"size": _lone(series["followers"])},  # a day between two gaps would be no line at all
            connectgaps=False,
            line={"color": PALETTE[number % len(PALETTE)], "width": 2},
            hovertemplate=f"{value}<extra>%{{fullData.name}}</extra>",
        )
    return styled(figure, unit=" %" if growth else "")


def _lone(counts: pl.Series) -> list[int]:
    """Marker sizes in pixels: 5 for a known day with no known neighbour, else 0."""
    known = counts.is_not_null()
    beside = known.shift(1, fill_value=False) | known.shift(-1, fill_value=False)
    return [5 if here and not near else 0 for here, near in zip(known, beside, strict=True)]


def _growth(series: pl.DataFrame, anew: Sequence[date]) -> pl.Series:
    """In % of the first known count, begun anew on each of the days; unknown where that is none or 0."""
    since = pl.sum_horizontal([pl.col("date") >= day for day in anew]) if anew else pl.lit(0)
    first = pl.col("followers").drop_nulls().first().over(since)
    grown = pl.when(first != 0).then(pl.col("followers") / first * 100 - 100)
    return series.select(grown.alias("growth"))["growth"]


def by_network(daily: pl.DataFrame, period: Period, column: str) -> Any:
    """A stacked bar a day, one colour a network. `daily` has network, date and the column."""
    by_network = daily.group_by("network", "date").agg(known_sum(column)).sort("network", "date")
    figure = go.Figure()
    for key in by_network["network"].unique().sort().to_list():
        series = every_day(by_network.filter(pl.col("network") == key), period, column)
        figure.add_bar(
            x=series["date"].to_list(),
            y=series[column].to_list(),
            name=networks.label(key),
            marker={"color": networks.colour(key), "line": {"width": 0}},
            hovertemplate="%{y:,.0f}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.25)
    return styled(figure)


def mark(figure: Any, found: Sequence[Break]) -> None:
    """Draw a dashed line with the network's name on each day from which its number means something else."""
    for number, each in enumerate(found):
        figure.add_shape(
            type="line",
            x0=each.date,
            x1=each.date,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": INK, "width": 1, "dash": "dash"},
        )
        figure.add_annotation(
            x=each.date,
            y=1 - 0.09 * (number % 3),
            yref="paper",
            text=networks.label(each.network),
            hovertext=f"{sentence(each)}: {each.note}",
            showarrow=False,
            xanchor="left",
            yanchor="top",
            bgcolor="rgba(255,255,255,0.9)",
            font={"size": 11, "color": networks.colour(each.network)},
        )


def largest(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The rows of as many accounts as can be told apart in one chart: those that reached the most."""
    peaks = frame.group_by("account_id").agg(pl.col(column).max())
    drawn = peaks.sort(column, "account_id", descending=[True, False], nulls_last=True).head(len(PALETTE))
    return frame.filter(pl.col("account_id").is_in(drawn["account_id"].to_list()))


def drawn_of(drawn: pl.DataFrame, frame: pl.DataFrame) -> str | None:
    """What to say when a chart has not all accounts of a frame (`largest`); None when it has."""
    lines, accounts = drawn["account_id"].n_unique(), frame["account_id"].n_unique()
    return None if lines == accounts else f"The {lines} highest of {accounts} accounts; the table has all."


def every_day(series: pl.DataFrame, period: Period, column: str) -> pl.DataFrame:
    """Date and column with a row for each day of the period; null where nothing is known."""
    days = pl.DataFrame({"date": pl.date_range(period.start, period.end, "1d", eager=True)})
    return days.join(series.select("date", column), on="date", how="left").sort("date")


def any_known(frame: pl.DataFrame, column: str) -> bool:
    """Whether there is anything to draw."""
    return frame[column].count() > 0


def styled(figure: Any, unit: str = "") -> Any:
    """The look of every chart; `unit` follows the numbers of the vertical axis."""
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
