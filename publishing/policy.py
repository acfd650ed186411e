"""How long, how often, how many: the numbers of the publisher, and the delays computed from them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from foundation.settings import Settings


@dataclass(frozen=True)
class Policy:
    """The publisher's numbers. Durations are timedeltas; the defaults suit a real installation."""

    missed_after: timedelta = timedelta(minutes=30)
    lease: timedelta = timedelta(seconds=30)
    heartbeat: timedelta = timedelta(seconds=8)
    poll: timedelta = timedelta(seconds=1)
    batch: int = 100  # publications taken by one claim
    # Publications one publisher holds at a time: a hundred a second, as far ahead as it looks.
    hold_at_most: int = 8000
    workers: int = 16  # posts sent at a time to one network
    preparers: int = 8  # posts prepared at a time for one network: fewer, so that they hold up no sending
    readers: int = 2  # public posts read back at a time, of one network
    looks: int = 8  # unknown publications one publisher looks for at a time
    # A publisher that was paused between its note "sent" and the call makes the call no more.
    send_within: timedelta = timedelta(seconds=10)
    retry_base: timedelta = timedelta(seconds=5)
    retry_cap: timedelta = timedelta(minutes=5)
    first_look: timedelta = timedelta(seconds=5)
    look_cap: timedelta = timedelta(hours=1)
    # Longer than any request can stay in flight, so that what is absent now stays absent.
    absent_after: timedelta = timedelta(seconds=60)
    absent_looks: int = 2
    ask_after: timedelta = timedelta(minutes=10)  # of looks that failed: a person may see more
    stop_looking_after: timedelta = timedelta(days=3)
    first_confirm: timedelta = timedelta(seconds=5)
    confirm_cap: timedelta = timedelta(hours=6)
    stop_confirming_after: timedelta = timedelta(days=14)  # networks review for days

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The policy of an installation."""
        return cls(missed_after=timedelta(minutes=settings.missed_after_minutes))

    def within(self, missed_after: timedelta | None) -> Policy:
        """The policy with an organization's own limit of lateness; None keeps the installation's."""
        return self if missed_after is None else replace(self, missed_after=missed_after)

    def retry_delay(self, tries: int) -> timedelta:
        """Wait before try `tries` + 1: exponential and capped, with half of it random.

        Source: "equal jitter", AWS Architecture Blog, Exponential Backoff And Jitter (2015).
        """
        full = _doubled(self.retry_base, max(tries, 1) - 1, self.retry_cap)
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards no secret

    def look_delay(self, looks: int) -> timedelta:
        """Wait after `looks` vain looks for a post whose sending was never answered."""
        return _doubled(self.first_look, looks, self.look_cap)


def next_confirm(policy: Policy, since_sent: timedelta) -> timedelta | None:
    """When to ask again for a post that its network still looks at: after half as long as it took so far.

    None: not any more.
    """
    if since_sent > policy.stop_confirming_after:
        return None
    return min(max(since_sent / 2, policy.first_confirm), policy.confirm_cap)


def _doubled(base: timedelta, times: int, cap: timedelta) -> timedelta:
    """`base` doubled `times` times, at most `cap`; safe for any number of times."""
    return min(cap, base * float(2 ** min(times, 32)))
