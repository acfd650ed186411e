"""People and organizations for tests, written the way an administrator's tool would."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID, uuid4

from sqlalchemy import select

from foundation.database import worker_session
from identity.models import Brand, Membership, MembershipBrand, Organization, Person
from identity.passwords import hash_password
from identity.permissions import Role
from identity.principal import Origin
from identity.sessions import Admitted, Tokens, open_api, open_browser

PASSWORD = "correct horse battery"


def add_person(
    email: str = "owner@example.com",
    *,
    role: Role = Role.OWNER,
    organization: str = "Lindenhof Agency",
) -> tuple[UUID, UUID]:
    """A person with one membership in a new organization: (person id, organization id)."""
    organization_id = uuid4()
    with worker_session() as session:
        session.add(Organization(id=organization_id, name=organization))
    return add_member(organization_id, email, role), organization_id


def add_member(
    organization_id: UUID, email: str, role: Role = Role.MEMBER, brand_ids: Iterable[UUID] | None = None
) -> UUID:
    """A person with `PASSWORD` and a role in the organization, for these brands (None: all of it)."""
    person_id = uuid4()
    with worker_session() as session:
        session.add(Person(id=person_id, email=email, password_hash=_hash(PASSWORD)))
    join(person_id, organization_id, role, brand_ids)
    return person_id


def join(
    person_id: UUID,
    organization_id: UUID,
    role: Role = Role.MEMBER,
    brand_ids: Iterable[UUID] | None = None,
) -> None:
    """Make someone a member."""
    key = {"organization_id": organization_id, "person_id": person_id}
    with worker_session() as session:
        session.add(Membership(**key, role=role.value, limited=brand_ids is not None))
        session.flush()
        session.add_all(MembershipBrand(**key, brand_id=brand_id) for brand_id in brand_ids or ())


def add_brand(organization_id: UUID, name: str = "Nordlicht", timezone: str = "Europe/Berlin") -> UUID:
    """A brand of the organization."""
    brand_id = uuid4()
    with worker_session() as session:
        session.add(Brand(id=brand_id, organization_id=organization_id, name=name, timezone=timezone))
    return brand_id


def cookie_for(email: str) -> str:
    """The token of a new browser session of the person with this address."""
    return open_browser(Admitted(person_of(email)), Origin())


def tokens_for(email: str) -> Tokens:
    """The tokens of a new API session of the person with this address."""
    return open_api(Admitted(person_of(email)), Origin())


def person_of(email: str) -> UUID:
    """The id of the person with this address."""
    with worker_session() as session:
        return session.scalars(select(Person.id).where(Person.email == email)).one()


@lru_cache(maxsize=1)
def _hash(password: str) -> str:
    """One hash for all, since each takes a while."""
    return hash_password(password)
