"""What is audited before a release, as data. Light to import: Dagster lists these as asset checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """Whether a failure holds the release back; named as Dagster names them."""

    ERROR = "ERROR"
    WARN = "WARN"


class Rule(StrEnum):
    """The kinds of audit."""

    UNIQUE = "keys_unique"
    PRESENT = "keys_present"
    NOT_NEGATIVE = "counts_not_negative"
    DATES = "dates_plausible"
    RATES = "rates_in_range"
    KNOWN_OWNER = "organizations_known"
    NOT_EMPTY = "not_empty"
    NOT_VANISHED = "nothing_vanished"
    VOLUME = "volume_usual"
    COMPLETE = "days_complete"
    NOT_DRIFTED = "closed_months_unchanged"
    NOT_FALLING = "counters_not_falling"


# What compares with the release that people see; the first one passes.
AGAINST_RELEASE: Final = frozenset({Rule.NOT_VANISHED, Rule.NOT_DRIFTED})
# What is found about single accounts, and told to their organizations alone.
BY_ACCOUNT: Final = frozenset({Rule.COMPLETE})


@dataclass(frozen=True)
class Audit:
    """One audit of one mart: a rule over columns. `key` names a row in examples."""

    table: str
    rule: Rule
    columns: tuple[str, ...]
    key: tuple[str, ...]
    description: str
    severity: Severity = Severity.ERROR

    @property
    def name(self) -> str:
        """Unique among all audits, such as ``engagement__keys_unique``."""
        return f"{self.table}__{self.rule}"


@dataclass(frozen=True)
class Mart:
    """What holds of one mart: its key, and its columns by what is expected of them."""

    table: str
    key: tuple[str, ...]
    present: tuple[str, ...]
    counts: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    empty: Severity = Severity.WARN  # a young installation has no posts, a silent network no account metrics
    known: tuple[str, ...] = ()  # columns that, once known and released, stay known
    by_day: str = ""  # the date by which rows come about evenly, day after day
    complete: tuple[str, ...] = ()  # columns each account has a value of on every day
    closed: tuple[
        str, ...
    ] = ()  # columns whose totals by month (of `by_day`'s date, or "date") no longer change
    lifetime: tuple[str, ...] = ()  # counters that hardly ever fall from day to day


POST_COUNTS: Final = ("views", "reach", "reactions", "comments", "shares", "saves", "clicks", "engagement")
GAINS: Final = tuple(f"{name}_gain" for name in POST_COUNTS if name != "reach")
RATES: Final = ("engagement_rate_by_views", "engagement_rate_by_reach", "engagement_rate_by_followers")

MARTS: Final = (
    Mart(
        "dim_accounts",
        ("account_id",),
        ("account_id", "organization_id", "brand_id", "network", "timezone"),
        empty=Severity.ERROR,
    ),
    Mart(
        "dim_posts",
        ("post_key",),
        ("post_key", "organization_id", "account_id", "network", "published_at", "published_date"),
        dates=("published_date",),
        known=("post_key",),
    ),
    Mart(
        "fct_post_metrics_daily",
        ("post_key", "date"),
        ("post_key", "organization_id", "account_id", "date", "observed_at"),
        counts=POST_COUNTS,
        dates=("date",),
        closed=("views", "engagement"),
        lifetime=("views", "reach", "reactions", "comments", "shares", "saves", "clicks"),
    ),
    Mart(
        "fct_account_metrics_daily",
        ("account_id", "date"),
        ("account_id", "organization_id", "date"),
        counts=("followers", "views", "reach", "engagement", "follows", "unfollows"),
        dates=("date",),
        known=("followers",),
        by_day="date",
        complete=("followers",),
        closed=("followers", "views", "reach"),
    ),
    Mart(
        "engagement",
        ("post_key",),
        ("post_key", "organization_id", "account_id", "published_date"),
        counts=POST_COUNTS,
        dates=("published_date",),
        rates=RATES,
    ),
    Mart(
        "fct_account_gains_daily",
        ("account_id", "date", "gain_days"),
        ("account_id", "organization_id", "date", "gain_days", "posts"),
        counts=GAINS,
        dates=("date",),
    ),
    Mart(
        "follower_growth",
        ("account_id", "date"),
        ("account_id", "organization_id", "date", "is_gap"),
        counts=("followers", "gained", "lost"),
        dates=("date",),
    ),
    Mart(
        "content_performance",
        ("post_key",),
        ("post_key", "organization_id", "account_id", "published_date", "weekday", "hour"),
        counts=("views", "reach", "engagement", "index", "index_7d"),
        dates=("published_date",),
        rates=RATES,
    ),
    Mart(
        "channel_comparison",
        ("account_id", "month"),
        ("account_id", "organization_id", "network", "month", "posts"),
        counts=("posts", "views", "reactions", "comments", "shares", "saves", "clicks", "engagement"),
        dates=("month",),
        rates=("engagement_rate_by_views", "engagement_rate_by_followers"),
    ),
    Mart(
        "data_freshness",
        ("account_id",),
        ("account_id", "organization_id", "network", "is_waiting"),
        dates=("last_complete_day",),
    ),
    Mart(
        "posting_times",
        ("account_id", "weekday", "hour"),
        ("account_id", "organization_id", "network", "weekday", "hour"),
        counts=("posts", "posts_in_hour"),
    ),
    Mart("dim_organizations", ("organization_id",), ("organization_id",), counts=("accounts", "brands")),
    Mart("dim_brands", ("brand_id",), ("brand_id", "organization_id", "timezone"), counts=("accounts",)),
)


def _audits(mart: Mart) -> Iterator[Audit]:
    listed: tuple[tuple[Rule, tuple[str, ...], str], ...] = (
        (Rule.UNIQUE, mart.key, f"Each {' and '.join(mart.key)} is there once."),
        (Rule.PRESENT, mart.present, "What a row can't do without is there."),
        (Rule.NOT_NEGATIVE, mart.counts, "No count is below zero; unknown is null."),
        (Rule.DATES, mart.dates, "Dates lie between 2004 and tomorrow."),
        (Rule.RATES, mart.rates, "Rates are fractions, not percentages, and not below zero."),
        (Rule.KNOWN_OWNER, ("organization_id",), "Every row belongs to an organization that has accounts."),
        (Rule.NOT_VANISHED, mart.known, "What the current release knows is still known."),
    )
    for rule, columns, description in listed:
        if columns:
            yield Audit(mart.table, rule, columns, mart.key, description)
    by_day = (mart.by_day,) if mart.by_day else ()
    for rule, columns, description, severity in (
        (Rule.NOT_DRIFTED, mart.closed, "Totals of months long past stay as released.", Severity.ERROR),
        (Rule.NOT_FALLING, mart.lifetime, "Lifetime counters hardly ever fall.", Severity.ERROR),
        (Rule.VOLUME, by_day, "As many rows a day as in the two weeks before.", Severity.WARN),
        (Rule.COMPLETE, mart.complete, "Each account has its numbers of the last whole day.", Severity.WARN),
    ):
        if columns:
            yield Audit(mart.table, rule, columns, mart.key, description, severity)
    yield Audit(mart.table, Rule.NOT_EMPTY, (), mart.key, "There are rows at all.", mart.empty)


AUDITS: Final[tuple[Audit, ...]] = tuple(audit for mart in MARTS for audit in _audits(mart))
