"""Invitations that an organization's own identity provider makes, for who signs in there and is new here."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from foundation.database import utc_now
from identity import inputs
from identity.audit import Action, Target, record_at_door
from identity.errors import ConflictError
from identity.grants import told
from identity.invitation_letters import may_be_sent, send
from identity.models import IdentityProvider, Invitation, Membership, Person
from identity.permissions import Role
from identity.work import Door


def invite_by_provider(door: Door, provider: IdentityProvider, email: str) -> None:
    """Invite who signed in at an organization's identity provider and is new there, in its role for them.

    The e-mail shows that the address is theirs, which the provider's word alone does not. An open
    invitation by a member stays as it is.

    Raises:
        InvalidError: the address can't be used.
        ConflictError: they are a member already.
        TooManyTriesError: too many e-mails to this address within the hour.
    """
    address = inputs.address(email)
    if provider.provision_role is None or not provider.enabled:
        raise ConflictError("This identity provider invites nobody.")
    member = exists().where(
        Person.email == address,
        Membership.person_id == Person.id,
        Membership.organization_id == provider.organization_id,
    )
    if door.session.scalar(select(member)):
        raise ConflictError(f"{address} is a member already.")
    may_be_sent(provider.organization_id, address, door.settings)
    invitation = _invitation_of(door, provider, address)
    if invitation is None:
        return
    action = Action.INVITED_AGAIN if invitation.sent_count else Action.INVITED
    try:
        send(door.session, invitation, provider.name, door.settings)
    except IntegrityError:
        raise ConflictError(f"{address} has just been invited.") from None
    record_at_door(
        door,
        action,
        Target("invitation", invitation.id, address),
        who=f"{provider.name} (identity provider)",
        organization_id=provider.organization_id,
        after=told(Role(invitation.role), None),
    )


def _invitation_of(door: Door, provider: IdentityProvider, email: str) -> Invitation | None:
    """The invitation to send in the provider's name; None when a member's is open."""
    key = {"organization_id": provider.organization_id, "email": email}
    query = select(Invitation).filter_by(**key, accepted_at=None, revoked_at=None).with_for_update()
    found = door.session.scalar(query)
    if found is not None and found.invited_by is not None and found.expires_at > utc_now():
        return None
    invitation = found or Invitation(id=uuid4(), **key, sent_count=0)
    invitation.role, invitation.limited = provider.provision_role or "", False
    invitation.invited_by, invitation.provider_id = None, provider.id
    return invitation
