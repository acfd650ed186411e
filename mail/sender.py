"""The sender: takes one e-mail at a time and sends it; woken by the outbox, and by the clock."""

from __future__ import annotations

import logging
import threading
import time

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from foundation import postgres
from foundation.database import Role, libpq_dsn, worker_session
from foundation.keyring import KeyRingError
from foundation.postgres import PostgresError
from foundation.settings import Settings
from mail import queue, sealing
from mail.letter import Letter, sender_address
from mail.models import CHANNEL, State
from mail.outcomes import LeaseLost, NotAccepted, Refused, Unanswered
from mail.queue import Claim, Outcome
from mail.transports import Transport

POLL_S = 5.0
LONGEST_PAUSE_S = 30.0  # between tries to reach the database

DATABASE_ERRORS = (SQLAlchemyError, psycopg.Error, PostgresError)

log = logging.getLogger(__name__)


def letter_of(claim: Claim, settings: Settings) -> Letter:
    """The claimed e-mail, opened.

    Raises:
        KeyRingError: it can't be.
    """
    content = sealing.unseal(claim.id, claim.sealed, settings)
    return Letter(claim.id, sender_address(settings.mail_from), claim.to, content, claim.written_at)


class Sender:
    """Sends what is due until `stop` is set; the e-mail in hand is finished first.

    Any number of them may run, in any number of processes.
    """

    def __init__(self, transport: Transport, settings: Settings, stop: threading.Event) -> None:
        self._transport, self._settings, self._stop = transport, settings, stop
        self._pause_s = 0.5

    def run(self) -> None:
        """Send until told to stop; a database that is away is waited for."""
        while not self._stop.is_set():
            try:
                self._listen_and_send()
            except DATABASE_ERRORS as error:
                log.warning("no database (%s), trying again in %.1f s", type(error).__name__, self._pause_s)
                self._stop.wait(self._pause_s)
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _listen_and_send(self) -> None:
        dsn = libpq_dsn(postgres.database_url(self._settings), role=Role.WORKER)
        with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as ears:
            ears.execute(f"LISTEN {CHANNEL}".encode())  # before the first look, so that nothing is missed
            while not self._stop.is_set():
                while not self._stop.is_set() and self.send_next():
                    pass
                self._pause_s = 0.5
                self._wait(ears)

    def _wait(self, ears: psycopg.Connection[tuple[object, ...]]) -> None:
        """Until something was written into the outbox, or the poll is due."""
        deadline = time.monotonic() + POLL_S
        while not self._stop.is_set() and time.monotonic() < deadline:
            for _ in ears.notifies(timeout=0.5, stop_after=1):
                return

    def send_next(self) -> bool:
        """Send the e-mail that has been due for longest; False when there is none."""
        with worker_session(self._settings) as session:
            claim = queue.take(session)
        if claim is None:
            return False
        outcome = self._deliver(claim)
        if outcome is not None:
            self._settle(claim, outcome)
        return True

    def _deliver(self, claim: Claim) -> Outcome | None:
        """What became of the claim; None when it is another's by now."""
        if claim.orphaned:
            return Outcome(State.FAILED, "the organization it was written for has been deleted")
        if claim.attempt > queue.MOST_ATTEMPTS:  # its senders died, or it took them too long, each time
            return queue.given_up("it was never handed over in time")
        handed_over = False

        def hand_over() -> None:
            nonlocal handed_over
            with worker_session(self._settings) as session:
                queue.hand_over(session, claim)
            handed_over = True

        try:
            self._transport.send(letter_of(claim, self._settings), hand_over)
        except LeaseLost:
            return None
        except NotAccepted as error:
            return queue.again(claim, str(error), error.wait)
        except Refused as error:
            return Outcome(State.FAILED, str(error))
        except Unanswered as error:
            return Outcome(State.UNKNOWN, f"{error}; it is not sent again", queue.FIRST_LOOK)
        except KeyRingError as error:
            return queue.again(claim, str(error))
        except Exception as error:  # noqa: BLE001 - one odd e-mail must not hold up the others
            return self._unexpected(claim, error, handed_over=handed_over)
        return Outcome(State.SENT)

    def _unexpected(self, claim: Claim, error: Exception, *, handed_over: bool) -> Outcome:
        """Before it was handed over nothing happened; after it, anything may have."""
        log.error("e-mail %s: %s", claim.id, type(error).__name__)  # its text may hold the e-mail's
        if handed_over:
            return Outcome(State.UNKNOWN, queue.NO_ANSWER, queue.FIRST_LOOK)
        return queue.again(claim, f"it could not be sent from here ({type(error).__name__})")

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        """Write the outcome down, however long the database is away: it is known only here."""
        while True:
            try:
                with worker_session(self._settings) as session:
                    queue.settle(session, claim, outcome)
            except DATABASE_ERRORS:
                if self._stop.wait(1.0):
                    raise
            else:
                log.info("e-mail %s: %s%s", claim.id, outcome.state, _because(outcome.problem))
                return


def _because(problem: str | None) -> str:
    return f" ({problem})" if problem else ""
