"""What a post earned against its account's usual post: the log residual that every prediction starts from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

WINDOW = 30  # earlier posts that make up "the usual post"
MIN_PRIOR = 3  # fewer earlier posts than this say nothing about the usual post
SETTLED = timedelta(hours=24)  # an earlier post counts once its own numbers have mostly come in
MATURE = timedelta(hours=48)  # a younger post is still growing and is not scored

_SECOND = 1_000_000  # microseconds


def score(posts: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Add the columns ``residual`` and ``prior_posts``; keep only the posts that can be scored.

    ``residual = log1p(engagement) - mean(log1p(engagement) of the account's previous 30 posts that were
    at least 24 h old when the post went out)``. It looks backwards only, so a later post never changes it.

    Args:
        posts: ``account_id``, ``published_at`` (UTC datetime), ``engagement`` (float, null = unknown) and any
            others, one row a post, in any order.
        as_of: the moment the numbers were read (aware). Posts younger than 48 h then are not scored, and
            posts published after it do not exist yet.

    Returns:
        The scorable rows ordered by account and time. Posts with unknown engagement, and the first posts of
        an account (fewer than ``MIN_PRIOR`` earlier ones), are left out.

    Raises:
        ValueError: a column is missing, ``published_at`` is not UTC, ``as_of`` is naive, or an engagement
            is negative.
    """
    known = _known(posts, as_of)
    account = known["account_id"].rle_id().to_numpy().astype(np.int64)
    seconds = known["published_at"].dt.epoch("us").to_numpy() // _SECOND
    logs = np.log1p(known["engagement"].to_numpy())
    usual, prior = trailing_mean(account, seconds, logs)
    return known.with_columns(
        residual=pl.Series(logs - usual, dtype=pl.Float64),
        prior_posts=pl.Series(prior, dtype=pl.Int64),
    ).filter(
        pl.col("prior_posts") >= MIN_PRIOR,
        pl.col("published_at") <= as_of - MATURE,
    )


def trailing_mean(
    account: npt.NDArray[np.int64], seconds: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Mean of each row's previous ``WINDOW`` values of the same account that are ``SETTLED`` at its time.

    The three arrays have one shape (n,) and are sorted by account code (0, 1, …), then by time. Returns the
    means (NaN without any earlier value) and how many values stand behind each.
    """
    if len(values) == 0:
        return values.copy(), np.zeros(0, dtype=np.int64)
    settled = int(SETTLED.total_seconds())
    # One sorted key over all accounts, wide enough that the step back never reaches the account before.
    stride = int(seconds.max() - seconds.min()) + settled + 1
    key = account * stride + (seconds - seconds.min())
    first = np.searchsorted(account, account, side="left")
    end = np.maximum(np.searchsorted(key, key - settled, side="right"), first)
    start = np.maximum(end - WINDOW, first)
    total = np.concatenate([[0.0], np.cumsum(values)])
    count = (end - start).astype(np.int64)
    with np.errstate(invalid="ignore"):
        mean = np.where(count > 0, (total[end] - total[start]) / np.maximum(count, 1), np.nan)
    return mean, count


def _known(posts: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Posts with a known engagement that existed at ``as_of``, ordered by account and time."""
    missing = {"account_id", "published_at", "engagement"} - set(posts.columns)
    if missing:
        raise ValueError(f"posts lack the columns {sorted(missing)}")
    if posts.schema["published_at"] not in {pl.Datetime(u, "UTC") for u in ("ms", "us", "ns")}:
        raise ValueError(f"published_at must be a UTC datetime, not {posts.schema['published_at']}")
    if as_of.tzinfo is None:
        raise ValueError("as_of must be timezone-aware")
    known = posts.with_columns(pl.col("engagement").cast(pl.Float64).fill_nan(None)).filter(
        pl.col("engagement").is_not_null(), pl.col("published_at") <= as_of.astimezone(UTC)
    )
    if known.filter(pl.col("engagement") < 0).height:
        raise ValueError("engagement must not be negative")
    return known.sort("account_id", "published_at", maintain_order=True)
