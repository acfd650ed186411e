"""The publisher's loop: one thread that keeps the times, lanes that make the calls, a heartbeat."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
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
from publishing.holdings import Holdings
from publishing.lanes import Lane, Lanes
from publishing.policy import Policy
from publishing.senders import Senders
from publishing.sending import Ready, Sender
from publishing.states import State

log = logging.getLogger(__name__)
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
        self._lanes = Lanes(
            {
                Lane.SEND: policy.workers,
                Lane.LOOK: policy.looks,
                Lane.PREPARE: policy.preparers,
                Lane.READ: policy.readers,
            }
        )
        self._holdings = Holdings()
        self._counting = threading.Lock()
        self._result = WindowResult()
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
                if only is None and next_poll <= now and (now < until or self._holdings.looks):
                    self._poll(now, until, looks=now < until)
                    next_poll = now + self._policy.poll
                self._dispatch()
                is_over = now >= until and not self._holdings.is_busy
                if is_over and not (only and self._claim_due(now, only)):
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
            self._count(*states)
            self._claim_due(max(until, now))
            if looks:
                self._claim_looks(now)
            self._database_error = None
        except NO_DATABASE as error:
            log.warning("the database did not answer; trying again in a moment")
            self._database_error = error

    def _claim_due(self, until: datetime, only: Collection[UUID] | None = None) -> int:
        """Take what is due; how many were taken."""
        policy, taken = self._policy, 0
        while (room := min(policy.batch, policy.hold_at_most - self._holdings.posts)) > 0:
            # One network that hangs holds its share, and leaves the rest to the others.
            full = self._holdings.networks_with(max(1, policy.hold_at_most // 4))
            with worker_session(self._settings) as session:
                claims = claim_due(
                    *(session, self._owner, until), limit=room, lease=policy.lease, only=only, without=full
                )
            self._holdings.take(claims)
            self._hand_out(claims, Lane.PREPARE, self._prepare)
            self._dispatch()  # whose second comes while there is much to take
            taken += len(claims)
            if len(claims) < room:
                break
        return taken

    def _claim_looks(self, now: datetime) -> None:
        """As many as can begin at once: none waits in a lane, and posts keep their room."""
        room, lease = self._policy.looks - self._holdings.looks, self._policy.lease
        if room > 0:
            with worker_session(self._settings) as session:
                unknown = claim_unknown(session, self._owner, now, limit=room, lease=lease)
                room -= len(unknown)
                unsettled = claim_unsettled(session, self._owner, now, limit=room, lease=lease)
            self._holdings.take([*unknown, *unsettled], looks=True)
            self._hand_out(unknown, Lane.LOOK, partial(self._look, reconcile.look))
            self._hand_out(unsettled, Lane.LOOK, partial(self._look, settling.settle))

    def _hand_out(self, claims: list[Claim], lane: Lane, work: Callable[[Claim], None]) -> None:
        for claim in claims:
            self._lanes.submit(claim.network, lane, partial(work, claim))

    def _dispatch(self) -> None:
        """Send what has come due, read back what is public."""
        for ready in self._holdings.due(utc_now()):
            self._lanes.submit(ready.claim.network, Lane.SEND, partial(self._submit, ready))
        for ready, published in self._holdings.take_public():
            self._lanes.submit(ready.claim.network, Lane.READ, partial(self._complete, ready, published))

    def _wait(self, wake_at: datetime | None) -> None:
        """Sleep until the next post's second, the next poll (None: no more polls), or a change."""
        now = utc_now()
        seconds = (wake_at - now if wake_at else self._policy.poll).total_seconds()
        self._holdings.wait(seconds, now, until_idle=wake_at is None)

    def _prepare(self, claim: Claim) -> None:
        prepared: Ready | State | None = None
        try:
            with _unless_lost(claim):
                prepared = self._sender.prepare(claim)
                if isinstance(prepared, Ready):
                    self._holdings.wait_for_second(claim, prepared)
                else:
                    self._count(prepared)
        finally:
            if not isinstance(prepared, Ready):
                self._holdings.let_go(claim)

    def _submit(self, ready: Ready) -> None:
        lateness = (utc_now() - ready.claim.send_at) / timedelta(seconds=1)
        try:
            with _unless_lost(ready.claim):
                sent = self._sender.submit(ready)
                with self._counting:
                    self._result.add_lateness(lateness)
                self._count(sent.state)
                if sent.incomplete is not None:
                    self._holdings.add_public(ready, sent.incomplete)
        finally:
            self._holdings.let_go(ready.claim)

    def _complete(self, ready: Ready, published: Published) -> None:
        try:
            self._sender.complete(ready, published)
        finally:
            self._holdings.done_reading()

    def _look(self, look: Callable[[Claim, Sender], State], claim: Claim) -> None:
        try:
            with _unless_lost(claim):
                self._count(look(claim, self._sender))
        finally:
            self._holdings.let_go(claim)

    def _count(self, *states: State | None) -> None:
        with self._counting:
            self._result.outcomes.update(state for state in states if state is not None)

    def _beat(self, closing: threading.Event) -> None:
        while not closing.wait(self._policy.heartbeat.total_seconds()):
            ids = [claim.publication_id for claim in self._holdings.claims]
            try:
                with worker_session(self._settings) as session:
                    extend(session, self._owner, ids, self._policy.lease)
            except NO_DATABASE:
                # The fence stops us where the lease has run out; the next beat may come through.
                log.warning("the heartbeat did not reach the database")

    def _give_back(self) -> None:
        unsent = self._holdings.claims
        self._result.released = len(unsent)
        if unsent:
            with worker_session(self._settings) as session:
                release(session, unsent)


@contextmanager
def _unless_lost(claim: Claim) -> Iterator[None]:
    """A step of a claim that is no longer ours is left undone."""
    try:
        yield
    except LeaseLostError:
        log.info("publication %s was changed or taken over; left alone", claim.publication_id)
