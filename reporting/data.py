"""What a monthly report is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

DAILY_SCHEMA = pl.Schema(
    {
        "date": pl.Date,
        "account": pl.String,
        "network": pl.String,
        "followers": pl.Int64,
        "views": pl.Int64,
        "engagement": pl.Int64,
        "posts": pl.Int64,
    }
)
TOP_POSTS_SCHEMA = pl.Schema(
    {
        "published_at": pl.String,
        "network": pl.String,
        "account": pl.String,
        "text": pl.String,
        "url": pl.String,
        "views": pl.Int64,
        "engagement": pl.Int64,
        "engagement_rate": pl.Float64,
    }
)


class ReportError(Exception):
    """A report cannot be made or written; the message says why in one line."""


@dataclass(frozen=True)
class BrandStyle:
    """How a brand looks.

    Attributes:
        name: as its client knows it.
        timezone: IANA name; the release's time is printed in it.
        colour: ``#rrggbb``; text on it and lines in it are made readable whatever it is.
        logo: PNG, JPEG or SVG, as bytes or a file; None for none.

    Raises:
        ReportError: the colour or the time zone is none.
    """

    name: str
    timezone: str
    colour: str
    logo: bytes | Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour):
            raise ReportError(f"brand colour must be #rrggbb, not {self.colour!r}")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ReportError(f"unknown time zone {self.timezone!r}") from error


@dataclass(frozen=True)
class Kpi:
    """One headline number of the month.

    Attributes:
        label: e.g. "Views".
        value, previous: this month's and the one before; None is unknown.
        unit: "" for a count, "%" for a number that is a percentage already (compared in points).
        note: what it is by, e.g. "engagement by views"; may be empty.
        broken: what began to mean something else on the way, so that nothing is compared; "" for nothing.
    """

    label: str
    value: float | None
    previous: float | None
    unit: str = ""
    note: str = ""
    broken: str = ""


@dataclass(frozen=True)
class Change:
    """From `day` on a number of a network means something else.

    Attributes:
        network: as in the daily rows.
        metric: the column of the daily rows it concerns.
        said: what is printed about it.
    """

    day: date
    network: str
    metric: str
    said: str


@dataclass(frozen=True)
class MonthlyReport:
    """A brand's month, all from one release.

    Attributes:
        brand: whose report.
        month: any day of the month.
        release_id, released_at: the release the numbers come from, and when (aware).
        organization_name: who made it, printed as "Prepared by"; white-label, so nobody else is named.
        totals: headline numbers, in order.
        daily: ``DAILY_SCHEMA``, one row per day (the account's own) and account; null is unknown.
        top_posts: ``TOP_POSTS_SCHEMA``, best first; ``published_at`` as it should be read (local),
            ``engagement_rate`` a fraction.
        definitions: label → what is counted.
        changes: days of the month on which a definition changed; drawn in the charts and told.
        remarks: what else has to be known about these numbers.

    Raises:
        ReportError: ``released_at`` is naive, a frame lacks a column, or a day lies outside the month.
    """

    brand: BrandStyle
    month: date
    release_id: int
    released_at: datetime
    organization_name: str
    totals: list[Kpi]
    daily: pl.DataFrame = field(repr=False)
    top_posts: pl.DataFrame = field(repr=False)
    definitions: dict[str, str]
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.released_at.tzinfo is None:
            raise ReportError("released_at must be timezone-aware")
        for name, frame, schema in (
            ("daily", self.daily, DAILY_SCHEMA),
            ("top_posts", self.top_posts, TOP_POSTS_SCHEMA),
        ):
            missing = [column for column in schema if column not in frame.columns]
            if missing:
                raise ReportError(f"{name} lacks the columns {missing}")
        if self.daily["date"].cast(pl.Date).dt.strftime("%Y-%m").ne(f"{self.month:%Y-%m}").any():
            raise ReportError(f"daily holds days outside {self.month:%Y-%m}")
