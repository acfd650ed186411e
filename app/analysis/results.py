"""The answer as a table, with its files."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import polars as pl
import streamlit as st

from app.analysis import files
from app.analysis.running import Outcome
from app.views.notices import escaped
from warehouse.analysts.run import ROWS

SHOWN: Final = 10_000  # rows of the table
SHOWN_BYTES: Final = 8 * 2**20


def show(outcome: Outcome) -> None:
    """Draw what came of a query."""
    if outcome.answer is None:
        st.error("The query gave no answer.", icon=":material/error:")
        with st.container(key="sql_shown_problem"):
            st.code(outcome.problem or "", language=None, wrap_lines=True)
        return
    answer = outcome.answer
    frame = answer.frame
    if answer.cut:
        st.warning(
            f"There are more rows than the {ROWS:,} that an answer can have, and the files have these alone. "
            "Ask for fewer, or use a reader or the file of everything.",
            icon=":material/content_cut:",
        )
    rows = "1 row" if frame.height == 1 else f"{frame.height:,} rows"
    with st.container(horizontal=True, vertical_alignment="center", key="sql_done"):
        st.markdown(f"**{rows}** · {answer.seconds:.1f} s · release {outcome.release.id}", width="stretch")
        if frame.width:
            name = f"allin-release-{outcome.release.id}"
            st.download_button(
                "CSV", partial(files.csv, frame), f"{name}.csv", "text/csv", key="sql_csv", on_click="ignore"
            )
            st.download_button(
                "Parquet", partial(files.parquet, frame), f"{name}.parquet",
                "application/vnd.apache.parquet", key="sql_parquet", on_click="ignore",
            )  # fmt: skip
    if frame.width:
        shown = _shown(frame)
        if shown.height < frame.height:
            st.caption(f"The first {shown.height:,} rows are below; the files have all of them.")
        st.dataframe(shown, hide_index=True, key="sql_table", column_config=_clocks(frame))
    else:
        st.caption(escaped("The statement ran. It has no rows to show."))


def _shown(frame: pl.DataFrame) -> pl.DataFrame:
    """As many of the first rows as a browser takes without having anybody wait."""
    of_a_row = max(1, int(frame.estimated_size()) // max(1, frame.height))
    return frame.head(min(SHOWN, max(1, SHOWN_BYTES // of_a_row)))


def _clocks(frame: pl.DataFrame) -> dict[str, Any]:
    """Days as days, and times in UTC as the marts have them, whatever the browser's clock."""
    config = st.column_config
    return {
        name: config.DateColumn(format="YYYY-MM-DD")
        if kind == pl.Date
        else config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss", timezone="UTC")
        for name, kind in frame.schema.items()
        if kind == pl.Date or isinstance(kind, pl.Datetime)
    }
