"""Totals over accounts, and their change against the period before, like for like."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from app.views.times import Period
from warehouse.reads import change


@dataclass(frozen=True)
class Total:
    """The sum over the accounts that know the number.

    `change` compares only accounts known in both periods; None when there are none or it was 0.
    """

    value: float | None
    change: float | None
    accounts: int
    known: int
    compared: int


def known_sum(column: str) -> pl.Expr:
    """The sum of what is known; null, not 0, when nothing is."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).otherwise(None).alias(column)


def total(frame: pl.DataFrame, metric: str) -> Total:
    """Total of `metric` in a frame with one row an account and a column ``<metric>_previous``."""
    known = frame.filter(pl.col(metric).is_not_null())
    both = known.filter(pl.col(f"{metric}_previous").is_not_null())
    return Total(
        value=float(known[metric].sum()) if known.height else None,
        change=change(float(both[metric].sum()), float(both[f"{metric}_previous"].sum())),
        accounts=frame.height,
        known=known.height,
        compared=both.height,
    )


def explanation(found: Total, metric: str, before: Period) -> str:
    """One line under a total: what it is compared with, or why it is not."""
    if found.value is None:
        return f"the networks give no {metric} here"
    if found.change is None:
        missing = "none" if found.compared else "nothing known"
        return f"{missing} in {before}"
    partial = "" if found.compared == found.accounts else f", {found.compared} of {found.accounts} accounts"
    return f"vs {before.days} days before{partial}"
