"""Who asks: a member's copy of a release, the run, and the line in the audit trail, the operator's too."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from foundation.database import Tenant, tenant_session
from foundation.settings import Settings
from identity.audit import OPERATOR, Action, Target, record, write
from identity.permissions import Permission, require
from identity.principal import Origin
from identity.work import Work
from warehouse.analysts import copy, run
from warehouse.releases import Release

TOLD: Final = 2000  # characters of a statement that the trail keeps


def note(work: Work, statement: str, release: Release) -> None:
    """Write into the trail who asks what of which release; no row of an answer is ever kept.

    Raises:
        ForbiddenError: the caller may not read numbers.
    """
    require(work.principal, Permission.ANALYTICS_READ)
    record(work, Action.QUERIED, _target(release), after=_query(statement))


def note_export(work: Work, release: Release) -> None:
    """Write into the trail who takes all marts of a release along as a file.

    Raises:
        ForbiddenError: the caller may not read numbers.
    """
    require(work.principal, Permission.ANALYTICS_READ)
    record(work, Action.EXPORTED, _target(release), after={"format": "duckdb"})


def note_operator_query(
    organization_id: UUID, statement: str, release: Release, settings: Settings | None = None
) -> None:
    """Write into an organization's trail what the operator asks of its copy at the command line."""
    _note_operator(organization_id, Action.QUERIED, release, _query(statement), settings)


def note_operator_export(
    organization_id: UUID, file_format: str, release: Release, settings: Settings | None = None
) -> None:
    """Write into an organization's trail that the operator writes its marts to files."""
    _note_operator(organization_id, Action.EXPORTED, release, {"format": file_format}, settings)


def ask(work: Work, statement: str, release: Release) -> run.Running:
    """Start the caller's statement on what they may see of a release. The copy has to be made before
    (`copy.prepared`), for that can take a while.

    Raises:
        ForbiddenError: the caller may not read numbers.
        CopyError, LakeError: there is no copy, and none can be made.
        QueryError: there is nothing to run, or too much is running.
    """
    require(work.principal, Permission.ANALYTICS_READ)
    path = copy.prepared(work.principal.tenant, release, work.settings)
    running = run.start(path, statement, owner=work.principal.organization_id, settings=work.settings)
    try:
        note(work, statement, release)
        work.session.flush()
    except BaseException:
        running.stop()
        raise
    return running


def _note_operator(
    organization_id: UUID, action: Action, release: Release, after: dict[str, str], settings: Settings | None
) -> None:
    with tenant_session(Tenant(organization_id), settings) as session:
        write(session, Origin(), OPERATOR, action, _target(release), organization_id, after=after)


def _target(release: Release) -> Target:
    return Target("release", str(release.id), f"release {release.id}")


def _query(statement: str) -> dict[str, str]:
    return {"query": statement.strip().replace("\x00", "")[:TOLD]}
