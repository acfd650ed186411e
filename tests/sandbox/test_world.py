"""The generated world: reproducible, going on by itself, and true to its truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import truth
from sandbox.brands import Profile, profiles
from sandbox.world import GeneratedWorld
from tests.sandbox.server import Running, running

ANCHOR = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNTS = [profile.account for profile in profiles()]


def world(seed: int = 7, days: int = 365, anchor: datetime = ANCHOR) -> GeneratedWorld:
    made = GeneratedWorld(seed, days)
    made.start(anchor)
    return made


def test_the_same_seed_makes_the_same_world() -> None:
    one, same, other = world(), world(), world(seed=8)
    for account in ACCOUNTS:
        assert one.native_posts(account, ANCHOR) == same.native_posts(account, ANCHOR)
        assert one.native_posts(account, ANCHOR) != other.native_posts(account, ANCHOR)
    assert one.truth(ANCHOR) == same.truth(ANCHOR)
    assert one.truth(ANCHOR)["accounts"].keys() == {account.id for account in ACCOUNTS}


def test_the_world_goes_on_the_same_whenever_it_is_asked() -> None:
    later = ANCHOR + timedelta(days=9)
    asked_often, asked_once = world(), world()
    for hours in range(0, 9 * 24, 5):
        asked_often.native_posts(ACCOUNTS[0], ANCHOR + timedelta(hours=hours))
    posts = asked_often.native_posts(ACCOUNTS[0], later)
    assert posts == asked_once.native_posts(ACCOUNTS[0], later)
    assert 9 <= sum(post.created_at > ANCHOR for post in posts) <= 27
    assert all(post.created_at <= later for post in posts)


def test_a_restart_days_later_continues_the_same_history(tmp_path: Path) -> None:
    with running(tmp_path, days=30) as first:
        told = first.get("/_sandbox/truth").json()
        followers = first.graph(first.page_id, fields="followers_count").json()["followers_count"]
        first.advance(3 * 86_400)
    with running(tmp_path, days=30) as second:
        again = second.get("/_sandbox/truth").json()
        for account, was in told["accounts"].items():
            now = again["accounts"][account]
            assert now["hour_of_week"] == was["hour_of_week"]
            assert now["missed_days"][: len(was["missed_days"])] == was["missed_days"]
        assert second.graph(second.page_id, fields="followers_count").json()["followers_count"] != followers


@pytest.mark.parametrize("profile", profiles()[:8], ids=lambda profile: profile.account.id)
def test_audience_curves_are_smooth_and_worth_finding(profile: Profile) -> None:
    curve = truth.hour_of_week(profile.audience)
    assert curve.shape == (7, 24)
    assert curve.mean() == pytest.approx(1)
    assert 1.4 <= curve.max() <= 1.6
    assert curve.min() > 0.5
    assert np.abs(np.diff(np.log(curve.ravel()))).max() < 0.35


def test_the_curve_can_be_found_in_the_posts() -> None:
    """Log engagement, cleared of kind, explains itself by the curve of its local hour."""
    made = world(days=365)
    slopes = []
    for profile in profiles():
        curve = truth.hour_of_week(profile.audience)
        posts = made.native_posts(profile.account, ANCHOR)
        local = [post.created_at.astimezone(profile.account.zone) for post in posts]
        expected = np.log([curve[at.weekday(), at.hour] for at in local])
        effect = np.log([truth.content_effect(profile.account.network, p.kind, p.text) for p in posts])
        followers = [made.followers(profile.account, post.created_at) for post in posts]
        level = np.log(np.array(followers, dtype=float))
        seen = np.log1p([post.final.engagement for post in posts]) - effect - level
        slopes.append(np.polyfit(expected, seen, 1)[0])
    assert all(0.6 < slope < 1.4 for slope in slopes)
    assert np.mean(slopes) == pytest.approx(1, abs=0.15)


def test_followers_grow_with_a_spike() -> None:
    made = world()
    for account in ACCOUNTS:
        today = ANCHOR.astimezone(account.zone).date().toordinal()
        moves = made.daily(account, today - 364, today - 1)
        assert moves is not None
        assert moves["followers"][-1] > 1.1 * moves["followers"][0]
        net = moves["follows"][1:] - moves["unfollows"][1:]
        assert np.array_equal(np.diff(moves["followers"]), net)
        spikes = made.truth(ANCHOR)["accounts"][account.id]["growth"]["spikes"]
        assert spikes
        assert moves["follows"].max() > 5 * np.median(moves["follows"])


def test_before_the_history_nothing_is_known() -> None:
    made = world(days=10)
    account = ACCOUNTS[0]
    first = ANCHOR.astimezone(account.zone).date().toordinal() - 10
    moves = made.daily(account, first - 3, first + 1)
    assert moves is not None
    assert np.isnan(moves["followers"]).tolist() == [True, True, True, False, False]
    assert not made.delivered(account, first - 1)


def test_about_two_days_in_a_hundred_are_missed() -> None:
    told = world(days=1000).truth(ANCHOR)["accounts"].values()
    share = np.mean([len(account["missed_days"]) / 1000 for account in told])
    assert 0.01 < share < 0.03


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_ageing_never_goes_back(a: float, b: float) -> None:
    younger, older = sorted((a, b))
    assert 0 <= truth.grown(younger) <= truth.grown(older) <= 1


def test_ageing_has_the_stated_shape() -> None:
    assert truth.grown(6 * 3600) == pytest.approx(0.5, abs=0.01)
    assert truth.grown(48 * 3600) == pytest.approx(0.95, abs=0.005)


def test_posts_read_as_written_by_the_brands(sandbox: Running) -> None:
    posts = sandbox.graph(f"{sandbox.page_id}/posts", fields="message", limit=100).json()["data"]
    assert len({post["message"] for post in posts}) > 0.9 * len(posts)
    assert not any("{" in post["message"] for post in posts)
