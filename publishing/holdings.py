"""What one publisher holds: claims under way, those that wait for their second, posts to be read back."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import Counter, deque
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from platforms.contract import Published
from publishing.claim import Claim
from publishing.sending import Ready


class Holdings:
    """Shared by the thread that keeps the times and those that make the calls; every method locks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[UUID, Claim] = {}
        self._looking: set[UUID] = set()
        self._waiting: list[tuple[datetime, int, Ready]] = []
        self._public: deque[tuple[Ready, Published]] = deque()
        self._read_back = 0  # under way
        self._order = itertools.count()

    def take(self, claims: Collection[Claim], *, looks: bool = False) -> None:
        """Hold these from now on."""
        with self._changed:
            taken = {claim.publication_id: claim for claim in claims}
            self._held.update(taken)
            # What was looked for a moment ago may be a post again before that look has let go.
            self._looking = self._looking | taken.keys() if looks else self._looking - taken.keys()

    def let_go(self, claim: Claim) -> None:
        """Hold it no more; unless it was claimed anew meanwhile."""
        with self._changed:
            if self._held.get(claim.publication_id) is claim:
                del self._held[claim.publication_id]
                self._looking.discard(claim.publication_id)
            self._wake_when_idle()

    def wait_for_second(self, claim: Claim, ready: Ready) -> None:
        """What was claimed is prepared, and held until it is due."""
        with self._changed:
            if self._held.get(claim.publication_id) is not claim:
                return
            self._held[claim.publication_id] = ready.claim
            entry = (ready.claim.send_at, next(self._order), ready)
            heapq.heappush(self._waiting, entry)
            if self._waiting[0] is entry:
                self._changed.notify()

    def due(self, now: datetime) -> list[Ready]:
        """Those whose second has come; they wait no more."""
        with self._changed:
            found = []
            while self._waiting and self._waiting[0][0] <= now:
                found.append(heapq.heappop(self._waiting)[2])
            return found

    def add_public(self, ready: Ready, published: Published) -> None:
        """A post of which the rest is to be asked for."""
        with self._changed:
            self._public.append((ready, published))
            self._changed.notify()

    def take_public(self) -> list[tuple[Ready, Published]]:
        """The public posts to be read back, each of which is told `done_reading`."""
        with self._changed:
            found = list(self._public)
            self._public.clear()
            self._read_back += len(found)
            return found

    def done_reading(self) -> None:
        """One was read back."""
        with self._changed:
            self._read_back -= 1
            self._wake_when_idle()

    @property
    def is_busy(self) -> bool:
        """Whether anything is held or has to be read back."""
        with self._changed:
            return self._is_busy()

    @property
    def posts(self) -> int:
        """How many posts are held, those that are only looked for left out."""
        with self._changed:
            return len(self._held) - len(self._looking)

    @property
    def looks(self) -> int:
        """How many posts are being looked for."""
        with self._changed:
            return len(self._looking)

    @property
    def claims(self) -> list[Claim]:
        """All that is held."""
        with self._changed:
            return list(self._held.values())

    def networks_with(self, most: int) -> list[str]:
        """The networks of which so many posts are held."""
        with self._changed:
            held = Counter(claim.network for id_, claim in self._held.items() if id_ not in self._looking)
        return [network for network, count in held.items() if count >= most]

    def wait(self, seconds: float, now: datetime, *, until_idle: bool) -> None:
        """Sleep so long at most: less where a post falls due before, or there is something to read back.

        `until_idle`: not at all where nothing is held any more. `now` is aware UTC.
        """
        with self._changed:
            if self._public or (until_idle and not self._is_busy()):
                return
            if self._waiting:
                seconds = min(seconds, (self._waiting[0][0] - now).total_seconds())
            if seconds > 0:
                self._changed.wait(seconds)

    def _is_busy(self) -> bool:
        return bool(self._held or self._public or self._read_back)

    def _wake_when_idle(self) -> None:
        if not self._is_busy():
            self._changed.notify()
