"""The hours of the week as a map of what posts came to in them."""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go
import polars as pl

from app.views.charts import INK

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SCALE: Final = ((0.0, "#c2cde0"), (0.5, "#f4f6fb"), (1.0, "#14a38b"))  # the usual lies in the middle


def hours(slots: pl.DataFrame) -> Any:
    """A square an hour of the week, coloured by index; empty where nothing was posted or compared.

    `slots` has position (24 × weekday + hour, 1 is Monday), posts and index.
    """
    index: list[list[float | None]] = [[None] * 24 for _ in DAYS]
    words = [["" for _ in range(24)] for _ in DAYS]
    for row in slots.iter_rows(named=True):
        day, hour = divmod(row["position"], 24)
        index[day - 1][hour] = row["index"]
        words[day - 1][hour] = f"{row['posts']} post{'s' if row['posts'] != 1 else ''}"
    figure = go.Figure(
        go.Heatmap(
            x=[f"{hour:02d}" for hour in range(24)],
            y=list(DAYS),
            z=index,
            text=words,
            zmin=0,
            zmax=2,
            colorscale=[list(stop) for stop in SCALE],
            xgap=2,
            ygap=2,
            hoverongaps=False,
            hovertemplate="%{y} %{x} h: %{z:.1f} × the usual, %{text}<extra></extra>",
            colorbar={"thickness": 10, "ticksuffix": " ×", "nticks": 5, "outlinewidth": 0},
        )
    )
    figure.update_layout(
        height=280,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": INK, "size": 12},
        yaxis={"autorange": "reversed", "showgrid": False},
        xaxis={"showgrid": False, "nticks": 12, "type": "category"},
    )
    return figure
