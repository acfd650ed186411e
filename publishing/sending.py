"""The steps of one publication: prepare early, submit at its second, confirm once it is public."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.postgres import PostgresError
from foundation.settings import Settings
from platforms.contract import Account, Published
from platforms.errors import NetworkError, TemporarilyRejected
from publishing import ledger
from publishing.claim import Claim, LeaseLostError
from publishing.models import Publication
from publishing.outcomes import (
    Outcome,
    Step,
    Subject,
    confirmed,
    error_detail,
    error_name,
    failed_step,
    missed,
    named_another,
)
from publishing.policy import Policy
from publishing.senders import Senders
from publishing.states import State

log = logging.getLogger(__name__)
T = TypeVar("T")
RECORDING_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between tries to record an outcome


@dataclass(frozen=True)
class Ready:
    """A prepared publication that waits for its second."""

    claim: Claim
    account: Account


@dataclass(frozen=True)
class Sent:
    """What came of a submit: the new state, None when someone else settled it meanwhile.

    `incomplete` is the post as the answer gave it, where `complete` has to ask for the rest of it.
    """

    state: State | None
    incomplete: Published | None = None


@dataclass(frozen=True)
class Sender:
    """The steps, with what they need."""

    settings: Settings
    senders: Senders
    policy: Policy

    def prepare(self, claim: Claim) -> Ready | State:
        """Get the account and prepare the post; Ready, or the state it ended in.

        Raises:
            LeaseLostError: the publication is no longer ours.
        """
        with worker_session(self.settings) as session:
            attempt_id = ledger.begin_held(session, claim, Step.PREPARE)
        account: Account | None = None
        try:
            account = self.senders.account(claim.account_id)
            publisher = self.senders.publisher(claim.network)
            for ids in publisher.prepare(account, claim.message, claim.prepared):
                claim = self._kept(claim, ids)
        except LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001 - nothing is sent yet, so any error may be tried again
            outcome = self._failed(error, Step.PREPARE, claim, None)
            with worker_session(self.settings) as session:
                state = ledger.settle_held(session, claim, attempt_id, outcome)
            self.report(account, error)
            return state
        with worker_session(self.settings) as session:
            return Ready(ledger.finish_prepare(session, claim, attempt_id), account)

    def submit(self, ready: Ready) -> Sent:
        """Make it public: note, commit, call, record.

        Raises:
            LeaseLostError: the publication is no longer ours; nothing was sent.
        """
        policy = self.policy.within(ready.claim.missed_after)
        if utc_now() > ready.claim.due_at + policy.missed_after:
            outcome = missed(self.subject(ready.claim), policy, "Preparing it took too long.")
            with worker_session(self.settings) as session:
                return Sent(ledger.settle_held(session, ready.claim, None, outcome))
        with worker_session(self.settings) as session:
            sending = ledger.begin_submit(session, ready.claim)
        answer = self._call(ready, sending)
        if isinstance(answer, Published):
            outcome = confirmed(answer)
        else:
            outcome = self._failed(answer, Step.SUBMIT, sending.claim, sending.sent_at, first=sending.first)
        state = self._record(sending, outcome)
        if not isinstance(answer, Published):
            self.report(ready.account, answer)
            return Sent(state)
        whole = answer.permalink is not None and answer.published_at is not None
        # What is not settled is asked for again in any case.
        return Sent(state, None if whole or not answer.settled or state is not State.PUBLISHED else answer)

    def complete(self, ready: Ready, published: Published) -> None:
        """Ask for what the answer left out. The post is public: an error here is noted and raises nothing."""
        try:
            self._read_back(ready, published)
        except Exception as error:  # noqa: BLE001 - what is missing is a detail
            log_unexpected(error, Step.CONFIRM, ready.claim)

    def report(self, account: Account | None, error: Exception) -> None:
        """Pass on what a network said about the account's token, once the outcome is recorded."""
        if account is not None and isinstance(error, NetworkError):
            self.senders.report(account, error)

    def subject(self, claim: Claim) -> Subject:
        """The post as messages to people name it."""
        label = self.senders.label(claim.network)
        return Subject(claim.account_name, label, claim.message.text, claim.due_at, claim.attempt_count + 1)

    def _kept(self, claim: Claim, ids: Mapping[str, Any]) -> Claim:
        """Commit the ids a step of `prepare` gave, before the next one is asked for."""
        with worker_session(self.settings) as session:
            return ledger.keep_prepared(session, claim, ids)

    def _call(self, ready: Ready, sending: ledger.Sending) -> Published | Exception:
        """The one call. Whatever happens in it is returned: nothing may escape unrecorded."""
        claim = sending.claim
        try:
            self._still_timely(sending.sent_at)
            publisher = self.senders.publisher(claim.network)
            return publisher.submit(ready.account, claim.message, claim.prepared)
        except Exception as error:  # noqa: BLE001 - an unknown error leaves the publication unknown
            return error

    def _still_timely(self, sent_at: datetime) -> None:
        """After a pause of this process, another may have found the post absent: send no more."""
        if utc_now() - sent_at > self.policy.send_within:
            raise TemporarilyRejected("the publisher was paused before it could send")

    def _failed(
        self, error: Exception, step: Step, claim: Claim, sent_at: datetime | None, *, first: bool = False
    ) -> Outcome:
        log_unexpected(error, step, claim)
        policy = self.policy.within(claim.missed_after)
        return failed_step(error, step, self.subject(claim), utc_now(), sent_at, policy, first=first)

    def _record(self, sending: ledger.Sending, outcome: Outcome) -> State | None:
        """Commit an outcome, through a short loss of the database too: it is known only here."""
        for pause in RECORDING_PAUSES:
            try:
                return self._settle(sending, outcome)
            except (DBAPIError, PoolTimeoutError, PostgresError) as error:
                log.warning("recording an outcome failed (%s); trying again", type(error).__name__)
                time.sleep(pause)
        return self._settle(sending, outcome)

    def _settle(self, sending: ledger.Sending, outcome: Outcome) -> State | None:
        return ledger.unless_taken(
            lambda session, fitting: ledger.settle_submit(session, sending, fitting),
            outcome,
            lambda: named_another(self.subject(sending.claim), utc_now(), self.policy),
            self.settings,
        )

    def _read_back(self, ready: Ready, published: Published) -> None:
        claim = ready.claim
        with worker_session(self.settings) as session:
            attempt_id = ledger.begin(session, claim, Step.CONFIRM)
        try:
            publisher = self.senders.publisher(claim.network)
            known = publisher.confirm(ready.account, published.external_id)
        except Exception as error:  # noqa: BLE001 - noted; it is public whatever this read says
            log_unexpected(error, Step.CONFIRM, claim)
            with worker_session(self.settings) as session:
                ledger.finish(session, attempt_id, error_name(error), detail=error_detail(error))
            self.report(ready.account, error)
            return
        merged = replace(
            published,
            external_id=known.external_id,
            permalink=known.permalink or published.permalink,
            published_at=known.published_at or published.published_at,
        )
        with worker_session(self.settings) as session:
            ledger.finish(session, attempt_id, "confirmed", ids={"external_id": known.external_id})
            store_details(session, claim, merged)


def log_unexpected(error: Exception, step: Step, claim: Claim) -> None:
    """Log an error that is no NetworkError: its frames, not its message, which might carry a token."""
    if not isinstance(error, NetworkError):
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s of %s: %s\n%s", step, claim.publication_id, type(error).__name__, frames)


def store_details(session: Session, claim: Claim, published: Published) -> None:
    """Keep what the network says of a public post."""
    values = {
        "external_id": published.external_id,
        "permalink": published.permalink,
        "published_at": published.published_at,
    }
    known = {name: value for name, value in values.items() if value is not None}
    if known:
        session.execute(update(Publication).where(Publication.id == claim.publication_id).values(**known))
