"""The other side of an invitation: someone opens its link, and takes it or not.

Looking changes nothing, so a mail scanner that opens every link does no harm. Taking it happens once, under
locks on the organization and the invitation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from foundation.database import utc_now
from identity import inputs
from identity.audit import Action, Target, record_at_door
from identity.errors import ConflictError, InvalidError, LinkError, SignInError
from identity.grants import told
from identity.models import (
    IdentityProvider,
    Invitation,
    InvitationBrand,
    Membership,
    MembershipBrand,
    Organization,
    Person,
)
from identity.opaque import digest
from identity.organizations import opens_one_organization
from identity.passwords import hash_password
from identity.permissions import Role, may_grant
from identity.principal import Principal, Visitor
from identity.work import Door

GONE = "This invitation no longer holds. Ask who invited you for a new one."


@dataclass(frozen=True)
class Invited:
    """What the page of an invitation shows. `has_account`: they sign in, and choose no new password."""

    email: str
    organization_id: UUID
    organization: str
    colour: str
    role: Role
    inviter: str | None
    expires_at: datetime
    has_account: bool


def look(door: Door, token: str) -> Invited:
    """What the link offers; nothing is changed by looking.

    Raises:
        LinkError: it is unknown, used, withdrawn, expired, or what it offered is gone.
    """
    invitation, organization, _ = _offered(door, token)
    inviter = door.session.get(Person, invitation.invited_by) if invitation.invited_by else None
    return Invited(
        email=invitation.email,
        organization_id=organization.id,
        organization=organization.name,
        colour=organization.colour,
        role=Role(invitation.role),
        inviter=(inviter.name or inviter.email) if inviter else None,
        expires_at=invitation.expires_at,
        has_account=_person(door, invitation.email) is not None,
    )


def accept(
    door: Door,
    token: str,
    *,
    visitor: Visitor | None = None,
    name: str | None = None,
    password: str | None = None,
) -> UUID:
    """Take the invitation: the person becomes a member, once. Returns their id.

    The invited address decides who that is. Someone with an account has to be signed in to it; for anyone
    else an account is made with `name` and `password`, for the link shows that the address is theirs. Who
    is a member by now stays what they are.

    Raises:
        LinkError: the link is unknown, used, withdrawn or expired, or its inviter could not give it any more.
        SignInError: the address has an account; sign in to it first.
        ConflictError: someone else is signed in.
        InvalidError: name or password can't be used.
    """
    invitation, organization, brand_ids = _offered(door, token, lock=True)
    person = _person(door, invitation.email)
    if person is None:
        if visitor is not None:
            raise ConflictError(
                f"This invitation is for {invitation.email}. Sign out, and open the link again."
            )
        person = _new_person(door, invitation.email, name, password)
    elif visitor is None or opens_one_organization(visitor) or visitor.person_id != person.id:
        raise SignInError(f"Sign in as {person.email} with your password, and open the link again.")
    is_new = _join(door, invitation, person, brand_ids)
    invitation.accepted_at = utc_now()
    door.session.flush()
    if is_new:
        record_at_door(
            door,
            Action.JOINED,
            Target("member", person.id, person.email),
            who=visitor or _as_visitor(person),
            organization_id=organization.id,
            after=told(Role(invitation.role), brand_ids),
        )
    return person.id


def _offered(
    door: Door, token: str, *, lock: bool = False
) -> tuple[Invitation, Organization, frozenset[UUID] | None]:
    """The link's invitation with its organization and brands, if it still holds.

    Raises:
        LinkError: it does not.
    """
    query = select(Invitation).where(Invitation.token_hash == digest(token))
    invitation = door.session.scalar(query)
    if invitation is None:
        raise LinkError
    # Members are changed under a lock on their organization, so what the inviter holds stays as it is read.
    lock_of: dict[str, Any] = {"with_for_update": {"read": True}} if lock else {}
    organization = door.session.get(
        Organization, invitation.organization_id, populate_existing=lock, **lock_of
    )
    if lock:
        relocked = query.with_for_update().execution_options(populate_existing=True)
        invitation = door.session.scalar(relocked)
    if organization is None or organization.deleted_at is not None:
        raise LinkError
    if invitation is None or invitation.revoked_at is not None:
        raise LinkError
    if invitation.accepted_at is not None:
        raise LinkError("This invitation was accepted already. Sign in to go on.")
    if invitation.expires_at <= utc_now():
        raise LinkError("This invitation has expired. Ask who invited you for a new one.")
    brand_ids = _brands(door, invitation)
    if not _still_given(door, invitation, brand_ids):
        raise LinkError(GONE)
    return invitation, organization, brand_ids


def _still_given(door: Door, invitation: Invitation, brand_ids: frozenset[UUID] | None) -> bool:
    """Whether its inviter, or the provider that invited, could still give it."""
    role = Role(invitation.role)
    if brand_ids is not None and not brand_ids:
        return False  # the brands are gone
    if invitation.provider_id is not None:
        provider = door.session.get(IdentityProvider, invitation.provider_id)
        return provider is not None and provider.enabled and provider.provision_role == role
    inviter = _inviter(door, invitation)
    return inviter is not None and may_grant(inviter, role, brand_ids)


def _inviter(door: Door, invitation: Invitation) -> Principal | None:
    """The inviter with what they hold now; None when they have left."""
    if invitation.invited_by is None:
        return None
    key = {"organization_id": invitation.organization_id, "person_id": invitation.invited_by}
    membership = door.session.scalar(select(Membership).filter_by(**key))
    person = door.session.get(Person, invitation.invited_by)
    if membership is None or person is None:
        return None
    brands = door.session.scalars(select(MembershipBrand.brand_id).filter_by(**key))
    return Principal(
        **vars(_as_visitor(person)),
        organization_id=membership.organization_id,
        organization_name="",
        role=Role(membership.role),
        brand_ids=frozenset(brands) if membership.limited else None,
    )


def _brands(door: Door, invitation: Invitation) -> frozenset[UUID] | None:
    if not invitation.limited:
        return None
    query = select(InvitationBrand.brand_id).where(InvitationBrand.invitation_id == invitation.id)
    return frozenset(door.session.scalars(query))


def _person(door: Door, email: str) -> Person | None:
    return door.session.scalar(select(Person).where(Person.email == email))


def _new_person(door: Door, email: str, name: str | None, password: str | None) -> Person:
    if password is None:
        raise InvalidError("Choose a password.", field="password")
    values = {
        "id": uuid4(),
        "email": email,
        "name": inputs.name(name or "", "name"),
        "password_hash": hash_password(inputs.password(password, email)),
    }
    statement = insert(Person).values(**values).on_conflict_do_nothing().returning(Person)
    person = door.session.scalar(statement)
    if person is None:  # made at this moment, by another link
        raise SignInError(f"Sign in as {email} with your password, and open the link again.")
    return person


def _join(door: Door, invitation: Invitation, person: Person, brand_ids: frozenset[UUID] | None) -> bool:
    """Make the person a member; whether they were none before."""
    key = {"organization_id": invitation.organization_id, "person_id": person.id}
    values = {**key, "role": invitation.role, "limited": invitation.limited}
    made = insert(Membership).values(**values).on_conflict_do_nothing().returning(Membership.person_id)
    if door.session.scalar(made) is None:
        return False
    door.session.add_all(MembershipBrand(**key, brand_id=brand_id) for brand_id in brand_ids or ())
    door.session.flush()
    return True


def _as_visitor(person: Person) -> Visitor:
    return Visitor(person.id, person.email, person.name, person.super_admin, None, confined=False)
