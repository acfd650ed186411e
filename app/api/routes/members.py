"""The members of the organization."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from app.api.callers import member
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.members import Grant, Member
from identity import members
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.work import Work

router = Router("members")


@router.get("/members", summary="List the members")
def list_all(
    work: Annotated[Work, member(Permission.MEMBERS_READ)],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Listed[Member]:
    """By address. Who is limited to brands sees those who share one, or have the whole."""
    return listed(members.listed(work, limit=limit, cursor=cursor), Member)


@router.get("/members/{person_id:uuid}", summary="One member")
def get(person_id: UUID, work: Annotated[Work, member(Permission.MEMBERS_READ)]) -> Member:
    """What they are in the organization."""
    return Member.model_validate(members.get(work, person_id))


@router.patch("/members/{person_id:uuid}", summary="Give a member another role")
def change(person_id: UUID, grant: Grant, work: Annotated[Work, member(Permission.MEMBERS_MANAGE)]) -> Member:
    """Role and brands are given together. Nobody can give, or take from, more than they hold."""
    members.change(work, person_id, grant.role, brands_of(grant))
    return Member.model_validate(members.get(work, person_id))


@router.delete("/members/{person_id:uuid}", status_code=204, summary="Take a member out")
def remove(person_id: UUID, work: Annotated[Work, member()]) -> None:
    """They are out at their next request, and so are their API keys. For yourself it means leaving."""
    members.remove(work, person_id)


def brands_of(grant: Grant) -> frozenset[UUID] | None:
    """The brands of a grant, None for the whole organization."""
    return None if grant.brand_ids is None else frozenset(grant.brand_ids)
