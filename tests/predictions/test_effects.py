"""The arithmetic of shrinkage, stated."""

from __future__ import annotations

import numpy as np
import pytest

from predictions.effects import SHARED_HALF, Factor, fit


def test_one_account_one_factor_by_hand() -> None:
    # Ten posts at each of two levels, +1 and -1: the account's mean is 0, each level's own mean ±1.
    codes = np.repeat([0, 1], 10)
    residual = np.where(codes == 0, 1.0, -1.0)
    factor = Factor(codes, levels=2, half=10)
    (effects,) = fit(residual, np.zeros(20, dtype=np.int64), 1, [factor])
    weight = 10 / (10 + 10)
    shared = weight * 1.0 / (weight + SHARED_HALF)
    assert effects.mean[0] == pytest.approx([shared + weight * (1 - shared), -shared - weight * (1 - shared)])


def test_account_without_posts_gets_the_shared_effect() -> None:
    rng = np.random.default_rng(1)
    account = np.repeat(np.arange(50), 400)
    codes = rng.integers(0, 4, len(account))
    truth = np.array([0.6, 0.2, -0.2, -0.6])
    residual = truth[codes] + rng.normal(0, 1, len(account))
    (effects,) = fit(residual, account, 51, [Factor(codes, 4, half=50)])
    assert effects.mean[50] == pytest.approx(truth, abs=0.1)
    assert (effects.variance[50] > effects.variance[0]).all()


def test_busy_account_counts_no_more_than_one() -> None:
    # One account with 100,000 posts says +1 at level 0; twenty with 200 posts say -1.
    account = np.concatenate([np.zeros(100_000, dtype=np.int64), np.repeat(np.arange(1, 21), 200)])
    codes = np.arange(len(account)) % 2
    sign = np.where(account == 0, 1.0, -1.0)
    (effects,) = fit(np.where(codes == 0, sign, -sign), account, 22, [Factor(codes, 2, half=50)])
    assert effects.mean[21, 0] < -0.5
    assert effects.mean[0, 0] > 0.9


def test_intervals_cover_accounts_own_truth() -> None:
    rng = np.random.default_rng(7)
    accounts, levels, posts, half = 300, 12, 600, 40.0
    shared = rng.normal(0, 0.2, levels)
    truth = shared + rng.normal(0, np.sqrt(1 / half), (accounts, levels))
    account = np.repeat(np.arange(accounts), posts)
    codes = rng.integers(0, levels, len(account))
    residual = truth[account, codes] + rng.normal(0, 1, len(account))
    (effects,) = fit(residual, account, accounts, [Factor(codes, levels, half)])
    centred = truth - truth.mean(axis=1, keepdims=True)
    inside = np.abs(effects.mean - effects.mean.mean(axis=1, keepdims=True) - centred) <= 1.2816 * np.sqrt(
        effects.variance
    )
    assert 0.77 <= inside.mean() <= 0.86


def test_nothing_to_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="no posts"):
        fit(np.zeros(0), np.zeros(0, dtype=np.int64), 1, [])
