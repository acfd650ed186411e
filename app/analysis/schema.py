"""The tables there are, with what each column means."""

from __future__ import annotations

import streamlit as st

from app.views.html import joined, markup
from warehouse.analysts.describing import Mart, marts

# The marts that questions begin with; the others follow by name.
FIRST = ("dim_accounts", "dim_posts", "engagement", "fct_account_metrics_daily", "fct_post_metrics_daily")


def browser() -> None:
    """Draw every table with its columns, closed."""
    st.markdown("#### Tables")
    known = marts()
    names = [*(name for name in FIRST if name in known), *(name for name in known if name not in FIRST)]
    for name in names:
        with st.expander(f"`{name}`", key=f"table_{name}"):
            _table(known[name])


def _table(mart: Mart) -> None:
    st.caption(mart.description)
    columns = [
        markup(
            "<dt>{name} <span>{kind}</span></dt><dd>{words}</dd>",
            name=name,
            kind=column.kind,
            words=column.words,
        )
        for name, column in mart.columns.items()
    ]
    st.html(markup('<dl class="columns">{columns}</dl>', columns=joined(columns)))
