"""The outbox as senders see it: claims are leases, fenced by the number of the attempt and by time.

All times are the database's clock, so machines need not agree. `queued` and `sending` stand in the
statements as literals, for the planner to see that the index of what is due fits.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from mail.models import State
from mail.outcomes import LeaseLost

LEASE = timedelta(minutes=2)
ANSWER_LEASE = timedelta(minutes=6)  # longer than any service is waited for once it has the e-mail
RETRY_BASE = timedelta(seconds=30)
RETRY_CAP = timedelta(hours=1)
MOST_ATTEMPTS = 36  # about a day
FIRST_LOOK = timedelta(seconds=30)
LOOK_FOR = timedelta(days=1)

NO_ANSWER = "handed to the mail service, which never confirmed it: it may have arrived, and is not sent again"

_TAKE = """
UPDATE allin.emails
SET state = 'sending', attempts = attempts + 1, lease_until = now() + :lease
WHERE id = (
  SELECT id FROM allin.emails
  WHERE state IN ('queued', 'sending') AND handed_over_at IS NULL AND not_before <= now()
    AND (lease_until IS NULL OR lease_until < now())
  ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, to_address, sealed, attempts, created_at, EXISTS (
  SELECT FROM allin.organizations o WHERE o.id = organization_id AND o.deleted_at IS NOT NULL)
"""
_HAND_OVER = """
UPDATE allin.emails SET handed_over_at = now(), lease_until = now() + :lease
WHERE id = :id AND attempts = :attempt AND state = 'sending' AND lease_until > now()
"""
_SETTLE = """
UPDATE allin.emails
SET state = :state, problem = :problem, lease_until = NULL, not_before = now() + :wait,
  sealed = CASE WHEN :state IN ('sent', 'failed') THEN NULL ELSE sealed END,
  sent_at = CASE WHEN :state = 'sent' THEN now() END,
  handed_over_at = CASE WHEN :state = 'queued' THEN NULL ELSE handed_over_at END
WHERE id = :id AND attempts = :attempt AND state IN ('sending', 'unknown')
"""
_EXPIRE = """
UPDATE allin.emails SET state = 'unknown', problem = :problem, lease_until = NULL
WHERE state = 'sending' AND handed_over_at IS NOT NULL AND lease_until < now()
"""
_LOOK = """
UPDATE allin.emails
SET not_before = now() + greatest(interval '1 minute', (now() - handed_over_at) / 2)
WHERE id = (
  SELECT id FROM allin.emails
  WHERE state = 'unknown' AND sealed IS NOT NULL AND not_before <= now()
    AND handed_over_at > now() - :look_for
  ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, to_address, sealed, attempts, created_at
"""


@dataclass(frozen=True)
class Claim:
    """An e-mail in this process's hands; `attempt` counts the claims and fences what is written.

    `orphaned`: the organization in whose name it was written has been deleted since.
    """

    id: UUID
    to: str
    sealed: str = field(repr=False)
    attempt: int
    written_at: datetime
    orphaned: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a claim; `wait` is until the next try or look."""

    state: State
    problem: str | None = None
    wait: timedelta = timedelta()


def take(session: Session) -> Claim | None:
    """Claim the e-mail that has been due for longest: one never handed over, that nobody else holds."""
    return _claim(session.execute(text(_TAKE), {"lease": LEASE}).one_or_none())


def hand_over(session: Session, claim: Claim) -> None:
    """Note that the e-mail goes out as soon as this is committed.

    Raises:
        LeaseLost: the claim ran out; do not send.
    """
    values = {"id": claim.id, "attempt": claim.attempt, "lease": ANSWER_LEASE}
    if not _changed(session, _HAND_OVER, values):
        raise LeaseLost


def settle(session: Session, claim: Claim, outcome: Outcome) -> bool:
    """Write down what became of a claim; False when it is another's by now."""
    values = {
        "id": claim.id,
        "attempt": claim.attempt,
        "state": outcome.state.value,
        "problem": outcome.problem,
        "wait": outcome.wait,
    }
    return _changed(session, _SETTLE, values) == 1


def again(claim: Claim, problem: str, wait: timedelta | None = None) -> Outcome:
    """Try it again later, but not for ever."""
    if claim.attempt >= MOST_ATTEMPTS:
        return given_up(problem)
    return Outcome(State.QUEUED, problem, max(wait or timedelta(), retry_delay(claim.attempt)))


def given_up(problem: str) -> Outcome:
    """No further try."""
    return Outcome(State.FAILED, f"given up after {MOST_ATTEMPTS} tries: {problem}")


def retry_delay(attempts: int) -> timedelta:
    """Wait after this many attempts: exponential and capped, with half of it random.

    Source: "equal jitter", AWS Architecture Blog, Exponential Backoff And Jitter (2015).
    """
    full = min(RETRY_CAP, RETRY_BASE * float(2 ** min(max(attempts, 1) - 1, 32)))
    return full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards no secret


def expire(session: Session) -> int:
    """What a dead sender had handed over is unknown from now on; how many."""
    return _changed(session, _EXPIRE, {"problem": NO_ANSWER})


def next_look(session: Session) -> Claim | None:
    """The unknown e-mail whose look is due; the next look at it is put off first.

    The older the question, the rarer the looks; after a day there are none.
    """
    return _claim(session.execute(text(_LOOK), {"look_for": LOOK_FOR}).one_or_none())


def explain(session: Session, problem: str) -> int:
    """Say of every waiting e-mail why it waits; how many did not say so yet."""
    statement = """
    UPDATE allin.emails SET problem = :problem
    WHERE state = 'queued' AND problem IS DISTINCT FROM :problem
    """
    return _changed(session, statement, {"problem": problem})


def forget(session: Session) -> None:
    """Delete what was settled 90 days ago, and the text of what has been unknown for a day."""
    session.execute(
        text(
            "DELETE FROM allin.emails WHERE state IN ('sent', 'failed', 'unknown') "
            "AND created_at < now() - interval '90 days'"
        )
    )
    session.execute(
        text(
            "UPDATE allin.emails SET sealed = NULL WHERE state = 'unknown' AND sealed IS NOT NULL "
            "AND handed_over_at < now() - interval '1 day'"
        )
    )


def _claim(row: Row[Any] | None) -> Claim | None:
    return None if row is None else Claim(*row)


def _changed(session: Session, statement: str, values: dict[str, Any]) -> int:
    return int(session.execute(text(statement), values).rowcount)  # type: ignore[attr-defined]
