"""Days from which a network's number means something else: nothing is summed or compared across one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import polars as pl

from platforms.registry import network
from warehouse.catalogue import Break, Subject, breaks

# What a number is made of: it changes its meaning with its parts.
MADE_OF: Final = {
    "engagement": ("reactions", "comments", "shares"),
    "engagement_rate_by_views": ("engagement", "views"),
    "engagement_rate_by_reach": ("engagement", "reach"),
    "engagement_rate_by_followers": ("engagement",),
}
# The columns of an overview: sums over posts, and followers, of which the last count stands for a period.
SUMS: Final = {"views": Subject.POST, "engagement": Subject.POST}


def parts(metric: str) -> set[str]:
    """The metric and all it is made of."""
    return {metric}.union(*(parts(part) for part in MADE_OF.get(metric, ())))


def within(
    networks: Iterable[str], metric: str, start: date, end: date, subject: Subject = Subject.POST
) -> tuple[Break, ...]:
    """Breaks of a metric after `start` and no later than `end`, the oldest first.

    One on `start` itself is none within: the whole period has the new meaning.
    """
    of, wanted = parts(metric), set(networks)
    found = [
        each
        for each in breaks()
        if each.network in wanted and _concerns(each, of, subject) and start < each.date <= end
    ]
    return tuple(sorted(found, key=lambda each: (each.date, each.network)))


def sentence(found: Break) -> str:
    """What to say instead of a number: ``views on YouTube changed on 24 Aug 2026``."""
    metric = found.metric.replace("_", " ")
    return f"{metric} on {network(found.network).label} changed on {found.date.day} {found.date:%b %Y}"


def unbroken(frame: pl.DataFrame, start: date, end: date, before: date) -> pl.DataFrame:
    """Leave no sum and no comparison across a break in a frame with a row an account and its `network`.

    The sum of the period (and at the same age) becomes null when a break lies within it; that of the period
    before, which begins on `before`, when one lies within either; of followers, only the latter.
    ``<metric>_break`` says why, or is null.
    """
    networks = frame["network"].unique().to_list()
    for metric, subject in {**SUMS, "followers": Subject.ACCOUNT}.items():
        across = {key: within([key], metric, before, end, subject) for key in networks}
        said = {key: sentence(found[-1]) for key, found in across.items() if found}
        here = [key for key in said if metric in SUMS and within([key], metric, start, end, subject)]
        frame = frame.with_columns(
            *_without(frame, (metric, f"{metric}_at_age"), here),
            *_without(frame, (f"{metric}_previous", f"{metric}_at_age_previous"), list(said)),
            pl.col("network")
            .replace_strict(said, default=None, return_dtype=pl.String)
            .alias(f"{metric}_break"),
        )
    return frame


def without_breaks(gains: pl.DataFrame) -> pl.DataFrame:
    """Gains of days (network, date, ``<metric>_gain``) with null on the day of a break: a counter that begins
    to count something else jumps.
    """
    for metric in SUMS:
        of = parts(metric)
        days = {(each.network, each.date) for each in breaks() if _concerns(each, of, Subject.POST)}
        jumps = pl.DataFrame(
            [(*day, True) for day in sorted(days)],
            schema={"network": pl.String, "date": pl.Date, "jumped": pl.Boolean},
            orient="row",
        )
        gains = (
            gains.join(jumps, on=["network", "date"], how="left", maintain_order="left")
            .with_columns(pl.when(pl.col("jumped").is_null()).then(f"{metric}_gain").alias(f"{metric}_gain"))
            .drop("jumped")
        )
    return gains


def _without(frame: pl.DataFrame, columns: Iterable[str], networks: list[str]) -> list[pl.Expr]:
    present = [column for column in columns if column in frame.columns]
    return [pl.when(~pl.col("network").is_in(networks)).then(column).alias(column) for column in present]


def _concerns(found: Break, of: set[str], subject: Subject) -> bool:
    return found.subject is subject and found.metric in of
