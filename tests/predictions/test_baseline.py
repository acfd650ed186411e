"""The trailing baseline: its arithmetic, what it leaves out, and that it never looks ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictions.baseline import MIN_PRIOR, WINDOW, score
from tests.predictions.data import START, make_posts

LATER = START + timedelta(days=400)


def test_residual_is_log_engagement_less_mean_of_settled_posts() -> None:
    posts = make_posts([0, 24, 48, 60, 72], [9, 99, 999, 5, 0])
    scored = score(posts, LATER)
    # At hour 72 the post of hour 60 is 12 h old and says nothing yet; at 48 and 60 too few are settled.
    expected = 0 - np.mean(np.log1p([9, 99, 999]))
    assert scored["prior_posts"].to_list() == [3]
    assert scored["residual"].to_list() == pytest.approx([expected])


def test_baseline_reaches_back_thirty_posts() -> None:
    posts = make_posts([24.0 * day for day in range(40)], [float(day) for day in range(40)])
    last = score(posts, LATER).row(-1, named=True)
    assert last["prior_posts"] == WINDOW
    assert last["residual"] == pytest.approx(np.log1p(39) - np.mean(np.log1p(np.arange(9, 39))))


def test_accounts_do_not_share_a_baseline() -> None:
    hours = [24.0 * day for day in range(5)]
    both = pl.concat([make_posts(hours, [1e6] * 5, "a"), make_posts(hours, [1.0] * 5, "b")])
    assert score(both, LATER)["residual"].to_list() == pytest.approx([0.0] * 4)


def test_unknown_engagement_is_left_out_not_counted_as_nothing() -> None:
    hours = [24.0 * day for day in range(6)]
    with_unknown = score(make_posts(hours, [5, 5, None, 5, 5, float("nan")]), LATER)
    assert with_unknown["residual"].to_list() == pytest.approx([0.0])


def test_young_posts_are_not_scored() -> None:
    posts = make_posts([24.0 * day for day in range(10)], [5.0] * 10)
    as_of = START + timedelta(days=8)
    assert score(posts, as_of)["published_at"].max() == START + timedelta(days=6)


@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=80, unique=True).map(sorted),
    st.integers(0, 2000),
)
def test_later_posts_never_change_earlier_residuals(hours: list[int], cut: int) -> None:
    engagement: list[float | None] = [float((hour * 7919) % 500) for hour in hours]
    posts = make_posts([float(h) for h in hours], engagement)
    boundary = START + timedelta(hours=cut)
    changed = posts.with_columns(
        pl.when(pl.col("published_at") > boundary)
        .then(pl.col("engagement") * 1000 + 1)
        .otherwise(pl.col("engagement"))
        .alias("engagement")
    )
    before = pl.col("published_at") <= boundary
    assert score(posts, LATER).filter(before).equals(score(changed, LATER).filter(before))
    assert score(posts.filter(before), LATER).equals(score(posts, LATER).filter(before))


def test_first_posts_of_an_account_have_no_usual_post() -> None:
    assert score(make_posts([24.0 * day for day in range(MIN_PRIOR)], [5.0] * MIN_PRIOR), LATER).height == 0
    assert score(make_posts([], []), LATER).height == 0


def test_malformed_frames_are_refused() -> None:
    posts = make_posts([0.0], [1.0])
    with pytest.raises(ValueError, match="lack the columns"):
        score(posts.drop("engagement"), LATER)
    with pytest.raises(ValueError, match="UTC"):
        score(posts.with_columns(pl.col("published_at").dt.replace_time_zone(None)), LATER)
    with pytest.raises(ValueError, match="aware"):
        score(posts, datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="negative"):
        score(make_posts([0.0], [-1.0]), LATER)
