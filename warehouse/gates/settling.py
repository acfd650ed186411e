"""Deciding about batches that wait: by a member who may, by the operator, or by AllIN where later ones came
right. What waits of one account for one reason is decided together, with its line in the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import duckdb
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.audit import OPERATOR, Action, Target, record, write
from identity.errors import ConflictError
from identity.permissions import Permission, require
from identity.principal import Origin
from identity.work import Work
from warehouse.gates import quarantine
from warehouse.gates.checks import UNFIT
from warehouse.gates.quarantine import Batch, Verdict, find

# Batches all of whose posts or days came again later, and passed; somebody else's posts never do.
REPLACED: Final = """
WITH waiting AS (
  SELECT p.account_id, p.entity, p.observed_hour, p.run_id, q.check_name, f.subject
  FROM lake.raw.quarantine AS q JOIN lake.raw.gate_pages AS p USING (answer_id)
  LEFT JOIN (
    SELECT DISTINCT answer_id, subject FROM lake.raw.gate_figures
    WHERE answer_id IN (SELECT answer_id FROM lake.raw.quarantine WHERE verdict IS NULL)
  ) AS f USING (answer_id)
  WHERE q.verdict IS NULL
), good AS (
  SELECT account_id, entity, subject, max(observed_hour) AS hour FROM lake.raw.gate_figures
  WHERE answer_id NOT IN (SELECT answer_id FROM lake.raw.quarantine WHERE verdict IS DISTINCT FROM 'accepted')
    AND account_id IN (SELECT account_id FROM waiting)
    AND observed_hour > (SELECT min(observed_hour) FROM waiting) GROUP BY ALL
)
SELECT w.account_id, w.entity, w.observed_hour, w.run_id
FROM waiting AS w LEFT JOIN good AS g
  ON g.account_id = w.account_id AND g.entity = w.entity AND g.subject = w.subject
    AND g.hour > w.observed_hour
GROUP BY ALL HAVING count(w.subject) > 0 AND bool_and(w.subject IS NULL OR g.hour IS NOT NULL)
  AND NOT bool_or(w.check_name = $unfit)
"""
SELF: Final = "AllIN"  # who decides where nobody has to
ALIKE: Final = text(
    "SELECT id FROM quarantined_batches WHERE verdict IS NULL AND account_id = :account_id "
    "AND entity = :entity AND checks->0->>'name' = :check ORDER BY id FOR UPDATE"
)
ONE: Final = text(
    "SELECT id FROM quarantined_batches WHERE verdict IS NULL AND account_id = CAST(:account_id AS uuid) "
    "AND entity = :entity AND observed_hour = :hour AND run_id = :run_id FOR UPDATE"
)
SETTLE: Final = text(
    "UPDATE quarantined_batches SET verdict = :verdict, settled_at = :now, settled_by = :who "
    "WHERE id = ANY (:ids)"
)


def settle(work: Work, batch_id: int, verdict: Verdict) -> Batch:
    """Decide about a batch that waits, and about all that wait of that account for the same reason, with a
    line in the audit trail.

    Raises:
        ForbiddenError: the caller may not connect accounts of its brand, so may not decide about their
        numbers. NotFoundError: there is no such batch that the caller may see.
        ConflictError: somebody has decided about it already.
    """
    batch = find(work.session, batch_id)
    require(work.principal, Permission.ACCOUNTS_CONNECT, batch.brand_id)
    hours = _settle(work.session, batch, _alike(work.session, batch), verdict, work.principal.email)
    record(work, Action.UPDATED, _target(batch, hours), **_change(verdict, batch))
    return batch


def settle_as_operator(
    batch_id: int, verdict: Verdict, settings: Settings | None = None
) -> tuple[Batch, int]:
    """The same by whoever runs the installation; also returns how many others were decided about with it.

    Raises:
        NotFoundError: there is no such batch.
        ConflictError: somebody has decided about it already.
    """
    with worker_session(settings) as session:
        batch = find(session, batch_id)
        hours = _settle_for_us(session, batch, _alike(session, batch), verdict, OPERATOR)
    return batch, hours - 1


def settle_alone(
    key: tuple[str, str, datetime, str], verdict: Verdict, who: str, settings: Settings | None = None
) -> bool:
    """Decide about one batch (account, entity, hour in aware UTC, run), for `OPERATOR` or `SELF`; whether it
    still waited."""
    names = ("account_id", "entity", "hour", "run_id")
    with worker_session(settings) as session:
        row = session.execute(ONE, dict(zip(names, key, strict=True))).one_or_none()
        if row is None:
            return False
        _settle_for_us(session, find(session, row.id), [row.id], verdict, who)
    return True


def settle_replaced(connection: duckdb.DuckDBPyConnection, settings: Settings | None = None) -> int:
    """Leave out what waits and came right since: all its posts or days were sent again later, and passed.

    Returns how many batches. The lake hears of it at once.
    """
    rows = connection.execute(REPLACED, {"unfit": UNFIT}).fetchall()
    keys = [(str(account), str(entity), hour, str(run_id)) for account, entity, hour, run_id in rows]
    done = sum(settle_alone(key, Verdict.REJECTED, SELF, settings) for key in keys)
    if done:
        quarantine.apply_verdicts(connection, settings)
    return done


def _alike(session: Session, batch: Batch) -> list[int]:
    """What waits of the same account for the same reason; locked, always in the same order."""
    values = {"account_id": batch.account_id, "entity": batch.entity, "check": batch.checks[0]}
    return [int(row.id) for row in session.execute(ALIKE, values)]


def _settle(session: Session, batch: Batch, ids: Sequence[int], verdict: Verdict, who: str) -> int:
    """Decide about all of them; how many there were."""
    if batch.id not in ids:
        raise ConflictError("Somebody has decided about these numbers already. Look at the page again.")
    values = {"verdict": verdict.value, "now": utc_now(), "who": who, "ids": list(ids)}
    session.execute(SETTLE, values)
    return len(ids)


def _settle_for_us(session: Session, batch: Batch, ids: Sequence[int], verdict: Verdict, who: str) -> int:
    hours = _settle(session, batch, ids, verdict, who)
    target, change = _target(batch, hours), _change(verdict, batch)
    write(session, Origin(), who, Action.UPDATED, target, batch.organization_id, **change)
    return hours


def _target(batch: Batch, hours: int) -> Target:
    more = f" and {hours - 1} more" if hours > 1 else ""
    name = f"{batch.account_name} ({batch.hour:%Y-%m-%d %H}:00 UTC{more})"
    return Target("numbers", batch.account_id, name)


def _change(verdict: Verdict, batch: Batch) -> dict[str, Mapping[str, Any]]:
    return {
        "before": {"numbers": "set aside"},
        "after": {"numbers": verdict.value, "reason": " ".join(batch.reasons)},
    }
