"""Which organizations a session may enter.

Where an organization enforces its own identity provider, its members have to come by that provider; owners
keep the password as a way out, should the provider fail. A session that a provider of an organization opened
enters that organization alone, for as long as the provider is enabled. `identity.resolving` applies the same
rule in SQL to every request.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from identity.models import IdentityProvider, Membership, Organization
from identity.permissions import Role
from identity.work import Door


def first_organization(door: Door, person_id: UUID) -> UUID | None:
    """The first by name of the organizations that the person's own sign-in may enter."""
    query = _memberships(person_id).where(_by_own_sign_in()).order_by(Organization.name, Organization.id)
    return door.session.scalar(query.limit(1))


def may_enter(door: Door, person_id: UUID, organization_id: UUID) -> bool:
    """Whether the person's own sign-in may enter it."""
    query = _memberships(person_id).where(Organization.id == organization_id, _by_own_sign_in())
    return door.session.scalar(query) is not None


def is_member(door: Door, person_id: UUID, organization_id: UUID) -> bool:
    """Whether they are a member of it, and it is not deleted."""
    return door.session.scalar(_memberships(person_id).where(Organization.id == organization_id)) is not None


def provider_opens(door: Door, provider_id: UUID, organization_id: UUID) -> bool:
    """Whether the provider is one of the organization's that is enabled."""
    query = select(IdentityProvider.id).where(
        IdentityProvider.id == provider_id,
        IdentityProvider.organization_id == organization_id,
        IdentityProvider.enabled,
    )
    return door.session.scalar(query) is not None


def _memberships(person_id: UUID) -> Select[tuple[UUID]]:
    return (
        select(Organization.id)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.person_id == person_id, Organization.deleted_at.is_(None))
    )


def _by_own_sign_in() -> ColumnElement[bool]:
    enforced = exists().where(
        and_(
            IdentityProvider.organization_id == Organization.id,
            IdentityProvider.enabled,
            IdentityProvider.enforced,
        )
    )
    return or_(Membership.role == Role.OWNER.value, ~enforced)
