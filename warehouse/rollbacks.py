"""Going back: one new row names an earlier release, and everybody sees its numbers again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from warehouse import holds
from warehouse.holds import ReleaseError
from warehouse.releases import COLUMNS, Release, named, require_kept

INSERT: Final = text(
    "INSERT INTO releases (snapshot_id, run_id, released_at, note, origin_id, made_by) "  # noqa: S608
    f"VALUES (:snapshot_id, :run_id, :now, :why, :origin_id, :who) RETURNING {COLUMNS}"
)
NEWEST: Final = text(f"SELECT {COLUMNS} FROM releases ORDER BY id DESC LIMIT 1")  # noqa: S608 - our own columns
# It holds rows of an organization that was removed since.
ERASED: Final = "EXISTS (SELECT FROM erasures WHERE erasures.snapshot_id > releases.snapshot_id)"
# A rollback shows numbers of an earlier release, so one step back is from there.
BEFORE: Final = text(
    f"SELECT {COLUMNS} FROM releases WHERE origin_id IS NULL AND expired_at IS NULL "  # noqa: S608
    f"AND id < :shown AND snapshot_id <> :snapshot_id AND NOT {ERASED} ORDER BY id DESC LIMIT 1"
)


def rollback(
    who: str, why: str, to: int | None = None, *, hold: bool = False, settings: Settings | None = None
) -> Release:
    """Let everyone see an earlier release again: `to`, or the one before what they see now.

    The next good build releases again, unless `hold` has it wait for `holds.resume`. `who` and `why` are
    shown.

    Raises:
        ReleaseError: there is no such release, it is expired, or it is what people see already.
    """
    with worker_session(settings) as session:
        holds.take_pointer(session)
        line = holds.reason(why)
        target = _target(session, to)
        if hold and holds.present(session) is None:
            holds.insert(session, who, line)
        values = {
            "snapshot_id": target.snapshot_id,
            "run_id": target.run_id,
            "now": utc_now(),
            "why": line,
            "origin_id": target.numbers_of,
            "who": who,
        }
        return Release(*session.execute(INSERT, values).one())


def _target(session: Session, to: int | None) -> Release:
    newest = session.execute(NEWEST).one_or_none()
    if newest is None:
        raise ReleaseError("nothing is released yet, so there is nothing to go back to")
    shown = Release(*newest)
    if to is not None:
        return _named(session, to, shown)
    values = {"shown": shown.numbers_of, "snapshot_id": shown.snapshot_id}
    row = session.execute(BEFORE, values).one_or_none()
    if row is None:
        raise ReleaseError(f"there is no release before {shown.numbers_of} to go back to")
    return Release(*row)


def _named(session: Session, release_id: int, shown: Release) -> Release:
    target = named(session, release_id)
    if target is None:
        raise ReleaseError(f"there is no release {release_id}")
    require_kept(target)
    if session.scalar(text(f"SELECT {ERASED} FROM releases WHERE id = :id"), {"id": release_id}):  # noqa: S608
        raise ReleaseError(f"release {release_id} holds numbers of an organization that was removed for good")
    if target.snapshot_id == shown.snapshot_id:
        raise ReleaseError(f"the numbers of release {target.numbers_of} are what people see already")
    return target
