"""On real posts: what was learnt before a day earns more after it, and noise does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from predictions.baseline import score
from predictions.posting_times import posting_times
from tests.predictions.data import ARCHIVE_ZONE, archive_posts

TEST_DAYS, ORIGINS = 18, 4
TOP_SLOTS = 34  # a fifth of the week
KIND_HALF = 20
END = datetime.fromisoformat("2016-06-25T18:00:00+00:00")
LOCAL = pl.col("published_at").dt.convert_time_zone(ARCHIVE_ZONE)
Policy = Callable[[pl.DataFrame, datetime], pl.DataFrame]


@pytest.fixture(scope="module")
def posts() -> pl.DataFrame:
    return archive_posts().filter(pl.col("published_at") <= END)


def test_lift_of_the_top_fifth_is_real_and_beats_the_mean_by_hour(posts: pl.DataFrame) -> None:
    ours, naive = held_out_lift(posts, shrunken), held_out_lift(posts, mean_by_hour)
    draws = np.random.default_rng(1).choice(ours, (2000, len(ours))).mean(axis=1)
    assert len(ours) > 70
    assert np.percentile(draws, 2.5) > 0.09
    assert ours.mean() > naive.mean()


def test_placebo_slots_earn_nothing(posts: pl.DataFrame) -> None:
    placebos = [held_out_lift(posts, shuffled(seed)).mean() for seed in range(10)]
    assert abs(np.mean(placebos)) < 0.025


def held_out_lift(posts: pl.DataFrame, policy: Policy) -> npt.NDArray[np.float64]:
    """Log gain of the policy's top slots over all, of later posts and after their kind; one figure a page."""
    scored = score(posts, END).with_columns(weekday=LOCAL.dt.weekday(), hour=LOCAL.dt.hour())
    mean = pl.col("adjusted").mean()
    lifts = []
    for back in range(1, ORIGINS + 1):
        origin = END - timedelta(days=TEST_DAYS * back)
        inside = pl.col("published_at").is_between(origin, origin + timedelta(days=TEST_DAYS), closed="left")
        test = without_kind(scored.filter(inside), scored.filter(pl.col("published_at") < origin))
        rank = pl.col("effect").rank("random", descending=True, seed=0).over("account_id")
        top = policy(posts.filter(pl.col("published_at") < origin), origin).filter(rank <= TOP_SLOTS)
        gains = (
            test.join(top, on=["account_id", "weekday", "hour"], how="semi")
            .group_by("account_id")
            .agg(mean.alias("top"))
            .join(test.group_by("account_id").agg(mean.alias("all"), pl.len()), on="account_id")
            .filter(pl.col("len") >= 20)
        )
        lifts.append(gains.select("account_id", lift=pl.col("top") - pl.col("all")))
    return pl.concat(lifts).group_by("account_id").agg(pl.col("lift").mean())["lift"].to_numpy()


def without_kind(test: pl.DataFrame, train: pl.DataFrame) -> pl.DataFrame:
    """Take from each later residual what its kind earned for its page before, shrunk to all pages' mean."""
    shared = train.group_by("kind").agg(pl.col("residual").mean().alias("shared"))
    own = train.group_by("account_id", "kind").agg(
        pl.col("residual").mean().alias("own"), pl.len().alias("n")
    )
    weight = pl.col("n").fill_null(0) / (pl.col("n").fill_null(0) + KIND_HALF)
    expected = weight * pl.col("own").fill_null(0) + (1 - weight) * pl.col("shared").fill_null(0)
    joined = test.join(shared, on="kind", how="left").join(own, on=["account_id", "kind"], how="left")
    return joined.with_columns(adjusted=pl.col("residual") - expected)


def shrunken(train: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    accounts = train.select(
        pl.col("account_id").unique(), network=pl.lit("facebook"), timezone=pl.lit(ARCHIVE_ZONE)
    )
    return posting_times(train, accounts, as_of).select(
        "account_id", "effect", pl.col("weekday").cast(pl.Int8), pl.col("hour").cast(pl.Int8)
    )


def mean_by_hour(train: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """What schedulers show: the account's plain mean by hour, the same every day."""
    scored = score(train, as_of).with_columns(hour=LOCAL.dt.hour())
    hours = scored.group_by("account_id", "hour").agg(pl.col("residual").mean().alias("effect"))
    return hours.join(pl.DataFrame({"weekday": range(1, 8)}, schema={"weekday": pl.Int8}), how="cross")


def shuffled(seed: int) -> Policy:
    """The shrunken effects dealt to random slots."""

    def policy(train: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
        return shrunken(train, as_of).with_columns(pl.col("effect").shuffle(seed).over("account_id"))

    return policy
