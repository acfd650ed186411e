"""The publisher's loop: one thread that keeps the times, lanes that make the calls, a heartbeat."""

from __future__ import annotations

import heapq
import itertools
import logging
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from foundation.database import utc_now, worker_session
from foundation.postgres import PostgresError
from foundation.settings import Settings
from platforms.contract import Published
from publishing import reconcile, settling
from publishing.claim import Claim, LeaseLostError, claim_due, claim_unknown, claim_unsettled, extend, release
from publishing.due import recover_orphans, sweep_missed
from publishing.lanes import Lane, Lanes
from publishing.policy import Policy
from publishing.senders import Senders
from publishing.sending import Ready, Sender
from publishing.states import State

log = logging.getLogger(__name__)
T = TypeVar("T")
NO_DATABASE = (OperationalError, PoolTimeoutError, PostgresError)  # passing: it is asked again


@dataclass
class WindowResult:
    """What a publisher did: publications by the state they came to, and how late the latest was sent.

    `max_lateness_s` is seconds between a post's time and the start of its sending; None when none was sent.
    """

    outcomes: Counter[State] = field(default_factory=Counter)
    max_lateness_s: float | None = None
    released: int = 0

    def add_lateness(self, seconds: float) -> None:
        """Take one sending into account."""
        self.max_lateness_s = seconds if self.max_lateness_s is None else max(seconds, self.max_lateness_s)


class PublisherLoop:
    """One publisher: a loop in the calling thread, lanes for the calls, a heartbeat for the leases."""

    def __init__(self, owner: str, settings: Settings, senders: Senders, policy: Policy) -> None:
        self._owner = f"{owner}/{secrets.token_hex(4)}"  # a name used twice is still two publishers
        self._settings, self._policy = settings, policy
        self._sender = Sender(settings, senders, policy)
        self._lanes = Lanes({Lane.SEND: policy.workers, Lane.LOOK: policy.looks, Lane.REST: policy.workers})
        self._changed = threading.Condition()  # guards what follows
        self._working: dict[UUID, Claim] = {}
        self._ready: list[tuple[datetime, int, Ready]] = []
        self._public: deque[tuple[Ready, Published]] = deque()  # to be read back
        self._looks = self._completions = 0  # under way
        self._result = WindowResult()
        self._order = itertools.count()
        self._database_error: Exception | None = None

    def run(
        self, until: datetime, stop: threading.Event, only: Collection[UUID] | None = None
    ) -> WindowResult:
        """Publish until `until` (aware UTC), or once and at once the publications `only`.

        What is due is claimed at least once, even after `until`. Posts due before `until` are finished
        even if that takes a little longer; no look begins after it, and while one that has begun keeps
        this publisher, it goes on taking what is due. With `stop` set, or on any exception in this
        thread, calls under way end, and what is unsent goes back.

        Raises:
            ExceptionGroup: something unforeseen went wrong; the states are safe nevertheless.
        """
        closing = threading.Event()
        heart = threading.Thread(target=self._beat, args=(closing,), name="heartbeat", daemon=True)
        heart.start()
        try:
            if only is not None:
                self._claim_due(until, only)
            else:
                self._poll(utc_now(), until, looks=True)
            next_poll = utc_now() + self._policy.poll
            while not stop.is_set():
                now = utc_now()
                if only is None and next_poll <= now and (now < until or self._looks):
                    self._poll(now, until, looks=now < until)
                    next_poll = now + self._policy.poll
                if not self._dispatch() and now >= until and not (only and self._claim_due(now, only)):
                    break
                self._wait(next_poll if now < until else None)
        finally:
            self._lanes.close()
            closing.set()
            heart.join()
            self._give_back()
        if errors := [*self._lanes.errors, *filter(None, [self._database_error])]:
            raise ExceptionGroup("publishing met errors", errors)
        return self._result

    def _poll(self, now: datetime, until: datetime, *, looks: bool) -> None:
        """Take over, sweep, claim posts and then looks.

        A lost database is asked again; one still lost at the end is an error.
        """
        policy, senders = self._policy, self._sender.senders
        try:
            with worker_session(self._settings) as session:
                states = recover_orphans(session, senders, policy) + sweep_missed(session, senders, policy)
            with self._changed:
                self._result.outcomes.update(states)
            self._claim_due(max(until, now))
            if looks:
                self._claim_looks(now)
            self._database_error = None
        except NO_DATABASE as error:
            log.warning("the database did not answer; trying again in a moment")
            self._database_error = error

    def _claim_due(self, until: datetime, only: Collection[UUID] | None = None) -> int:
        """Take what is due; how many were taken."""
        taken = 0
        while (room := self._room()) > 0:
            with worker_session(self._settings) as session:
                claims = claim_due(
                    session,
                    self._owner,
                    until,
                    limit=room,
                    lease=self._policy.lease,
                    only=only,
                    without=self._full(),
                )
            self._take(claims, Lane.REST, self._prepare)
            taken += len(claims)
            if len(claims) < room:
                break
        return taken

    def _claim_looks(self, now: datetime) -> None:
        """As many as can begin at once: none waits in a lane, and posts keep their room."""
        with self._changed:
            room = self._policy.looks - self._looks
        if room > 0:
            with worker_session(self._settings) as session:
                claims = claim_unknown(session, self._owner, now, limit=room, lease=self._policy.lease)
                unsettled = claim_unsettled(
                    session, self._owner, now, limit=room - len(claims), lease=self._policy.lease
                )
            with self._changed:
                self._looks += len(claims) + len(unsettled)
            self._take(claims, Lane.LOOK, partial(self._look, reconcile.look))
            self._take(unsettled, Lane.LOOK, partial(self._look, settling.settle))

    def _full(self) -> list[str]:
        """The networks that have their share of what one publisher holds: one that hangs leaves the rest."""
        with self._changed:
            held = Counter(one.network for one in self._held().values() if one.sent_at is None)  # no looks
        return [network for network, count in held.items() if count >= max(1, self._policy.hold_at_most // 4)]

    def _room(self) -> int:
        with self._changed:
            posts = len(self._held()) - self._looks
            return min(self._policy.batch, self._policy.hold_at_most - posts)

    def _held(self) -> dict[UUID, Claim]:
        """Every claim we hold: those being worked on and those waiting. The caller has the lock."""
        waiting = {ready.claim.publication_id: ready.claim for _, _, ready in self._ready}
        return self._working | waiting

    def _take(self, claims: list[Claim], lane: Lane, work: Callable[[Claim], None]) -> None:
        with self._changed:
            self._working.update({claim.publication_id: claim for claim in claims})
        for claim in claims:
            self._lanes.submit(claim.network, lane, _bound(work, claim))

    def _dispatch(self) -> bool:
        """Send what has come due, read back what is public; whether anything is still to be done."""
        with self._changed:
            now = utc_now()
            while self._ready and self._ready[0][0] <= now:
                _, _, ready = heapq.heappop(self._ready)
                self._working[ready.claim.publication_id] = ready.claim
                self._lanes.submit(ready.claim.network, Lane.SEND, _bound(self._submit, ready))
            while self._public:
                ready, published = self._public.popleft()
                self._completions += 1
                self._lanes.submit(ready.claim.network, Lane.REST, _bound(self._complete, (ready, published)))
            return self._busy()

    def _busy(self) -> bool:
        """Whether anything is held or has to be read back. The caller has the lock."""
        return bool(self._held() or self._public or self._completions)

    def _wait(self, wake_at: datetime | None) -> None:
        """Sleep until the next post's second, the next poll (None: no more polls), or a change."""
        with self._changed:
            if self._public or (wake_at is None and not self._busy()):
                return
            now = utc_now()
            times = [now + self._policy.poll, *([wake_at] if wake_at else [])]
            times += [self._ready[0][0]] if self._ready else []
            seconds = (min(times) - now) / timedelta(seconds=1)
            if seconds > 0:
                self._changed.wait(seconds)

    def _prepare(self, claim: Claim) -> None:
        with self._settling(claim):
            prepared = self._sender.prepare(claim)
            if isinstance(prepared, State):
                self._count(prepared)
                return
            with self._changed:
                heapq.heappush(self._ready, (claim.send_at, next(self._order), prepared))

    def _submit(self, ready: Ready) -> None:
        lateness = (utc_now() - ready.claim.send_at) / timedelta(seconds=1)
        with self._settling(ready.claim):
            sent = self._sender.submit(ready)
            self._count(sent.state)
            with self._changed:
                self._result.add_lateness(lateness)
                if sent.incomplete is not None:
                    self._public.append((ready, sent.incomplete))

    def _complete(self, public: tuple[Ready, Published]) -> None:
        try:
            self._sender.complete(*public)
        finally:
            with self._changed:
                self._completions -= 1
                self._changed.notify()

    def _look(self, look: Callable[[Claim, Sender], State], claim: Claim) -> None:
        with self._settling(claim):
            try:
                self._count(look(claim, self._sender))
            finally:
                with self._changed:
                    self._looks -= 1

    def _count(self, state: State | None) -> None:
        if state is not None:
            with self._changed:
                self._result.outcomes[state] += 1

    @contextmanager
    def _settling(self, claim: Claim) -> Iterator[None]:
        """Hold the claim during a step."""
        try:
            yield
        except LeaseLostError:
            log.info("publication %s was changed or taken over; left alone", claim.publication_id)
        finally:
            with self._changed:
                if self._working.get(claim.publication_id) is claim:  # else we have claimed it anew
                    del self._working[claim.publication_id]
                self._changed.notify()

    def _beat(self, closing: threading.Event) -> None:
        while not closing.wait(self._policy.heartbeat.total_seconds()):
            with self._changed:
                ids = list(self._held())
            try:
                with worker_session(self._settings) as session:
                    extend(session, self._owner, ids, self._policy.lease)
            except NO_DATABASE:
                # The fence stops us where the lease has run out; the next beat may come through.
                log.warning("the heartbeat did not reach the database")

    def _give_back(self) -> None:
        with self._changed:
            unsent = list(self._held().values())
            self._result.released = len(unsent)
        if unsent:
            with worker_session(self._settings) as session:
                release(session, unsent)


def _bound(work: Callable[[T], None], argument: T) -> Callable[[], None]:
    return lambda: work(argument)
