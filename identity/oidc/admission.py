"""Who comes in, of those a provider vouches for.

The installation's own provider vouches for people: it opens everything of theirs. An organization's provider
vouches for the members of that organization, and opens it alone: it neither lets anybody in elsewhere, nor is
what it says of anyone else ever kept. So no organization gains a way into another by what its provider says.
"""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from foundation.database import utc_now
from identity import inputs, invitations
from identity.audit import Action, Target, record_at_door
from identity.errors import ConflictError, InvalidError, TooManyTriesError
from identity.models import IdentityProvider, Invitation, Membership, Organization, Person, ProviderIdentity
from identity.oidc.provider import Provider
from identity.oidc.tokens import Claims
from identity.passwords import UNUSABLE
from identity.work import Door

Invited = Literal["invited"]
INVITED: Final[Invited] = "invited"


def admit(door: Door, provider: Provider, claims: Claims) -> UUID | None:
    """The person whom the installation's provider lets in, or None.

    Someone unknown gets an account where registration is open, and elsewhere when an invitation waits for
    them. It has no password and no organization yet.
    """
    email = _address(claims)
    if email is None:
        return None
    person_id = _known(door, provider, claims) or _of_address(door, email)
    if person_id is None:
        if door.settings.registration == "closed" and not _is_invited(door, email):
            return None
        person_id = _make(door, provider, claims, email)
    return _link(door, provider, claims, person_id, email)


def admit_member(
    door: Door, provider: Provider, row: IdentityProvider, claims: Claims
) -> UUID | Invited | None:
    """The member whom an organization's provider lets in; `INVITED` for who is new, or None.

    Whoever is new gets an e-mail where the provider is set to invite, and registration is open. Whether
    they have an account makes no difference.
    """
    email = _address(claims)
    if email is None:
        return None
    member = _known(door, provider, claims)
    if member is not None and not _is_member(door, row, member):
        # They have left: what was kept of them is gone, and the address decides anew.
        door.session.execute(delete(ProviderIdentity).where(*_key(provider, claims)))
        member = None
    if member is None:
        member = _of_address(door, email)
        if member is not None and _is_member(door, row, member):
            return _link(door, provider, claims, member, email)
        return _invite(door, row, email)
    return member


def _address(claims: Claims) -> str | None:
    """The verified address, as addresses are kept here."""
    try:
        return inputs.address(claims.email) if claims.email else None
    except InvalidError:
        return None


def _known(door: Door, provider: Provider, claims: Claims) -> UUID | None:
    return door.session.scalar(select(ProviderIdentity.person_id).where(*_key(provider, claims)))


def _key(provider: Provider, claims: Claims) -> tuple[ColumnElement[bool], ...]:
    of_provider = (
        ProviderIdentity.provider_id.is_(None)
        if provider.id is None
        else ProviderIdentity.provider_id == provider.id
    )
    return of_provider, ProviderIdentity.issuer == claims.issuer, ProviderIdentity.subject == claims.subject


def _of_address(door: Door, email: str) -> UUID | None:
    return door.session.scalar(select(Person.id).where(Person.email == email))


def _is_member(door: Door, row: IdentityProvider, person_id: UUID) -> bool:
    return door.session.get(Membership, (person_id, row.organization_id)) is not None


def _is_invited(door: Door, email: str) -> bool:
    query = exists().where(
        Invitation.email == email,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > utc_now(),
        Organization.id == Invitation.organization_id,
        Organization.deleted_at.is_(None),
    )
    return bool(door.session.scalar(select(query)))


def _make(door: Door, provider: Provider, claims: Claims, email: str) -> UUID:
    """A new person; if another request makes them at the same moment, that one."""
    try:
        name = inputs.name(claims.name, "name")
    except InvalidError:
        name = ""
    values = {"id": uuid4(), "email": email, "name": name, "password_hash": UNUSABLE}
    made = insert(Person).values(values).on_conflict_do_nothing(index_elements=["email"])
    person_id = door.session.scalar(made.returning(Person.id))
    if person_id is None:
        return door.session.scalars(select(Person.id).where(Person.email == email)).one()
    target = Target("person", person_id, email)
    after = {"provider": provider.name}
    record_at_door(door, Action.CREATED, target, who=email, organization_id=None, after=after)
    return person_id


def _link(door: Door, provider: Provider, claims: Claims, person_id: UUID, email: str) -> UUID:
    """Keep who they are at the provider, once; returns the person that this stands for."""
    values = {
        "id": uuid4(),
        "person_id": person_id,
        "organization_id": provider.organization_id,
        "provider_id": provider.id,
        "issuer": claims.issuer,
        "subject": claims.subject,
    }
    kept = insert(ProviderIdentity).values(values).on_conflict_do_nothing().returning(ProviderIdentity.id)
    identity_id = door.session.scalar(kept)
    if identity_id is None:
        return _known(door, provider, claims) or person_id
    record_at_door(
        door,
        Action.CREATED,
        Target("identity", identity_id, f"{email} at {provider.name}"),
        who=email,
        organization_id=provider.organization_id,
        after={"issuer": claims.issuer},
    )
    return person_id


def _invite(door: Door, row: IdentityProvider, email: str) -> Invited | None:
    """Send an invitation, if that is wanted; whether one is sent now makes no difference to the answer."""
    if row.provision_role is None or door.settings.registration == "closed":
        return None
    try:
        with door.session.begin_nested():
            invitations.invite_by_provider(door, row, email)
    except (ConflictError, TooManyTriesError):
        return INVITED
    return INVITED
