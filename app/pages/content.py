"""Content: what the posts that did well have in common."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl
import streamlit as st

from app import data
from app.insights import asking, facets, heat
from app.insights.asking import Asked
from app.insights.breaks import told
from app.insights.posts_table import posts_table
from app.views import charts, notices
from app.views.times import Period
from app.web.paths import COMPOSER
from identity.permissions import Permission, may
from reporting.spreadsheet import safe_csv
from warehouse.reads.breaks import within

SHOWN: Final = 10


def page() -> None:
    """Draw the page."""
    wanted = asking.asked("Content", compared=False)
    if wanted is None:
        return
    period = wanted.period
    read = data.content(wanted.tenant, wanted.release, period.start, period.end, wanted.brand, SHOWN)
    if read.best.is_empty():
        _nothing(wanted)
    else:
        st.caption(
            "Each post is compared with the usual post of its own account in the 90 days before it: as both "
            "stood at seven days where that is known, else by what they came to. 1.5 × is half as much "
            "engagement again. Posts that are too young are not compared."
        )
        _findings(read.facets)
        _facets(read.facets)
        _hours(read.facets)
        _posts(read.best, _count(read.facets), wanted)
        told(within(read.networks, "engagement", period.start, period.end))


def _nothing(wanted: Asked) -> None:
    notices.empty(
        "No posts in these days",
        "Choose a longer period or another brand. Posts made elsewhere count, too, once AllIN has read them.",
        go=("Write a post", COMPOSER) if may(wanted.principal, Permission.POSTS_WRITE) else None,
    )


def _findings(found: pl.DataFrame) -> None:
    best = facets.findings(found)
    if not best:
        st.info("Nothing stands out in these days. A longer period has more posts to tell by.")
        return
    with st.container(key="kpis"):
        columns = st.columns(len(best))
    for column, each in zip(columns, best, strict=True):
        column.metric(each.heading, each.value, each.index, delta_color="off", delta_arrow="off",
                      delta_description=each.posts, border=True, height="stretch")  # fmt: skip


def _facets(found: pl.DataFrame) -> None:
    shown = [(key, text) for key, text in facets.HEADINGS.items() if facets.has(found, key)]
    for first in range(0, len(shown), 2):
        for column, (key, text) in zip(st.columns(2), shown[first : first + 2], strict=False):
            with column, st.container(border=True, key=f"card_{key}", height="stretch"):
                st.markdown(f"**{text}**")
                st.html(facets.bars(found.filter(pl.col("facet") == key)))


def _hours(found: pl.DataFrame) -> None:
    with st.container(border=True, key="card_hours"):
        st.markdown("**Hour of the week**, on each account's clock")
        slots = found.filter(facet="slot")
        if slots["index"].count():
            st.plotly_chart(heat.hours(slots), config=charts.CONFIG, key="chart_hours")
        else:
            st.caption("No post of these days can be compared: it takes five with numbers in 90 days.")


def _count(found: pl.DataFrame) -> int:
    """How many posts there are: each stands in one hour of the week."""
    return int(found.filter(facet="slot")["posts"].sum())


def _posts(best: pl.DataFrame, of: int, wanted: Asked) -> None:
    most = data.MOST_POSTS
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### Best posts of {of:,}", width="stretch")
        st.download_button(
            "Download CSV" if of <= most else f"Download the best {most:,} (CSV)",
            partial(_csv, wanted),
            file_name=_file_name(wanted.period),
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="content_csv",
        )
    st.html(posts_table(best))


def _csv(wanted: Asked) -> bytes:
    period = wanted.period
    return safe_csv(data.content_posts(wanted.tenant, wanted.release, period.start, period.end, wanted.brand))


def _file_name(period: Period) -> str:
    return f"content-{period.start}-{period.end}.csv"
