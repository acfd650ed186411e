"""The months of accounts side by side: one number at a time, as lines and as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go
import polars as pl
from markupsafe import Markup

from app.views import networks, numbers
from app.views.charts import PALETTE, styled
from app.views.html import joined, markup
from warehouse.catalogue import definition
from warehouse.reads.breaks import parts

FEW: Final = 3  # months that a phone has room for


def _percent(value: float | None) -> str:
    return numbers.UNKNOWN if value is None else f"{100 * value:.2f} %"


@dataclass(frozen=True)
class Measure:
    """A column of `channel_comparison`, and the catalogue's group that says what it means."""

    column: str
    group: str
    shown: Callable[[float | None], str] = numbers.whole

    @property
    def meaning(self) -> str:
        """What is counted."""
        return definition(self.group)

    def broken(self, row: dict[str, Any]) -> bool:
        """Whether the number began to mean something else in the month of the row."""
        return not parts(self.group).isdisjoint(row["broken_metrics"] or ())


MEASURES: Final = {
    "Engagement": Measure("engagement", "engagement"),
    "Views": Measure("views", "views"),
    "Posts": Measure("posts", "posts"),
    "Rate by views": Measure("engagement_rate_by_views", "engagement_rate_by_views", _percent),
    "Rate by followers": Measure("engagement_rate_by_followers", "engagement_rate_by_followers", _percent),
    "Followers": Measure("followers", "followers"),
}


def months_chart(months: pl.DataFrame, measure: Measure, running: date) -> Any:
    """One line an account; a month in which the number began to mean something else is a gap.

    `running`: the first of the month that is not over yet. It is an open circle apart from the line, which
    would fall or rise for no other reason.
    """
    figure = go.Figure()
    every = months["month"].unique().sort().to_list()
    of_accounts = months.partition_by("account_id", maintain_order=True)
    for number, account in enumerate(of_accounts):
        known = {row["month"]: _value(row, measure) for row in account.iter_rows(named=True)}
        colour = PALETTE[number % len(PALETTE)]
        name = f"{account['account_name'][0]} · {networks.label(account['network'][0])}"
        shared = {
            "name": name,
            "legendgroup": account["account_id"][0],
            "hovertemplate": ("%{y:.2%}" if measure.shown is _percent else "%{y:,.0f}")
            + "<extra>%{fullData.name}</extra>",
        }
        figure.add_scatter(
            x=every,
            y=[known.get(month) if month < running else None for month in every],
            mode="lines+markers",
            connectgaps=False,
            line={"color": colour, "width": 2},
            **shared,
        )
        if known.get(running) is not None:
            figure.add_scatter(
                x=[running],
                y=[known[running]],
                mode="markers",
                marker={"symbol": "circle-open", "size": 9, "color": colour, "line": {"width": 2}},
                showlegend=False,
                **shared,
            )
    styled(figure)
    figure.update_layout(
        xaxis={"tickformat": "%b %Y", "hoverformat": "%B %Y", "dtick": "M1" if len(every) < 7 else None},
        yaxis={"tickformat": ".1%" if measure.shown is _percent else ",.0f", "rangemode": "tozero"},
    )
    return figure


def months_table(months: pl.DataFrame, measure: Measure, running: date) -> Markup:
    """A row an account, a column a month, the newest first; `running` as in `months_chart`."""
    every = months["month"].unique().sort(descending=True).to_list()
    heads = joined(
        [
            markup(
                '<th class="num">{month}{so_far}</th>',
                month=f"{month:%b %Y}",
                so_far=" so far" if month >= running else "",
            )
            for month in every
        ]
    )
    rows = [
        _row(account, {row["month"]: row for row in account.iter_rows(named=True)}, every, measure)
        for account in months.partition_by("account_id", maintain_order=True)
    ]
    return markup(
        '<div class="scroll"><table class="data{narrow}"><thead><tr><th>Account</th>{heads}</tr></thead>'
        "<tbody>{body}</tbody></table></div>",
        narrow=" narrow" if len(every) <= FEW else "",
        heads=heads,
        body=joined(rows),
    )


def _row(account: pl.DataFrame, of: dict[Any, dict[str, Any]], every: list[Any], measure: Measure) -> Markup:
    brand, name = account["brand_name"][0], account["account_name"][0]
    return markup(
        '<tr><td><b>{name}</b><div class="sub">{chip}{brand}</div></td>{cells}</tr>',
        name=name,
        chip=networks.chip(account["network"][0]),
        brand="" if brand == name else f" · {brand}",
        cells=joined([_cell(of.get(month), measure) for month in every]),
    )


def _cell(row: dict[str, Any] | None, measure: Measure) -> Markup:
    if row is not None and measure.broken(row):
        why = f"{', '.join(row['broken_metrics'])} began to mean something else in this month"
        return markup('<td class="num unknown" title="{why}">n/a</td>', why=why)
    value = None if row is None else row[measure.column]
    tone = " unknown" if value is None else ""
    return markup('<td class="num{tone}">{value}</td>', tone=tone, value=measure.shown(value))


def _value(row: dict[str, Any], measure: Measure) -> float | None:
    return None if measure.broken(row) else row[measure.column]
