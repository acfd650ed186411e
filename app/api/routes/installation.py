"""What the installation's administrators do, over all organizations."""

from __future__ import annotations

from uuid import UUID

from app.api.callers import From, SignedIn
from app.api.problems import refusals
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.organizations import InstalledOrganization
from identity import installation
from identity.paging import DEFAULT_LIMIT

router = Router("installation")


@router.get("/installation/organizations", summary="All organizations", responses=refusals(403))
def list_all(
    visitor: SignedIn, caller: From, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Listed[InstalledOrganization]:
    """By name, the deleted ones too."""
    found = installation.organizations(visitor, limit=limit, cursor=cursor, settings=caller.settings)
    return listed(found, InstalledOrganization)


@router.post(
    "/installation/organizations/{organization_id:uuid}/delete",
    status_code=204,
    summary="Delete an organization",
)
def delete(organization_id: UUID, visitor: SignedIn, caller: From) -> None:
    """As its owner can; for 30 days it can be brought back."""
    installation.delete(visitor, organization_id, caller.origin, caller.settings)


@router.post(
    "/installation/organizations/{organization_id:uuid}/restore",
    status_code=204,
    summary="Bring an organization back",
)
def restore(organization_id: UUID, visitor: SignedIn, caller: From) -> None:
    """What was to be posted meanwhile is not sent late: it is missed."""
    installation.restore(visitor, organization_id, caller.origin, caller.settings)
