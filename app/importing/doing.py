"""Importing and undoing with a line of the audit trail, for the page and the command line alike."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session
from identity import audit
from identity.audit import OPERATOR, Action, Target
from identity.permissions import Permission, require
from identity.principal import Origin, Principal
from warehouse.importing import records, taking
from warehouse.importing.examining import Examined, Progress
from warehouse.importing.records import Import
from warehouse.importing.taking import By, Taken


def take(
    examined: Examined,
    who: Principal | None,
    origin: Origin | None = None,
    *,
    skip_bad: bool = False,
    create: bool = False,
    progress: Progress | None = None,
) -> Taken:
    """Import what was examined, as a member or (None) as the operator; `taking.take` says the rest.

    Raises:
        ForbiddenError: the member may not import into this brand.
    """
    wanted = examined.wanted
    if who is not None:
        require(who, Permission.ACCOUNTS_CONNECT, wanted.brand_id)

    def record(session: Session, _id: UUID) -> None:
        after = {
            "rows": examined.right,
            "left_out": examined.wrong,
            "exported_at": examined.exported_at.isoformat(),
        }
        target = Target("file", _id, wanted.file_name)
        _write(session, who, origin, Action.IMPORTED, target, wanted.tenant, after)

    by = By(who.email, who.person_id) if who is not None else By(OPERATOR)
    return taking.take(examined, by, skip_bad=skip_bad, create=create, progress=progress, record=record)


def undo(tenant: Tenant, id_: UUID, who: Principal | None, origin: Origin | None = None) -> Import:
    """Undo an import, as a member or (None) as the operator; `taking.undo` says the rest.

    Raises:
        ForbiddenError: the member may not import into the brand of this import.
        LookupError: the tenant has no such import.
    """

    with tenant_session(tenant) as session:
        row = records.found(session, id_)
    if row is None:
        raise LookupError("There is no such import.")
    if who is not None:
        require(who, Permission.ACCOUNTS_CONNECT, row.brand_id)

    def record(session: Session, _id: UUID) -> None:
        target = Target("import", _id, row.file_name)
        _write(session, who, origin, Action.REMOVED, target, tenant, {"rows": row.row_count})

    return taking.undo(tenant, id_, record=record)


def _write(
    session: Session,
    who: Principal | None,
    origin: Origin | None,
    action: Action,
    target: Target,
    tenant: Tenant,
    after: dict[str, object],
) -> None:
    actor = who if who is not None else OPERATOR
    audit.write(session, origin or Origin(), actor, action, target, tenant.organization_id, after=after)
