"""Overview: what the accounts did in a period, against the one before, from one released snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl
import streamlit as st

from app import data
from app.insights import asking
from app.insights.asking import Asked
from app.insights.breaks import told
from app.views import charts, numbers
from app.views.accounts_table import METRICS, accounts_table
from app.views.times import Period
from app.views.totals import explanation, total
from warehouse.catalogue import Break, Subject, definition
from warehouse.reads.ages import compared_at
from warehouse.reads.breaks import within

COUNT: Final = "Count"
GROWTH: Final = "Growth"
POSTED: Final = "By day of posting"
GAINED: Final = "Gained each day"
COLUMNS: Final = {POSTED: "engagement", GAINED: "engagement_gain"}


def page() -> None:
    """Draw the page."""
    wanted = asking.asked("Overview")
    if wanted is None:
        return
    period = wanted.period
    shown = data.overview(wanted.tenant, wanted.release, period.start, period.end, wanted.brand)
    if shown.accounts.is_empty():
        asking.nothing_yet(wanted)
    else:
        _cards(shown.accounts, wanted)
        _charts(shown.daily, period)
        st.markdown("#### Accounts")
        st.html(accounts_table(shown.accounts, wanted.zone))


def _cards(accounts: pl.DataFrame, wanted: Asked) -> None:
    period = wanted.period
    age, _ = compared_at(period.start, period.end, wanted.release.released_at.date())
    with st.container(key="kpis"):
        columns = st.columns(len(METRICS))
    for column, (key, label) in zip(columns, METRICS, strict=True):
        found = total(accounts, key)
        colour, arrow = numbers.trend(found.change)
        column.metric(
            label,
            "n/a" if found.value is None and found.breaks else numbers.short(found.value),
            numbers.change(found.change),
            delta_color=colour,
            delta_arrow=arrow,
            delta_description=explanation(found, label.lower(), period.before, age.words),
            help=definition(key),
            border=True,
            height="stretch",
        )


def _charts(daily: pl.DataFrame, period: Period) -> None:
    left, right = st.columns(2)
    here = daily["network"].unique().to_list()
    with left, st.container(border=True, key="card_followers", height="stretch"):
        shown = _heading("Followers", [COUNT, GROWTH], "overview_followers", definition("followers"))
        broken = within(here, "followers", period.start, period.end, Subject.ACCOUNT)
        if not charts.any_known(daily, "followers"):
            st.caption("No followers known in these days.")
        else:
            drawn = charts.largest(daily, "followers")
            _chart(
                charts.followers(drawn, period, growth=shown == GROWTH, broken=broken), "followers", broken
            )
            if few := charts.drawn_of(drawn, daily):
                st.caption(few)
    with right, st.container(border=True, key="card_engagement", height="stretch"):
        shown = _heading("Engagement", [POSTED, GAINED], "overview_engagement", _meaning())
        broken = within(here, "engagement", period.start, period.end)
        if not charts.any_known(daily, COLUMNS[shown]):
            st.caption("No engagement known in these days.")
        else:
            _chart(charts.by_network(daily, period, COLUMNS[shown]), "engagement", broken)


def _meaning() -> str:
    gained = (
        "**Gained each day**: what posts of any age had more at the end of the day than at its beginning."
    )
    return f"{definition('engagement')}\n\n{gained}"


def _chart(figure: object, key: str, broken: Sequence[Break]) -> None:
    charts.mark(figure, broken)
    st.plotly_chart(figure, config=charts.CONFIG, key=f"chart_{key}")
    told(broken)


def _heading(text: str, views: list[str], key: str, meaning: str) -> str:
    """The headline of a chart with what it means, and the choice of what it shows."""
    heading, choice = st.columns([2, 3], vertical_alignment="center")
    heading.markdown(f"**{text}**", help=meaning)
    with choice, st.container(horizontal=True, horizontal_alignment="right"):
        chosen: str = st.segmented_control(
            "Show",
            views,
            default=views[0],
            required=True,
            label_visibility="collapsed",
            key=key,
            persist_state="session",
        )
    return chosen
