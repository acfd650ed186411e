"""The generated world: a pure function of (seed, days, anchor, now).

What an account does on a local day comes from the random stream of (seed, account, day), so history goes on
by itself as time passes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sandbox import truth
from sandbox.brands import Profile, brands, profiles
from sandbox.growth import Followers
from sandbox.habits import Draft, day_of_posts
from sandbox.ids import post_id
from sandbox.model import Account, Counts, Floats, Kind, Post
from sandbox.outcomes import counts

_POSTS, _FINAL, _MISSED = 1, 2, 4


class _Life:
    """One account's posts and followers, made day by day and kept."""

    def __init__(self, seed: int, index: int, profile: Profile, first_day: int, busy: int) -> None:
        self.seed, self.index, self.profile, self.first_day = seed, index, profile, first_day
        self.busy = busy
        self.curve = truth.hour_of_week(profile.audience)
        self.followers = Followers(seed, index, profile.account, profile.audience, first_day)
        self.posts: list[Post] = []
        self.times: list[datetime] = []
        self._next_day = first_day

    def extend(self, until: datetime) -> None:
        """Make the posts of every local day up to `until`'s."""
        last = until.astimezone(self.profile.account.zone).date().toordinal()
        for day in range(self._next_day, last + 1):
            rng = truth.random(self.seed, self.index, _POSTS, day)
            account = self.profile.account
            drafts = day_of_posts(rng, account, self.profile.words, date.fromordinal(day), self.busy)
            for draft in drafts:
                self.posts.append(self._post(draft))
                self.times.append(draft.created_at)
        self._next_day = max(self._next_day, last + 1)

    def _post(self, draft: Draft) -> Post:
        account = self.profile.account
        # The first page's sequence is empty, as it always was; ids of other accounts carry their index.
        sequence = 0 if account.network == "facebook" else self.index
        new_id = post_id(account, draft.created_at, sequence)
        final = self.outcome(new_id, draft.created_at, draft.text, draft.kind)
        return Post(new_id, account.id, draft.created_at, draft.text, draft.kind, draft.link, final)

    def outcome(self, post_id: str, created_at: datetime, text: str, kind: Kind) -> Counts:
        """The final counts of a post, drawn from the stream of its id."""
        account = self.profile.account
        local = created_at.astimezone(account.zone)
        return counts(
            truth.random(self.seed, self.index, _FINAL, _number(post_id)),
            self.profile.audience,
            account.network,
            self.followers.at(created_at),
            float(self.curve[local.weekday(), local.hour]),
            kind,
            text,
        )

    def missed(self, day: int) -> bool:
        """Whether the network never delivers the numbers of that local day."""
        return bool(truth.random(self.seed, self.index, _MISSED, day).random() < truth.MISSED_DAY_SHARE)


def _number(post_id: str) -> int:
    """What of a post's id picks its random stream."""
    digits = post_id.rpartition("_")[2]
    return int(digits) if digits.isdecimal() else int.from_bytes(sha256(post_id.encode()).digest()[:8])


class GeneratedWorld:
    """Three fictional brands, each on every network. Implements sandbox.model.World."""

    def __init__(self, seed: int, days: int, brand_count: int = 3, busy: int = 1) -> None:
        """`busy` times as many posts a day as the brands make by themselves (one to three)."""
        self._seed, self._days, self._count, self._busy = seed, days, brand_count, busy
        usual = (brand_count, busy) == (3, 1)
        self.fingerprint = f"generated-{seed}-{days}" + ("" if usual else f"-{brand_count}-{busy}")
        self.brands = brands(brand_count)
        self._lives: dict[str, _Life] = {}

    def start(self, anchor: datetime) -> None:
        """Begin the history `days` local days before `anchor`; it is made when it is asked for."""
        for index, profile in enumerate(profiles(self._count)):
            first = anchor.astimezone(profile.account.zone).date().toordinal() - self._days
            self._lives[profile.account.id] = _Life(self._seed, index, profile, first, self._busy)

    def native_posts(self, account: Account, until: datetime) -> Sequence[Post]:
        """Posts the account made by itself up to `until` (UTC), oldest first."""
        life = self._lives[account.id]
        life.extend(until)
        return life.posts[: bisect_right(life.times, until)]

    def final_counts(
        self, account: Account, post_id: str, created_at: datetime, text: str, kind: Kind
    ) -> Counts:
        """What a post accepted through the API will have reached once it is old."""
        return self._lives[account.id].outcome(post_id, created_at, text, kind)

    def followers(self, account: Account, at: datetime) -> int | None:
        """Followers at a moment (UTC)."""
        return self._lives[account.id].followers.at(at)

    def daily(self, account: Account, first: int, last: int) -> dict[str, Floats] | None:
        """Follower movements of the local days `first`..`last`, NaN before the history begins."""
        return self._lives[account.id].followers.daily(first, last)

    def delivered(self, account: Account, day: int) -> bool:
        """Whether the network delivers the numbers of that local day."""
        life = self._lives[account.id]
        return day >= life.first_day and not life.missed(day)

    def truth(self, now: datetime) -> dict[str, Any]:
        """Curves, growth, content effects, noise and missed days of every account."""
        accounts = {account_id: _told(life, now) for account_id, life in self._lives.items()}
        return {"mode": "generated", "seed": self._seed, "days": self._days, "accounts": accounts}


def _told(life: _Life, now: datetime) -> dict[str, Any]:
    account, audience = life.profile.account, life.profile.audience
    today = now.astimezone(account.zone).date().toordinal()
    missed = [date.fromordinal(d).isoformat() for d in range(life.first_day, today) if life.missed(d)]
    return {
        "network": account.network,
        "brand": account.brand,
        "timezone": account.timezone,
        "hour_of_week": [[round(float(v), 6) for v in row] for row in life.curve],
        "reach_share": audience.reach_share,
        "engagement_rate": audience.engagement_rate,
        "growth": {
            "followers_at_start": audience.followers,
            "daily_rate": audience.daily_growth,
            "spikes": life.followers.spikes(today),
        },
        "missed_days": missed,
        **truth.describe(account.network),
    }
