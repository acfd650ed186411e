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


POST_COUNTS: Final = ("views", "reach", "reactions", "comments", "shares", "clicks", "engagement")
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
    ),
    Mart(
        "fct_account_metrics_daily",
        ("account_id", "date"),
        ("account_id", "organization_id", "date"),
        counts=("followers", "views", "reach", "engagement", "follows", "unfollows"),
        dates=("date",),
        known=("followers",),
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
        "follower_growth",
        ("account_id", "date"),
        ("account_id", "organization_id", "date", "is_gap"),
        counts=("followers",),
        dates=("date",),
    ),
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
    yield Audit(mart.table, Rule.NOT_EMPTY, (), mart.key, "There are rows at all.", mart.empty)


AUDITS: Final[tuple[Audit, ...]] = tuple(audit for mart in MARTS for audit in _audits(mart))
