"""Batches that wait: told to their organization, and what was decided about them carried into the lake.

The lake's ``raw.quarantine`` is what models read; ``allin.quarantined_batches`` is what people see and
decide on. A verdict is written here with its line in the audit trail, and carried into the lake at the next
look (`warehouse.gates.settling`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import duckdb
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity.errors import NotFoundError
from identity.permissions import Permission, require
from identity.work import Work
from warehouse.gates.checks import BY_NAME
from warehouse.lake import retrying

WAITING: Final = """
SELECT q.organization_id, q.account_id, q.network, q.entity, p.observed_hour, q.run_id,
       list(DISTINCT {'name': q.check_name, 'reason': q.reason}) AS checks, count(DISTINCT q.answer_id),
       min(q.found_at)
FROM lake.raw.quarantine AS q JOIN lake.raw.gate_pages AS p USING (answer_id)
WHERE q.verdict IS NULL GROUP BY ALL
"""
# A batch that was settled and got more answers since waits again; a verdict that is on its way stays.
PUBLISH: Final = """
INSERT INTO quarantined_batches
  (organization_id, account_id, network, entity, observed_hour, run_id, checks, answers, found_at)
SELECT a.organization_id, a.id, :network, :entity, :hour, :run_id, CAST(:checks AS jsonb), :answers, :found_at
FROM accounts a WHERE a.id = CAST(:account_id AS uuid)
ON CONFLICT (account_id, entity, observed_hour, run_id) DO UPDATE
SET checks = excluded.checks, answers = excluded.answers, found_at = excluded.found_at, verdict = NULL,
    settled_at = NULL, settled_by = NULL, applied_at = NULL
WHERE quarantined_batches.applied_at IS NOT NULL OR quarantined_batches.verdict IS NULL
"""
APPLY: Final = """
UPDATE lake.raw.quarantine SET verdict = $verdict, settled_at = $settled_at
WHERE verdict IS NULL AND account_id = $account_id AND entity = $entity AND run_id = $run_id AND answer_id
  IN (
  SELECT answer_id FROM lake.raw.gate_pages WHERE account_id = $account_id AND observed_hour = $hour
)
"""
COLUMNS: Final = (
    "q.id, q.organization_id, q.account_id, q.network, q.entity, q.observed_hour, q.run_id, q.checks, "
    "q.answers, "
    "q.found_at, q.verdict, q.settled_at, q.settled_by, a.name AS account_name, a.brand_id"
)
FROM: Final = "FROM quarantined_batches q JOIN accounts a ON a.id = q.account_id"


class Verdict(StrEnum):
    """What was decided about a batch."""

    ACCEPTED = "accepted"  # its numbers are taken in by the next build
    REJECTED = "rejected"  # its numbers are left out for good


@dataclass(frozen=True)
class Batch:
    """Answers of one account that are set aside together. Times are aware UTC; `hour` is the one they were
    asked in.

    `checks` names what it broke, `reasons` are sentences about each, `advice` what to do about the first.
    `verdict` None: it waits. `settled_by` is an address, `identity.audit.OPERATOR` or `settling.SELF`.
    """

    id: int
    organization_id: UUID
    account_id: UUID
    account_name: str
    brand_id: UUID
    network: str
    entity: str
    hour: datetime
    run_id: str
    answers: int
    checks: tuple[str, ...]
    reasons: tuple[str, ...]
    advice: str
    found_at: datetime
    verdict: Verdict | None
    settled_at: datetime | None
    settled_by: str | None


def listed(work: Work, *, limit: int = 100) -> list[Batch]:
    """The caller's batches: those that wait first, then the newest.

    Raises:
        ForbiddenError: the caller may not read numbers.
    """
    require(work.principal, Permission.ANALYTICS_READ)
    return _listed(work.session, limit)


def all_listed(settings: Settings | None = None, *, limit: int = 1000) -> list[Batch]:
    """The same of every organization, for the operator."""
    with worker_session(settings) as session:
        return _listed(session, limit)


def publish(connection: duckdb.DuckDBPyConnection, settings: Settings | None = None) -> int:
    """Show people what waits in the lake; returns how many batches. May be repeated."""
    rows = connection.execute(WAITING).fetchall()
    names = (
        "organization_id",
        "account_id",
        "network",
        "entity",
        "hour",
        "run_id",
        "checks",
        "answers",
        "found_at",
    )
    with worker_session(settings) as session:
        for row in rows:
            values = dict(zip(names, row, strict=True))
            session.execute(text(PUBLISH), {**values, "checks": _json(values["checks"])})
    return len(rows)


def apply_verdicts(connection: duckdb.DuckDBPyConnection, settings: Settings | None = None) -> int:
    """Carry people's verdicts into the lake; returns how many. Killed in between, the next call does it
    again."""
    statement = text(
        "SELECT id, account_id::text, entity, observed_hour AS hour, run_id, verdict, settled_at "
        "FROM quarantined_batches WHERE verdict IS NOT NULL AND applied_at IS NULL ORDER BY id"
    )
    with worker_session(settings) as session:
        decided = [dict(row) for row in session.execute(statement).mappings()]
    for each in decided:
        batch_id = each.pop("id")
        retrying(lambda values=each: connection.execute(APPLY, values))  # type: ignore[misc]
        with worker_session(settings) as session:
            session.execute(
                text("UPDATE quarantined_batches SET applied_at = :now WHERE id = :id"),
                {"now": utc_now(), "id": batch_id},
            )
    return len(decided)


def _listed(session: Session, limit: int) -> list[Batch]:
    statement = (
        f"SELECT {COLUMNS} {FROM} ORDER BY q.verdict IS NOT NULL, q.found_at DESC, q.id DESC LIMIT :limit"
    )
    return [_batch(row) for row in session.execute(text(statement), {"limit": limit})]


def find(session: Session, batch_id: int) -> Batch:
    """A batch by its number.

    Raises:
        NotFoundError: there is none that the session may see.
    """
    row = session.execute(text(f"SELECT {COLUMNS} {FROM} WHERE q.id = :id"), {"id": batch_id}).one_or_none()
    if row is None:
        raise NotFoundError("There is no such batch of numbers, or it is not yours to see.")
    return _batch(row)


def _batch(row: Row[Any]) -> Batch:
    known = [BY_NAME[each["name"]] for each in row.checks if each["name"] in BY_NAME]
    return Batch(
        row.id,
        row.organization_id,
        row.account_id,
        row.account_name,
        row.brand_id,
        row.network,
        row.entity,
        row.observed_hour,
        row.run_id,
        row.answers,
        tuple(str(each["name"]) for each in row.checks),
        tuple(str(each["reason"]) for each in row.checks),
        known[0].advice if known else "Look at the account on the network, then decide.",
        row.found_at,
        Verdict(row.verdict) if row.verdict else None,
        row.settled_at,
        row.settled_by,
    )


def _json(checks: Any) -> str:
    ordered = sorted(
        checks, key=lambda each: list(BY_NAME).index(each["name"]) if each["name"] in BY_NAME else 99
    )
    return json.dumps(ordered)
