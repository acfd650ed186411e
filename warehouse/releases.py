"""Which snapshot of the lake people see: one row in PostgreSQL, moved only after a passed audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from foundation.database import Role, engine, utc_now, worker_session
from foundation.settings import Settings


class BuildStatus(StrEnum):
    """How a build ended: refused by its audits, or failed before them."""

    RUNNING = "running"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Release:
    """A released snapshot. `id` is the key of every cache; `released_at` is aware UTC."""

    id: int
    snapshot_id: int
    run_id: str
    released_at: datetime
    note: str | None = None


@dataclass(frozen=True)
class Build:
    """One run that wanted to release. Times are aware UTC."""

    id: int
    run_id: str
    started_at: datetime
    finished_at: datetime | None
    status: BuildStatus
    reasons: tuple[str, ...]


def start_build(run_id: str, settings: Settings | None = None) -> None:
    """Note that a build began; a run that starts again begins anew."""
    statement = (
        "INSERT INTO builds (run_id, started_at, status) VALUES (:run_id, :now, 'running') "
        "ON CONFLICT (run_id) DO UPDATE SET started_at = :now, finished_at = NULL, "
        "status = 'running', reasons = '[]'"
    )
    with worker_session(settings) as session:
        session.execute(text(statement), {"run_id": run_id, "now": utc_now()})


def finish_build(
    run_id: str, status: BuildStatus | str, reasons: Sequence[str] = (), settings: Settings | None = None
) -> None:
    """Note how a build ended. The reasons are shown to people of every organization: no customer's data.

    Raises:
        LookupError: no such build was started.
    """
    with worker_session(settings) as session:
        _finish(session, run_id, BuildStatus(status), reasons)


def fail_if_running(run_id: str, reasons: Sequence[str], settings: Settings | None = None) -> bool:
    """Note a build that ended without saying how; returns whether there was one."""
    statement = (
        "UPDATE builds SET finished_at = :now, status = 'failed', reasons = CAST(:reasons AS jsonb) "
        "WHERE run_id = :run_id AND status = 'running' RETURNING id"
    )
    values = {"run_id": run_id, "now": utc_now(), "reasons": json.dumps(list(reasons))}
    with worker_session(settings) as session:
        return session.execute(text(statement), values).one_or_none() is not None


def release(
    run_id: str, snapshot_id: int, note: str | None = None, settings: Settings | None = None
) -> Release:
    """Let everyone see this snapshot from now on, and note the run's build as released: one transaction.

    Raises:
        LookupError: no build of this run was started.
    """
    statement = (
        "INSERT INTO releases (snapshot_id, run_id, released_at, note) "
        "VALUES (:snapshot_id, :run_id, :now, :note) RETURNING id, snapshot_id, run_id, released_at, note"
    )
    values = {"snapshot_id": snapshot_id, "run_id": run_id, "now": utc_now(), "note": note}
    with worker_session(settings) as session:
        _finish(session, run_id, BuildStatus.RELEASED, ())
        return _release(session.execute(text(statement), values).one())


def current(settings: Settings | None = None) -> Release | None:
    """The release people see now; None before the first."""
    statement = "SELECT id, snapshot_id, run_id, released_at, note FROM releases ORDER BY id DESC LIMIT 1"
    with engine(Role.APP, settings).connect() as connection:
        row = connection.execute(text(statement)).one_or_none()
    return _release(row) if row is not None else None


def get(release_id: int, settings: Settings | None = None) -> Release | None:
    """A release by its id; None when there is no such one."""
    statement = "SELECT id, snapshot_id, run_id, released_at, note FROM releases WHERE id = :id"
    with engine(Role.APP, settings).connect() as connection:
        row = connection.execute(text(statement), {"id": release_id}).one_or_none()
    return _release(row) if row is not None else None


def last_build(settings: Settings | None = None) -> Build | None:
    """The build that ended last: when it is not `released`, people are told why. None before the first.

    A build still running is not it, so the banner stays until a newer build has ended.
    """
    statement = (
        "SELECT id, run_id, started_at, finished_at, status, reasons FROM builds "
        "WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1"
    )
    with engine(Role.APP, settings).connect() as connection:
        row = connection.execute(text(statement)).one_or_none()
    if row is None:
        return None
    return Build(
        row.id, row.run_id, row.started_at, row.finished_at, BuildStatus(row.status), tuple(row.reasons)
    )


def _finish(session: Session, run_id: str, status: BuildStatus, reasons: Sequence[str]) -> None:
    done = session.execute(
        text(
            "UPDATE builds SET finished_at = :now, status = :status, reasons = CAST(:reasons AS jsonb) "
            "WHERE run_id = :run_id RETURNING id"
        ),
        {
            "now": utc_now(),
            "status": status.value,
            "reasons": json.dumps(list(reasons)),
            "run_id": run_id,
        },
    ).one_or_none()
    if done is None:
        raise LookupError(f"no build of run {run_id!r} was started")


def _release(row: Row[tuple[int, int, str, datetime, str | None]]) -> Release:
    return Release(row.id, row.snapshot_id, row.run_id, row.released_at, row.note)
