"""Which snapshot of the lake people see: the newest row of one table in PostgreSQL.

A build adds a row once its audits passed, a rollback (`warehouse.rollbacks`) adds one that names an earlier
release. Rows stay. Where the snapshot was given up (`warehouse.upkeep`) the row says since when and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import Role, engine, utc_now, worker_session
from foundation.settings import Settings
from warehouse import holds
from warehouse.holds import ReleaseError

# As the fields of `Release`.
COLUMNS: Final = (
    "id, snapshot_id, run_id, released_at, note, origin_id, made_by, expired_at, expired_because, "
    "(SELECT origin.released_at FROM releases AS origin WHERE origin.id = releases.origin_id)"
)
SHOWN: Final = 50


class BuildStatus(StrEnum):
    """How a build ended: refused by its audits, failed before them, or good while releases are held back."""

    RUNNING = "running"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed"
    HELD = "held"


class HeldError(ReleaseError):
    """The build is good, and releases are held back."""


@dataclass(frozen=True)
class Release:
    """A released snapshot. `id` is the key of every cache; times are aware UTC.

    A rollback has the release whose numbers it shows (`origin_id`), who made it, and why (`note`). With
    `expired_at` the snapshot is given up: nothing can be read as of this release any more.
    """

    id: int
    snapshot_id: int
    run_id: str
    released_at: datetime
    note: str | None = None
    origin_id: int | None = None
    made_by: str | None = None
    expired_at: datetime | None = None
    expired_because: str | None = None
    origin_released_at: datetime | None = None

    @property
    def numbers_of(self) -> int:
        """The id that these numbers were first released as."""
        return self.origin_id or self.id

    @property
    def numbers_at(self) -> datetime:
        """When these numbers were first released; a rollback is younger than what it shows."""
        return self.origin_released_at or self.released_at


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


def is_overtaken(run_id: str, settings: Settings | None = None) -> bool:
    """Whether another build began after this one: the lake may hold half of that one's work by now."""
    statement = (
        "SELECT EXISTS (SELECT FROM builds AS later JOIN builds AS own ON own.run_id = :run_id "
        "WHERE later.started_at > own.started_at)"
    )
    with worker_session(settings) as session:
        return bool(session.scalar(text(statement), {"run_id": run_id}))


def release(
    run_id: str, snapshot_id: int, note: str | None = None, settings: Settings | None = None
) -> Release:
    """Let everyone see this snapshot from now on, and note the run's build as released: one transaction.

    Raises:
        HeldError: releases are held back; the build is noted as such.
        LookupError: no build of this run was started.
    """
    statement = (
        "INSERT INTO releases (snapshot_id, run_id, released_at, note) "  # noqa: S608 - our own columns
        f"VALUES (:snapshot_id, :run_id, :now, :note) RETURNING {COLUMNS}"
    )
    values = {"snapshot_id": snapshot_id, "run_id": run_id, "now": utc_now(), "note": note}
    with worker_session(settings) as session:
        holds.take_pointer(session)
        hold = holds.present(session)
        if hold is None:
            _finish(session, run_id, BuildStatus.RELEASED, ())
            return Release(*session.execute(text(statement), values).one())
        _finish(session, run_id, BuildStatus.HELD, (hold.why,))
    raise HeldError(str(hold))


def current(settings: Settings | None = None) -> Release | None:
    """The release people see now; None before the first."""
    found = history(1, settings=settings)
    return found[0] if found else None


def get(release_id: int, settings: Settings | None = None) -> Release | None:
    """A release by its id, expired or not; None when there is no such one."""
    found = history(1, before=release_id + 1, settings=settings)
    return found[0] if found and found[0].id == release_id else None


def as_of(release_id: int | None = None, settings: Settings | None = None) -> Release:
    """The release to read by: this one, or (None) the current one.

    Raises:
        ReleaseError: there is none, or its snapshot was given up.
    """
    found = current(settings) if release_id is None else get(release_id, settings)
    if found is None:
        raise ReleaseError(
            "nothing is released yet: run `allin build`"
            if release_id is None
            else f"there is no release {release_id}; `allin releases list` shows which there are"
        )
    require_kept(found)
    return found


def history(limit: int = SHOWN, before: int | None = None, settings: Settings | None = None) -> list[Release]:
    """Releases and rollbacks, newest first; with `before`, those with a smaller id."""
    older = "WHERE id < :before" if before is not None else ""
    statement = f"SELECT {COLUMNS} FROM releases {older} ORDER BY id DESC LIMIT :limit"  # noqa: S608 - our own columns
    values = {"limit": limit} if before is None else {"limit": limit, "before": before}
    with engine(Role.APP, settings).connect() as connection:
        return [Release(*row) for row in connection.execute(text(statement), values)]


def named(session: Session, release_id: int) -> Release | None:
    """`get`, within a transaction."""
    statement = f"SELECT {COLUMNS} FROM releases WHERE id = :id"  # noqa: S608 - our own columns
    row = session.execute(text(statement), {"id": release_id}).one_or_none()
    return Release(*row) if row is not None else None


def require_kept(release: Release) -> None:
    """Go on only if it can be read.

    Raises:
        ReleaseError: its snapshot was given up; says since when and why.
    """
    if release.expired_at is not None:
        raise ReleaseError(
            f"the numbers of release {release.id} are no longer kept, "
            f"since {release.expired_at:%Y-%m-%d}: {release.expired_because}"
        )


def last_build(settings: Settings | None = None) -> Build | None:
    """The newest build that has ended: when it is not `released`, people are told why. None before the first.

    A build still running is not it, so the banner stays until a newer build has ended.
    """
    return _build("finished_at IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1", {}, settings)


def last_builds(limit: int, settings: Settings | None = None) -> list[Build]:
    """The newest builds, newest first, those under way among them."""
    where = "true ORDER BY started_at DESC, id DESC LIMIT :limit"
    return _builds(where, {"limit": limit}, settings)


def build_of(run_id: str, settings: Settings | None = None) -> Build | None:
    """The build of a run; None when there was none."""
    return _build("run_id = :run_id", {"run_id": run_id}, settings)


def _build(where: str, values: Mapping[str, object], settings: Settings | None) -> Build | None:
    return next(iter(_builds(where, values, settings)), None)


def _builds(where: str, values: Mapping[str, object], settings: Settings | None) -> list[Build]:
    statement = f"SELECT id, run_id, started_at, finished_at, status, reasons FROM builds WHERE {where}"  # noqa: S608
    with engine(Role.APP, settings).connect() as connection:
        rows = connection.execute(text(statement), values).all()
    return [
        Build(
            row.id, row.run_id, row.started_at, row.finished_at, BuildStatus(row.status), tuple(row.reasons)
        )
        for row in rows
    ]


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
