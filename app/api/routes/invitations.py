"""Invitations: made by members, taken by whoever has the link."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from app.api.callers import AtTheDoor, MaybeSignedIn, member
from app.api.problems import refusals
from app.api.route import Router
from app.api.routes.members import brands_of
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.members import (
    Acceptance,
    Invitation,
    InvitationToken,
    Invited,
    Joined,
    NewInvitation,
)
from identity import invitations
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.work import Work

router = Router("invitations")
Managing = Annotated[Work, member(Permission.MEMBERS_MANAGE)]


@router.get("/invitations", summary="List the invitations")
def list_all(work: Managing, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Listed[Invitation]:
    """The newest first, those that are over too."""
    return listed(invitations.listed(work, limit=limit, cursor=cursor), Invitation)


@router.post("/invitations", status_code=201, summary="Invite somebody")
def invite(new: NewInvitation, work: Managing) -> Invitation:
    """Sends a link that lasts 7 days. An address that is invited already gets a new one, in the new role."""
    return Invitation.model_validate(invitations.invite(work, new.email, new.role, brands_of(new)))


@router.get("/invitations/{invitation_id:uuid}", summary="One invitation")
def get(invitation_id: UUID, work: Managing) -> Invitation:
    """Where it stands, and its e-mail."""
    return Invitation.model_validate(invitations.get(work, invitation_id))


@router.post("/invitations/{invitation_id:uuid}/resend", summary="Send an invitation again")
def resend(invitation_id: UUID, work: Managing) -> Invitation:
    """With a new link that lasts another 7 days; the one before is dead."""
    return Invitation.model_validate(invitations.resend(work, invitation_id))


@router.delete("/invitations/{invitation_id:uuid}", status_code=204, summary="Withdraw an invitation")
def revoke(invitation_id: UUID, work: Managing) -> None:
    """Its link is dead."""
    invitations.revoke(work, invitation_id)


@router.post("/invitations/look", summary="What a link offers", responses=refusals(410))
def look(link: InvitationToken, door: AtTheDoor) -> Invited:
    """Changes nothing."""
    return Invited.model_validate(invitations.look(door, link.token))


@router.post("/invitations/accept", summary="Take an invitation", responses=refusals(410))
def accept(taken: Acceptance, visitor: MaybeSignedIn, door: AtTheDoor) -> Joined:
    """The invited address decides who joins: someone with an account signs in to it first."""
    person_id = invitations.accept(
        door, taken.token, visitor=visitor, name=taken.name, password=taken.password
    )
    return Joined(person_id=person_id)
