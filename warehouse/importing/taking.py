"""Taking an examined file in: all of its right rows in one commit, or nothing.

The row in PostgreSQL comes first, as `landing`; then the commit of the lake; then it is `landed`. Killed in
between, the same file imported again goes on: its id comes of its rows, and rows that are there are not
landed again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings, get_settings
from foundation.turns import turn
from platforms.account_rows import ConnectedAccount
from warehouse import lake
from warehouse.importing import accounts, landing, records
from warehouse.importing.answers import Batch, written
from warehouse.importing.examining import Examined, Progress
from warehouse.importing.records import Import, State
from warehouse.landing import land_registry, registry

# What else to write in the transaction, about the import of this id.
Record = Callable[[Session, UUID], None]


class NotTakenError(ValueError):
    """The file is not taken in; the message is for people."""


@dataclass(frozen=True)
class By:
    """Who imports: a person, or the operator at the command line."""

    name: str
    person_id: UUID | None = None


@dataclass(frozen=True)
class Taken:
    """What came of it. `again`: the same rows were there already, and nothing was changed."""

    id: UUID
    rows: int
    again: bool


def take(
    examined: Examined,
    by: By,
    *,
    skip_bad: bool = False,
    create: bool = False,
    progress: Progress | None = None,
    record: Record | None = None,
    settings: Settings | None = None,
) -> Taken:
    """Import the right rows of a file; with `skip_bad` also where others are wrong.

    `create` makes the accounts that the file names and the organization does not have: as imported ones,
    which are never collected nor published on. `progress` hears how many rows are written, and which share.

    Raises:
        NotTakenError: something is wrong or missing, and was not agreed to; nothing is imported.
        LakeError, duckdb.Error: the lake does not take it; nothing is imported.
    """
    settings = settings or get_settings()
    _check(examined, skip_bad=skip_bad, create=create)
    wanted = examined.wanted
    tenant = wanted.tenant
    id_ = records.import_id(tenant.organization_id, examined.digest)
    with turn(f"import:{id_}", settings):
        with tenant_session(tenant, settings) as session:
            if _is_there(session, id_):
                return Taken(id_, examined.right, again=True)
        batch = Batch(id_, tenant.organization_id, wanted.kind, wanted.file_name, examined.exported_at)
        for done in written(examined.folder, batch, utc_now()):  # whoever breaks off here leaves nothing
            if progress is not None:
                progress(done, done / examined.right)
        with tenant_session(tenant, settings) as session:
            _note(session, id_, examined, by)
            if record is not None:
                record(session, id_)
        with lake.connect(settings) as connection:
            lake.ensure(connection)
            with worker_session(settings) as session:
                rows = registry(session)
            land_registry(connection, rows)  # before the rows: a build in between has to know whose they are
            landing.land(connection, examined.folder, id_)
        with tenant_session(tenant, settings) as session:
            _settle(session, id_, State.LANDED)
    return Taken(id_, examined.right, again=False)


def undo(
    tenant: Tenant, id_: UUID, *, record: Record | None = None, settings: Settings | None = None
) -> Import:
    """Take an import out of the numbers; they follow with the next build. May be repeated.

    Accounts that were made for imports, and have no other history, go as well. Killed in between, it is one
    that was interrupted: undone again it is gone, imported again it is there.

    Raises:
        LookupError: the tenant has no such import.
        LakeError, duckdb.Error: the lake does not answer; the numbers stay.
    """
    settings = settings or get_settings()
    with turn(f"import:{id_}", settings):
        with tenant_session(tenant, settings) as session:
            row = records.found(session, id_)
        if row is None:
            raise LookupError("There is no such import.")
        with lake.connect(settings) as connection:
            lake.ensure(connection)
            with tenant_session(tenant, settings) as session:
                _settle(session, id_, State.LANDING)  # or, killed here below, it would pass for landed
            landing.hold_back(connection, id_)
            own = landing.used(connection, id_) | set(row.made)
            gone = own - landing.used_elsewhere(connection, id_, own)
            with tenant_session(tenant, settings) as session:
                _remove(session, gone, row.made)
                if record is not None:
                    record(session, id_)
                return _settle(session, id_, State.UNDONE)


def _check(examined: Examined, *, skip_bad: bool, create: bool) -> None:
    if examined.blocked:
        raise NotTakenError("The file can't be read as it is. Nothing was imported.")
    if not examined.right:
        raise NotTakenError("No row of the file is right. Nothing was imported.")
    if examined.wrong and not skip_bad:
        raise NotTakenError("Some rows are wrong, and leaving them out was not agreed to.")
    if examined.made and not create:
        names = ", ".join(f"{one.name} ({one.network})" for one in examined.made[:5])
        raise NotTakenError(f"Accounts that are not there yet would have to be made: {names}.")


def _is_there(session: Session, id_: UUID) -> bool:
    row = records.found(session, id_)
    return row is not None and row.state == State.LANDED


def _note(session: Session, id_: UUID, examined: Examined, by: By) -> None:
    """Write that it begins, with the accounts it needs."""
    wanted, organization_id = examined.wanted, examined.wanted.tenant.organization_id
    accounts.create(session, examined.made, organization_id, wanted.brand_id)
    ids = {one.id for one in examined.made} | {one.id for one in examined.found}
    there = set(session.scalars(select(ConnectedAccount.id).where(ConnectedAccount.id.in_(ids))))
    if ids - there:
        raise NotTakenError(
            "An account of the file has changed meanwhile, or belongs to somebody else's brand. Look at the "
            "file again."
        )
    days = examined.days or (None, None)
    row = records.found(session, id_, lock=True) or Import(id=id_, organization_id=organization_id)
    row.brand_id, row.kind, row.file_name = wanted.brand_id, wanted.kind.value, wanted.file_name
    row.preset = examined.preset.key if examined.preset else "canonical"
    row.exported_at, row.row_count, row.left_out = examined.exported_at, examined.right, examined.wrong
    row.account_count, (row.first_day, row.last_day) = len(ids), days
    # What an interrupted or undone import of these rows made stays this one's.
    row.made = sorted({*(row.made or ()), *(one.id for one in examined.made)})
    row.state, row.landed_at, row.undone_at = State.LANDING.value, None, None
    row.created_by, row.created_by_name, row.created_at = by.person_id, by.name, utc_now()
    session.add(row)


def _settle(session: Session, id_: UUID, state: State) -> Import:
    row = records.found(session, id_, lock=True)
    if row is None:
        raise LookupError("There is no such import.")
    row.state = state.value
    if state is State.LANDED:
        row.landed_at = utc_now()
    elif state is State.UNDONE:
        row.undone_at = utc_now()
    return row


def _remove(session: Session, gone: set[UUID], made: list[UUID]) -> None:
    """Remove those that imports made (`made`: this one); one that somebody connected since stays."""
    statement = text(
        "DELETE FROM accounts WHERE id = ANY (:gone) AND access_token = '' AND last_synced_at IS NULL "
        "AND (status = 'imported' OR status = 'disconnected' AND id = ANY (:made)) "
        "AND NOT EXISTS (SELECT FROM publications WHERE account_id = accounts.id)"
    )
    session.execute(statement, {"gone": sorted(gone), "made": made})
