"""The deliveries as those who send them see them: claims are leases, fenced by the number of the attempt.

All times are the database's clock. `waiting` and `sending` stand in the statements as literals, for the
planner to see that the index of what is due fits.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from publishing.telling.models import DeliveryState

LEASE: Final = timedelta(seconds=45)  # longer than a try can take
AT_ONCE: Final = 2  # tries of one webhook at a time: a slow one leaves room for the others
REST: Final = timedelta(seconds=20)  # of a webhook that did not answer at all
RETRY_BASE: Final = timedelta(seconds=5)
RETRY_CAP: Final = timedelta(days=1)
MOST_ATTEMPTS: Final = 10  # after 5 s, 20 s, 80 s, 5 and 21 minutes, 1.4, 5.7 and 23 hours, a day: 2 days

_TAKE: Final = """
UPDATE allin.webhook_deliveries d
SET state = 'sending', attempts = d.attempts + 1, not_before = now() + :lease
FROM allin.webhooks w
WHERE w.id = d.webhook_id AND d.id = (
  SELECT c.id FROM allin.webhook_deliveries c JOIN allin.webhooks h ON h.id = c.webhook_id AND h.enabled
  JOIN allin.organizations o ON o.id = c.organization_id AND o.deleted_at IS NULL
  WHERE c.state IN ('waiting', 'sending') AND c.not_before <= now() AND c.webhook_id NOT IN (
    SELECT webhook_id FROM allin.webhook_deliveries
    WHERE state = 'sending' AND not_before > now() GROUP BY webhook_id HAVING count(*) >= :at_once)
  ORDER BY c.not_before LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
RETURNING d.id, d.webhook_id, d.body, d.attempts, w.url, w.sealed_secret
"""
_SETTLE: Final = """
UPDATE allin.webhook_deliveries
SET state = :state, status = :status, answer = :answer, not_before = now() + :wait,
  delivered_at = CASE WHEN :state = 'delivered' THEN now() ELSE delivered_at END
WHERE id = :id AND attempts = :attempt AND state = 'sending'
"""
_REST: Final = """
UPDATE allin.webhook_deliveries SET not_before = now() + :rest
WHERE webhook_id = :webhook_id AND state = 'waiting' AND not_before < now() + :rest
"""
_SWITCH_OFF: Final = """
WITH switched AS (UPDATE allin.webhooks SET enabled = false WHERE id = :webhook_id RETURNING id)
UPDATE allin.webhook_deliveries d SET state = 'failed', answer = :why
FROM switched WHERE d.webhook_id = switched.id AND d.state = 'waiting'
"""


@dataclass(frozen=True)
class Claim:
    """A delivery in this process's hands; `attempt` counts the claims and fences what is written."""

    id: UUID
    webhook_id: UUID
    body: str = field(repr=False)
    attempt: int
    url: str
    sealed_secret: str = field(repr=False)

    @property
    def message_id(self) -> str:
        """The message's id: the same at every try, so that who gets it twice can tell."""
        return f"msg_{self.id.hex}"


@dataclass(frozen=True)
class Outcome:
    """What became of a try: the answer's `status` and beginning, and the wait until the next try.

    `silent`: there was no answer at all.
    """

    state: DeliveryState
    status: int | None = None
    answer: str = ""
    wait: timedelta = timedelta()
    silent: bool = False


def take(session: Session) -> Claim | None:
    """Claim the delivery that has been due for longest, of a webhook that is not busy with others."""
    row = session.execute(text(_TAKE), {"lease": LEASE, "at_once": AT_ONCE}).one_or_none()
    return None if row is None else Claim(*row)


def settle(session: Session, claim: Claim, outcome: Outcome) -> None:
    """Write down what became of a claim, unless it is another's by now."""
    values: dict[str, Any] = {
        "id": claim.id,
        "attempt": claim.attempt,
        "state": outcome.state.value,
        "status": outcome.status,
        "answer": outcome.answer,
        "wait": outcome.wait,
    }
    session.execute(text(_SETTLE), values)
    if outcome.silent:
        session.execute(text(_REST), {"webhook_id": claim.webhook_id, "rest": REST})


def switch_off(session: Session, webhook_id: UUID, why: str) -> None:
    """Disable a webhook; what waits for it is given up, and says why."""
    session.execute(text(_SWITCH_OFF), {"webhook_id": webhook_id, "why": why})


def again(claim: Claim, outcome: Outcome, wait: timedelta | None = None) -> Outcome:
    """The same to be tried later, not before `wait`, but not for ever."""
    given_up = claim.attempt >= MOST_ATTEMPTS
    later = max(min(wait or timedelta(), RETRY_CAP), retry_delay(claim.attempt))
    return Outcome(
        DeliveryState.FAILED if given_up else DeliveryState.WAITING,
        outcome.status,
        outcome.answer,
        timedelta() if given_up else later,
        outcome.silent,
    )


def retry_delay(attempts: int) -> timedelta:
    """Wait after this many attempts: exponential up to a day, with a quarter of it random."""
    full = min(RETRY_CAP, RETRY_BASE * float(4 ** min(max(attempts, 1) - 1, 16)))
    return full * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, guards no secret
