"""Totals over accounts, and their change against the period before, like for like."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from app.views.times import Period
from warehouse.reads import change


@dataclass(frozen=True)
class Total:
    """The sum over the accounts that know the number.

    `change` compares only accounts known in both periods; None when there are none or it was 0. `at_age`:
    whether it compares posts as they stood at one age; None where the number has no age. `breaks`: what
    changed its meaning on the way, so that the accounts concerned are left out.
    """

    value: float | None
    change: float | None
    accounts: int
    known: int
    compared: int
    at_age: bool | None = None
    breaks: tuple[str, ...] = ()


def known_sum(column: str) -> pl.Expr:
    """The sum of what is known; null, not 0, when nothing is."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).otherwise(None).alias(column)


def total(frame: pl.DataFrame, metric: str) -> Total:
    """Total of `metric` in a frame with one row an account and a column ``<metric>_previous``.

    With ``<metric>_at_age`` and ``<metric>_at_age_previous`` it is these that are compared, where any account
    knows both. ``<metric>_break`` says why an account's number is not there.
    """
    known, aged = frame.filter(pl.col(metric).is_not_null()), _both(frame, f"{metric}_at_age")
    name, both = (metric, _both(known, metric)) if aged.is_empty() else (f"{metric}_at_age", aged)
    return Total(
        value=_sum(known, metric),
        change=change(_sum(both, name), _sum(both, f"{name}_previous")),
        accounts=frame.height,
        known=known.height,
        compared=both.height,
        at_age=name != metric if f"{metric}_at_age" in frame.columns else None,
        breaks=tuple(frame[f"{metric}_break"].drop_nulls().unique().sort())
        if f"{metric}_break" in frame.columns
        else (),
    )


def explanation(found: Total, metric: str, before: Period, age: str = "") -> str:
    """One line under a total: what it is compared with (posts at which `age`), or why it is not."""
    broken = "; ".join(found.breaks)
    if found.value is None:
        return f"n/a: {broken}" if broken else f"the networks give no {metric} here"
    if found.change is None:
        missing = "none" if found.compared else "nothing known"
        why = f"not compared: {broken}" if broken and not found.compared else f"{missing} in {before}"
        return why + _summed(found, found.accounts)
    partial = "" if found.compared == found.accounts else f", {found.compared} of {found.accounts} accounts"
    aged = {None: "", True: f", posts at {age}", False: ", as counted now"}[found.at_age]
    why = f" ({broken})" if broken else ""
    return f"vs {before.days} days before{aged}{partial}{why}{_summed(found, found.compared)}"


def _summed(found: Total, told: int) -> str:
    """Of how many accounts the total is, unless it is of all, or of as many as was told already."""
    return "" if found.known in (found.accounts, told) else f"; the total is of {found.known}"


def _both(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The accounts that know a number in both periods; none where the frame has no such number."""
    if f"{column}_previous" not in frame.columns:
        return frame.clear()
    return frame.filter(pl.col(column).is_not_null() & pl.col(f"{column}_previous").is_not_null())


def _sum(frame: pl.DataFrame, column: str) -> float | None:
    return None if frame.is_empty() else float(frame[column].sum())
