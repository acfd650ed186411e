"""Slots recover a planted curve, stay silent on noise, and say how much they know."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from predictions.posting_times import SLOTS_SCHEMA, evidence, posting_times
from tests.predictions.data import START, make_accounts, make_posts, planted

AS_OF = START + timedelta(days=400)
HOURS = np.arange(168)
CURVE = 0.6 * np.sin((HOURS % 24 - 13) / 24 * 2 * np.pi) + np.where(HOURS // 24 >= 5, 0.4, 0.0)


def effects_of(slots: pl.DataFrame, account: str = "a") -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return slots.filter(account_id=account).sort("weekday", "hour")["effect"].to_numpy()


def rank_correlation(left: object, right: object) -> float:
    frame = pl.DataFrame({"left": left, "right": right})
    return float(frame.select(pl.corr("left", "right", method="spearman")).item())


def width(slots: pl.DataFrame) -> float:
    return float((slots["high"] - slots["low"]).to_numpy().mean())


def test_planted_hour_of_week_curve_is_recovered() -> None:
    slots = posting_times(planted(CURVE, 2000, seed=1), make_accounts("a"), AS_OF)
    assert rank_correlation(effects_of(slots), CURVE) > 0.9
    realised = np.polyfit(effects_of(slots), CURVE, 1)[0]
    assert 1 < realised < 1.6  # so strong a curve is shrunk: the slots promise less than they hold


def test_slots_are_in_the_accounts_own_hours() -> None:
    posts = planted(CURVE, 2000, seed=1)
    utc = effects_of(posting_times(posts, make_accounts("a"), AS_OF))
    tokyo = effects_of(posting_times(posts, make_accounts("a", timezone="Asia/Tokyo"), AS_OF))
    # Tokyo is nine hours ahead: what UTC calls Monday 00:00 is Monday 09:00 there.
    assert rank_correlation(np.roll(utc, 9), tokyo) > 0.95
    assert rank_correlation(utc, tokyo) < 0.6


def test_noise_alone_promises_nothing() -> None:
    slots = posting_times(planted(np.zeros(168), 2000, seed=3), make_accounts("a"), AS_OF)
    assert np.abs(effects_of(slots)).max() < 0.3
    assert slots.filter(pl.col("low") < 0).height > 0.9 * slots.height


def test_shuffled_slots_earn_nothing() -> None:
    posts = planted(CURVE, 2000, seed=5)
    truth = CURVE - CURVE.mean()
    best = np.argsort(effects_of(posting_times(posts, make_accounts("a"), AS_OF)))[-34:]
    shuffled = []
    for seed in range(10):
        mixed = posts.with_columns(pl.col("engagement").shuffle(seed=seed))
        slots = posting_times(mixed, make_accounts("a"), AS_OF)
        shuffled.append(truth[np.argsort(effects_of(slots))[-34:]].mean())
    assert truth[best].mean() > 0.5
    assert abs(np.mean(shuffled)) < 0.15


def test_habit_of_posting_videos_at_night_is_not_the_nights_merit() -> None:
    rng = np.random.default_rng(11)
    hours = np.sort(rng.choice(300 * 24, 2000, replace=False))
    video = rng.random(2000) < np.where(hours % 24 >= 18, 0.9, 0.1)
    logs = 6 + 1.0 * video + rng.normal(0, 0.5, 2000)
    posts = make_posts([float(h) for h in hours], [float(v) for v in np.expm1(logs)])
    night = np.tile(np.arange(24) >= 18, 7)
    plain = effects_of(posting_times(posts, make_accounts("a"), AS_OF))
    kinds = posts.with_columns(kind=pl.Series(np.where(video, "video", "photo")))
    adjusted = effects_of(posting_times(kinds, make_accounts("a"), AS_OF))
    assert plain[night].mean() - plain[~night].mean() > 0.5
    assert abs(adjusted[night].mean() - adjusted[~night].mean()) < 0.15


def test_account_without_posts_gets_its_networks_prior_and_says_so() -> None:
    posts = pl.concat([planted(CURVE, 1000, seed=i, account=f"a{i}") for i in range(10)])
    accounts = make_accounts(*(f"a{i}" for i in range(10)), "new")
    slots = posting_times(posts, accounts, AS_OF)
    new, old = slots.filter(account_id="new"), slots.filter(account_id="a0")
    assert rank_correlation(effects_of(slots, "new"), CURVE) > 0.9
    assert set(new["evidence"]) == {"generic"}
    assert set(new["posts"]) == {0}
    assert width(new) > width(old)


def test_network_without_posts_knows_nothing() -> None:
    accounts = pl.concat([make_accounts("a"), make_accounts("b", network="bluesky")])
    slots = posting_times(planted(CURVE, 500, seed=1), accounts, AS_OF)
    unknown = slots.filter(account_id="b")
    assert unknown.height == 168
    assert unknown.select("effect", "low", "high").null_count().row(0) == (168, 168, 168)
    assert slots.filter(account_id="a")["effect"].null_count() == 0


def test_shape_and_counts() -> None:
    posts = make_posts([24.0 * day + 7 for day in range(30)], [10.0] * 30)
    slots = posting_times(posts, make_accounts("a"), AS_OF)
    assert slots.schema == SLOTS_SCHEMA
    assert slots.select("weekday", "hour").n_unique() == 168
    assert set(slots["posts"]) == {27}
    assert slots.filter(hour=7)["posts_in_hour"].to_list() == [27] * 7
    assert slots.filter(pl.col("hour") != 7)["posts_in_hour"].sum() == 0


@pytest.mark.parametrize(
    ("posts", "label"),
    [(0, "generic"), (1, "low"), (19, "low"), (20, "medium"), (200, "medium"), (201, "high")],
)
def test_evidence_labels(posts: int, label: str) -> None:
    assert evidence(posts) == label


def test_no_accounts_is_an_empty_frame() -> None:
    assert posting_times(planted(CURVE, 50, seed=1), make_accounts(), AS_OF).schema == SLOTS_SCHEMA


def test_malformed_accounts_are_refused() -> None:
    posts = planted(CURVE, 50, seed=1)
    with pytest.raises(ValueError, match="more than once"):
        posting_times(posts, make_accounts("a", "a"), AS_OF)
    with pytest.raises(ValueError, match="unknown time zone 'Mars/Base'"):
        posting_times(posts, make_accounts("a", timezone="Mars/Base"), AS_OF)
    with pytest.raises(ValueError, match="lack the columns"):
        posting_times(posts, make_accounts("a").drop("timezone"), AS_OF)


def test_hundred_accounts_of_two_thousand_posts_within_a_second() -> None:
    names = [f"a{i}" for i in range(100)]
    posts = pl.concat([planted(CURVE, 2000, seed=i, account=name) for i, name in enumerate(names)])
    accounts = make_accounts(*names)
    took = []
    for _ in range(3):
        start = time.perf_counter()
        posting_times(posts, accounts, AS_OF)
        took.append(time.perf_counter() - start)
    assert min(took) < 1
