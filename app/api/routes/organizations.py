"""Organizations: those you are in, and the one you act in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Query

from app.api.callers import From, SignedIn, member
from app.api.route import Router
from app.api.schemas.common import Listed
from app.api.schemas.organizations import (
    NewOrganization,
    Organization,
    OrganizationChanges,
    OrganizationEntry,
    OrganizationMade,
)
from identity import organizations
from identity.permissions import Permission
from identity.work import Work

router = Router("organizations")


@router.get("/organizations", summary="The organizations you can enter")
def list_mine(visitor: SignedIn, caller: From) -> Listed[OrganizationEntry]:
    """By name, all on one page. An API key is in one organization."""
    found = organizations.of(visitor, caller.settings)
    return Listed(items=[OrganizationEntry.model_validate(one) for one in found], next_cursor=None)


@router.post("/organizations", status_code=201, summary="Make an organization")
def create(new: NewOrganization, visitor: SignedIn, caller: From) -> OrganizationMade:
    """You become its owner. Enter it with `PUT /me/organization`."""
    return OrganizationMade(id=organizations.create(visitor, new.name, caller.origin, caller.settings))


@router.get("/organizations/current", summary="The organization you act in")
def current(work: Annotated[Work, member(Permission.ORGANIZATION_READ)]) -> Organization:
    """Its name and look."""
    return Organization.model_validate(organizations.current(work))


@router.patch("/organizations/current", summary="Change the organization")
def update(
    changes: Annotated[OrganizationChanges, Body()],
    work: Annotated[Work, member(Permission.ORGANIZATION_UPDATE)],
) -> Organization:
    """Changes what is sent."""
    organizations.update(work, **changes)
    return Organization.model_validate(organizations.current(work))


@router.delete("/organizations/current", status_code=204, summary="Delete the organization")
def delete(
    confirm_name: Annotated[str, Query(min_length=1, max_length=200, description="Its name, to be sure.")],
    work: Annotated[Work, member(Permission.ORGANIZATION_DELETE)],
) -> None:
    """Closes it at once. For 30 days the installation's administrator can bring it back."""
    organizations.delete(work, confirm_name)


@router.post("/organizations/current/leave", status_code=204, summary="Leave the organization")
def leave(work: Annotated[Work, member()]) -> None:
    """Its last owner can't."""
    organizations.leave(work)
