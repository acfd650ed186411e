"""Channels: how the accounts grew, and their months side by side, in what can be compared at all."""

from __future__ import annotations

from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from app import data
from app.insights import asking
from app.insights.asking import Asked
from app.insights.breaks import told
from app.insights.growth_table import growth_table
from app.insights.months import MEASURES, months_chart, months_table
from app.views import charts
from reporting.spreadsheet import safe_csv
from warehouse.catalogue import Subject, definition
from warehouse.reads.breaks import within


def page() -> None:
    """Draw the page."""
    wanted = asking.asked("Channels", compared=False)
    if wanted is None:
        return
    period = wanted.period
    shown = data.channels(wanted.tenant, wanted.release, period.start, period.end, wanted.brand)
    if shown.growth.is_empty():
        asking.nothing_yet(wanted)
    else:
        _growth(shown.growth, wanted)
        _months(shown.months, wanted)


def _growth(growth: pl.DataFrame, wanted: Asked) -> None:
    period = wanted.period
    _heading("Followers", growth, f"followers-{period.start}-{period.end}.csv", definition("followers"))
    broken = within(growth["network"].unique(), "followers", period.start, period.end, Subject.ACCOUNT)
    st.html(growth_table(growth, period.days, {each.network for each in broken}))
    told(broken)


def _months(months: pl.DataFrame, wanted: Asked) -> None:
    if months.is_empty():
        st.info("No month of these days has numbers yet.")
        return
    first: date = months["month"].min()  # type: ignore[assignment]  # a column of dates
    last: date = months["month"].max()  # type: ignore[assignment]
    _heading("Month by month", months, f"channels-{first:%Y-%m}-{last:%Y-%m}.csv")
    chosen: str = st.segmented_control(
        "Number", list(MEASURES), default=next(iter(MEASURES)), required=True, key="channels_measure",
        label_visibility="collapsed", persist_state="session", wrap=True,
    )  # fmt: skip
    measure = MEASURES[chosen]
    running = wanted.release.numbers_at.astimezone(wanted.zone).date().replace(day=1)
    st.caption(f"{measure.meaning} Each month is counted from its first day.")
    if months.filter(pl.col("month") < running)["month"].n_unique() > 1 and months[measure.column].count():
        with st.container(border=True, key="card_months"):
            drawn = charts.largest(months, measure.column)
            figure = months_chart(drawn, measure, running)
            st.plotly_chart(figure, config=charts.CONFIG, key="chart_months")
            said = [charts.drawn_of(drawn, months), "○ so far" if last >= running else None]
            st.caption(" · ".join(filter(None, said)))
    st.html(months_table(months, measure, running))
    told(within(months["network"].unique(), measure.group, first, wanted.period.end))


def _heading(text: str, frame: pl.DataFrame, file_name: str, meaning: str | None = None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### {text}", help=meaning, width="stretch")
        st.download_button(
            "Download CSV", partial(safe_csv, frame), file_name=file_name, mime="text/csv",
            icon=":material/download:", on_click="ignore", key=f"csv_{text}",
        )  # fmt: skip
