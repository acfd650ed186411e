"""From slots of a week in an account's own hours to the next good moments to post."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

HORIZON = timedelta(days=7)


@dataclass(frozen=True)
class NextSlot:
    """A moment to post and what it is expected to add.

    Attributes:
        at: the moment, UTC.
        local: the same moment on the account's clock.
        lift, low, high: expected gain over the account's usual post, as fractions (0.18 = +18 %), and its
            80 % interval.
        posts: scored posts of the account behind it.
        evidence: ``generic``, ``low``, ``medium`` or ``high``.
    """

    at: datetime
    local: datetime
    lift: float
    low: float
    high: float
    posts: int
    evidence: str

    @property
    def sentence(self) -> str:
        """The gain, its interval and the evidence in words, e.g. for a tooltip."""
        gain = f"{_signed(self.lift)} % ({_span(self.low, self.high)})"
        if self.evidence == "generic":
            return f"{gain} on this network in general · no posts of this account yet · generic evidence"
        unit = "post" if self.posts == 1 else "posts"
        basis = f"from {self.posts:,} {unit} · {self.evidence} evidence"
        return f"{gain} against this account's usual post · {basis}"


def next_slots(
    slots: pl.DataFrame,
    account_id: str,
    timezone: str,
    now: datetime,
    count: int = 3,
    spread: timedelta = timedelta(hours=2),
) -> list[NextSlot]:
    """The best slots of the coming seven days, best first.

    A local hour that daylight saving skips is left out; one that comes twice is taken the first time.

    Args:
        slots: the frame made by ``posting_times``.
        account_id: whose slots.
        timezone: the account's IANA time zone.
        now: aware; every slot lies after it and at most seven days ahead.
        count: how many at most.
        spread: smallest time between two of them; an hour's neighbours are nearly as good and no choice.

    Returns:
        Up to ``count`` slots by falling gain; of equal ones the earlier first. Empty when nothing is known
        about the account's network (or the account is not in the frame).

    Raises:
        ValueError: ``now`` is naive.
        zoneinfo.ZoneInfoNotFoundError: the time zone is unknown.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    rows = slots.filter(pl.col("account_id") == account_id, pl.col("effect").is_not_null())
    by_hour = {(row["weekday"], row["hour"]): row for row in rows.iter_rows(named=True)}
    moments = [
        (at, local)
        for at, local in coming_hours(now, ZoneInfo(timezone))
        if (local.isoweekday(), local.hour) in by_hour
    ]
    best_first = sorted(
        moments, key=lambda moment: (-by_hour[moment[1].isoweekday(), moment[1].hour]["effect"], moment[0])
    )
    chosen: list[tuple[datetime, datetime]] = []
    for at, local in best_first:
        if len(chosen) == count:
            break
        if all(abs(at - other) >= spread for other, _ in chosen):
            chosen.append((at, local))
    return [_slot(at, local, by_hour[local.isoweekday(), local.hour]) for at, local in chosen]


def coming_hours(now: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Every full local hour within seven days after ``now``, as (UTC, local), in time order."""
    today = now.astimezone(zone).date()
    found = [
        moment
        for day in range(HORIZON.days + 1)
        for hour in range(24)
        if (moment := _moment(today + timedelta(days=day), hour, zone)) is not None
    ]
    return sorted(moment for moment in found if now < moment[0] <= now + HORIZON)


def _moment(day: date, hour: int, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The UTC and local time of an hour on a day, or None when the clock skips it."""
    local = datetime.combine(day, time(hour), zone)  # fold=0: of two equal hours the first
    at = local.astimezone(UTC)
    # A skipped hour comes back from UTC as another one.
    return (at, local) if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _slot(at: datetime, local: datetime, row: dict[str, Any]) -> NextSlot:
    lift, low, high = (math.expm1(row[name]) for name in ("effect", "low", "high"))
    return NextSlot(at, local, lift, low, high, row["posts"], row["evidence"])


def _signed(fraction: float) -> str:
    percent = round(100 * fraction)
    return f"{percent:+d}".replace("-", "−") if percent else "0"


def _span(low: float, high: float) -> str:
    first, last = (f"{round(100 * value)}".replace("-", "−") for value in (low, high))
    return f"{first} to {last} %"
