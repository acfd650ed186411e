"""How much each hour of the week adds for each account: 168 slots with an honest interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from predictions.baseline import score
from predictions.effects import Factor, Floats, Ints, fit

HOURS, WEEKDAYS = 24, 7
WEEK = HOURS * WEEKDAYS
Z80 = 1.2815515655446004  # half-width of a central 80 % interval of a Gaussian, in standard deviations
LENGTH_BUCKETS = 10  # text lengths by powers of two, 512 characters and more in one
HABIT_HALF = 20.0  # posts at which an account's own habit weighs as much as its network's

SLOTS_SCHEMA = pl.Schema(
    {
        "account_id": pl.String,
        "weekday": pl.Int8,
        "hour": pl.Int8,
        "effect": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "posts": pl.Int64,
        "posts_in_hour": pl.Int64,
        "evidence": pl.String,
    }
)


@dataclass(frozen=True)
class Shrinkage:
    """Posts at which an account's own data weigh as much as the prior, measured on 100 pages of 2016.

    Hour and weekday are those of content-adjusted residuals (22 and 79 without the adjustment). A
    weekday × hour cell never earned its own effect. ``neighbour`` is what a post an hour away counts for.
    """

    hour: float = 47.0
    weekday: float = 147.0
    kind: float = 20.0
    length: float = 20.0
    neighbour: float = 0.25


def posting_times(
    posts: pl.DataFrame, accounts: pl.DataFrame, as_of: datetime, shrinkage: Shrinkage | None = None
) -> pl.DataFrame:
    """Estimate the effect of each hour of the week for each account.

    The effect is what an hour adds in logs to the account's usual post, after what the kind of post and the
    length of its text explain (content and hour go together: the evening's posts are videos). Each network
    has a prior of its own, in its accounts' local hours.

    Args:
        posts: ``account_id``, ``published_at`` (UTC datetime), ``kind`` (str or null), ``text_length``
            (int or null), ``engagement`` (float, null = unknown: the post is left out). Further columns are
            ignored.
        accounts: ``account_id`` (unique), ``network``, ``timezone`` (IANA). Posts of accounts not listed are
            ignored; an account without posts gets its network's prior.
        as_of: the moment the numbers were read (aware).
        shrinkage: other constants than the measured ones.

    Returns:
        168 rows an account, ordered by account, weekday and hour: ``account_id``, ``weekday`` (1 = Monday),
        ``hour`` (0-23, account-local), ``effect`` (log lift), ``low`` and ``high`` (80 % interval), ``posts``
        (of the account, scored), ``posts_in_hour`` (of those, in that hour of any day), ``evidence``. Where
        no account of the network has a scored post, effect, low and high are null: nothing is known.

    Raises:
        ValueError: malformed frames (see ``baseline.score``), a doubled account, or an unknown time zone.
    """
    constants = shrinkage or Shrinkage()
    _check_accounts(accounts)
    listed = posts.drop("network", "timezone", strict=False).join(
        accounts.select("account_id", "network", "timezone"), on="account_id", how="inner"
    )
    scored = _local(score(listed, as_of))
    parts = [
        _network_slots(members["account_id"].sort(), scored.filter(pl.col("network") == name), constants)
        for (name,), members in accounts.group_by("network", maintain_order=True)
    ]
    if not parts:
        return pl.DataFrame(schema=SLOTS_SCHEMA)
    return pl.concat(parts).sort("account_id", "weekday", "hour")


def evidence(posts: int) -> str:
    """How much to believe an account's slots: generic (no post), low (under 20), medium (to 200), high."""
    if posts == 0:
        return "generic"
    if posts < 20:
        return "low"
    return "medium" if posts <= 200 else "high"


def _network_slots(members: pl.Series, scored: pl.DataFrame, constants: Shrinkage) -> pl.DataFrame:
    """The slots of one network's accounts; ``members`` are their ids, sorted."""
    size = len(members)
    account = members.search_sorted(scored["account_id"]).to_numpy().astype(np.int64)
    hour = scored["hour"].to_numpy()
    weekday = scored["weekday"].to_numpy()
    in_hour = np.bincount(account * HOURS + hour, minlength=size * HOURS).reshape(size, HOURS)
    if scored.height == 0:
        unknown = np.full((size, WEEK), np.nan)
        return _frame(members, unknown, unknown, in_hour)
    factors = [
        Factor(*_codes(scored["kind"]), constants.kind),
        Factor(*_length_codes(scored["text_length"]), constants.length),
        Factor(hour, HOURS, constants.hour, constants.neighbour),
        Factor(weekday, WEEKDAYS, constants.weekday),
    ]
    _, _, by_hour, by_weekday = fit(scored["residual"].to_numpy(), account, size, factors)
    mean = (by_weekday.mean[:, :, None] + by_hour.mean[:, None, :]).reshape(size, WEEK)
    variance = (by_weekday.variance[:, :, None] + by_hour.variance[:, None, :]).reshape(size, WEEK)
    slot = account * WEEK + weekday * HOURS + hour
    usual = (_habit(np.bincount(slot, minlength=size * WEEK).reshape(size, WEEK)) * mean).sum(axis=1)
    return _frame(members, mean - usual[:, None], np.sqrt(variance), in_hour)


def _habit(counts: Ints) -> Floats:
    """Share of each slot in an account's posting, (accounts, 168), drawn to its network's: its "usual"."""
    posts = counts.sum(axis=1, keepdims=True)
    network = (counts / np.maximum(posts, 1)).sum(axis=0)
    shares: Floats = (counts + HABIT_HALF * network / network.sum()) / (posts + HABIT_HALF)
    return shares


def _frame(members: pl.Series, effect: Floats, sd: Floats, in_hour: Ints) -> pl.DataFrame:
    """The output rows of one network; effect and sd (accounts, 168), NaN = unknown."""
    size = len(members)
    posts = in_hour.sum(axis=1)
    each = np.repeat(np.arange(size), WEEK)
    columns = {
        "account_id": members.gather(each),
        "weekday": np.tile(np.repeat(np.arange(1, WEEKDAYS + 1), HOURS), size),
        "hour": np.tile(np.arange(HOURS), size * WEEKDAYS),
        "effect": effect.ravel(),
        "low": (effect - Z80 * sd).ravel(),
        "high": (effect + Z80 * sd).ravel(),
        "posts": posts[each],
        "posts_in_hour": np.tile(in_hour, WEEKDAYS).ravel(),
        "evidence": pl.Series([evidence(int(n)) for n in posts]).gather(each),
    }
    return pl.DataFrame(columns).cast(SLOTS_SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None))


def _local(scored: pl.DataFrame) -> pl.DataFrame:
    """Add ``hour`` (0-23) and ``weekday`` (0 = Monday) of each post in its account's own time zone."""
    parts = [
        part.with_columns(
            hour=pl.col("published_at").dt.convert_time_zone(zone).dt.hour().cast(pl.Int64),
            weekday=pl.col("published_at").dt.convert_time_zone(zone).dt.weekday().cast(pl.Int64) - 1,
        )
        for (zone,), part in scored.group_by("timezone", maintain_order=True)
    ]
    empty = scored.with_columns(hour=pl.lit(0, dtype=pl.Int64), weekday=pl.lit(0, dtype=pl.Int64)).clear()
    return pl.concat([empty, *parts])


def _codes(values: pl.Series) -> tuple[Ints, int]:
    """Integer codes of a text column and how many there are; unknown is a level of its own."""
    codes = values.cast(pl.String).fill_null("").rank("dense").cast(pl.Int64).to_numpy() - 1
    return codes, int(codes.max()) + 1


def _length_codes(lengths: pl.Series) -> tuple[Ints, int]:
    """Text lengths in buckets by powers of two; unknown is a level of its own."""
    bucket = (lengths.cast(pl.Float64) + 1).log(2).floor().clip(0, LENGTH_BUCKETS - 1)
    return bucket.fill_null(LENGTH_BUCKETS).cast(pl.Int64).to_numpy(), LENGTH_BUCKETS + 1


def _check_accounts(accounts: pl.DataFrame) -> None:
    missing = {"account_id", "network", "timezone"} - set(accounts.columns)
    if missing:
        raise ValueError(f"accounts lack the columns {sorted(missing)}")
    if accounts["account_id"].is_duplicated().any():
        raise ValueError("accounts has an account_id more than once")
    for zone in accounts["timezone"].unique():
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {zone!r}") from error
