"""Invitations: a role in an organization, offered to an e-mail address for 7 days, taken once."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from foundation.database import utc_now
from identity import inputs
from identity.acceptance import Invited, accept, look
from identity.audit import Action, Target, record
from identity.errors import ConflictError, ForbiddenError, NotFoundError
from identity.grants import TOO_MIGHTY, check_grant, told
from identity.invitation_letters import may_be_sent, send
from identity.invitation_list import Delivery, InvitationInfo, InvitationState, get, listed
from identity.models import Invitation, InvitationBrand, Person
from identity.permissions import Permission, Role, may_grant, require
from identity.provisioning import invite_by_provider
from identity.work import Work

__all__ = [
    "Delivery",
    "InvitationInfo",
    "InvitationState",
    "Invited",
    "accept",
    "get",
    "invite",
    "invite_by_provider",
    "listed",
    "look",
    "resend",
    "revoke",
]


def invite(work: Work, email: str, role: Role, brand_ids: frozenset[UUID] | None = None) -> InvitationInfo:
    """Invite an address with a role for these brands (None: the whole organization).

    One that is invited already gets a new link with the new role; the one before is dead. Whether someone
    has an account elsewhere makes no difference to the answer.

    Raises:
        ForbiddenError: it is more than the caller holds, or than they may take back.
        InvalidError: the address, or role and brands, can't be used.
        ConflictError: they are a member already.
        TooManyTriesError: too many e-mails to this address within the hour.
    """
    require(work.principal, Permission.MEMBERS_MANAGE)
    address = inputs.address(email)
    check_grant(work, role, brand_ids)
    if work.session.scalar(select(Person.id).where(Person.email == address)):  # it sees members alone
        raise ConflictError(f"{address} is a member already.", field="email")
    may_be_sent(work.principal.organization_id, address, work.settings)
    invitation = _open(work, address)
    action = Action.INVITED_AGAIN if invitation.sent_count else Action.INVITED
    invitation.role, invitation.limited = role.value, brand_ids is not None
    _send(work, invitation)
    _give_brands(work, invitation, brand_ids)
    record(work, action, _target(invitation), after=told(role, brand_ids))
    return get(work, invitation.id)


def resend(work: Work, invitation_id: UUID) -> InvitationInfo:
    """Send a new link that lasts another 7 days; the one before is dead. From now on the caller invites.

    Raises:
        ForbiddenError: it offers more than the caller holds.
        InvalidError: the brands that it was for are gone.
        NotFoundError: there is no such invitation that the caller sees.
        ConflictError: it was accepted or withdrawn.
        TooManyTriesError: too many e-mails to this address within the hour.
    """
    invitation, offered = _unused(work, invitation_id)
    check_grant(work, offered.role, offered.brand_ids)
    may_be_sent(work.principal.organization_id, invitation.email, work.settings)
    _send(work, invitation)
    after_ = told(offered.role, offered.brand_ids)
    record(work, Action.INVITED_AGAIN, _target(invitation), after=after_)
    return get(work, invitation.id)


def revoke(work: Work, invitation_id: UUID) -> None:
    """Withdraw an invitation: its link is dead.

    Raises:
        ForbiddenError: it offers more than the caller holds.
        NotFoundError: there is no such invitation that the caller sees.
        ConflictError: it was accepted or withdrawn already.
    """
    invitation, offered = _unused(work, invitation_id)
    invitation.revoked_at = utc_now()
    work.session.flush()
    before = told(offered.role, offered.brand_ids)
    record(work, Action.REVOKED, _target(invitation), before=before)


def _open(work: Work, email: str) -> Invitation:
    """The address's open (or expired) invitation, locked, or a new one that is not written yet."""
    query = select(Invitation.id).where(
        Invitation.email == email, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None)
    )
    found = work.session.scalar(query)
    if found is not None:
        try:
            return _unused(work, found)[0]
        except NotFoundError:
            raise ForbiddenError(TOO_MIGHTY) from None
    return Invitation(
        id=uuid4(),
        organization_id=work.principal.organization_id,
        email=email,
        sent_count=0,
        created_at=utc_now(),
    )


def _unused(work: Work, invitation_id: UUID) -> tuple[Invitation, InvitationInfo]:
    """An invitation that can still be accepted or sent again, locked: the caller may take it back."""
    require(work.principal, Permission.MEMBERS_MANAGE)
    invitation = work.session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)
    info = get(work, invitation_id)
    if invitation is None or not may_grant(work.principal, info.role, info.brand_ids):
        raise ForbiddenError(TOO_MIGHTY)
    if info.state in (InvitationState.ACCEPTED, InvitationState.REVOKED):
        how = "accepted" if info.state is InvitationState.ACCEPTED else "withdrawn"
        raise ConflictError(f"This invitation was {how} already.")
    return invitation, info


def _send(work: Work, invitation: Invitation) -> None:
    """Send it in the caller's name.

    Raises:
        ConflictError: someone else has invited the address at this moment.
    """
    caller = work.principal
    invitation.invited_by, invitation.provider_id = caller.person_id, None
    try:
        send(work.session, invitation, caller.name or caller.email, work.settings)
    except IntegrityError:
        raise ConflictError(f"{invitation.email} has just been invited.", field="email") from None


def _give_brands(work: Work, invitation: Invitation, brand_ids: frozenset[UUID] | None) -> None:
    key = {"organization_id": invitation.organization_id, "invitation_id": invitation.id}
    work.session.execute(delete(InvitationBrand).filter_by(**key))
    work.session.add_all(InvitationBrand(**key, brand_id=brand_id) for brand_id in brand_ids or ())
    work.session.flush()


def _target(invitation: Invitation) -> Target:
    return Target("invitation", invitation.id, invitation.email)
