"""Follower growth of one account: a trend, noise, and a spike now and then."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from sandbox import truth
from sandbox.model import Account, Floats

_GROWTH, _SPIKE = 3, 5
_CHURN = 0.0004
_SPIKE_EVERY_DAYS = 240
_SPIKE_SHAPE = (14.0, 6.0, 2.5)
"""Multiples of the usual follows on a spike's three days."""
_VISITS_SHARE = 0.004


def spike_day(seed: int, index: int, day: int) -> int:
    """The local day (proleptic ordinal) on which the spike of `day`'s 240-day block starts."""
    block = day // _SPIKE_EVERY_DAYS
    rng = truth.random(seed, index, _SPIKE, block)
    return block * _SPIKE_EVERY_DAYS + int(rng.integers(20, _SPIKE_EVERY_DAYS - 20))


class Followers:
    """Daily follows and unfollows from `first_day` on, extended as days pass."""

    def __init__(
        self, seed: int, index: int, account: Account, audience: truth.Audience, first_day: int
    ) -> None:
        self._seed, self._index, self._account, self._audience = seed, index, account, audience
        self._first = first_day
        self._level = [audience.followers]
        self._follows: list[int] = []
        self._unfollows: list[int] = []
        self._visits: list[int] = []

    def _extend(self, through: int) -> None:
        for day in range(self._first + len(self._follows), through + 1):
            rng = truth.random(self._seed, self._index, _GROWTH, day)
            level = self._level[-1]
            since = day - spike_day(self._seed, self._index, day)
            boost = _SPIKE_SHAPE[since] if 0 <= since < len(_SPIKE_SHAPE) else 1.0
            usual = level * (self._audience.daily_growth + _CHURN) * np.exp(rng.normal(0.0, 0.3))
            self._follows.append(int(rng.poisson(usual * boost)))
            self._unfollows.append(int(rng.poisson(level * _CHURN)))
            self._visits.append(int(rng.poisson(level * _VISITS_SHARE * min(boost, 4.0))))
            self._level.append(level + self._follows[-1] - self._unfollows[-1])

    def at(self, moment: datetime) -> int:
        """Followers at a moment (UTC); within a day they move in a straight line."""
        local = moment.astimezone(self._account.zone)
        day = local.date().toordinal()
        if day < self._first:
            return self._audience.followers
        self._extend(day)
        midnight = datetime.combine(local.date(), time(), self._account.zone)
        part = min((local - midnight) / timedelta(days=1), 1.0)
        before, after = self._level[day - self._first], self._level[day - self._first + 1]
        return int(before + part * (after - before))

    def daily(self, first: int, last: int) -> dict[str, Floats]:
        """Movements of the local days `first`..`last`, NaN before the history begins."""
        self._extend(last)
        skipped = max(self._first - first, 0)
        part = slice(first + skipped - self._first, max(last + 1 - self._first, 0))
        columns = {
            "follows": self._follows[part],
            "unfollows": self._unfollows[part],
            "followers": self._level[1:][part],
            "visits": self._visits[part],
        }
        pad = [float("nan")] * min(skipped, last - first + 1)
        return {name: np.array(pad + [float(v) for v in values]) for name, values in columns.items()}

    def spikes(self, last: int) -> list[str]:
        """First days of the spikes in `first_day`..`last`, ISO dates."""
        days = {spike_day(self._seed, self._index, day) for day in (*range(self._first, last, 60), last)}
        return [date.fromordinal(day).isoformat() for day in sorted(days) if self._first <= day <= last]
