"""People and organizations for tests, written the way an administrator's tool would."""

from __future__ import annotations

from uuid import UUID, uuid4

from foundation.database import worker_session
from identity.models import Brand, Membership, Organization, Person
from identity.passwords import hash_password
from identity.roles import MemberRole

PASSWORD = "correct horse battery"


def add_person(
    email: str = "owner@example.com",
    *,
    role: MemberRole = MemberRole.OWNER,
    organization: str = "Lindenhof Agency",
) -> tuple[UUID, UUID]:
    """A person with one membership in a new organization: (person id, organization id)."""
    person_id, organization_id = uuid4(), uuid4()
    with worker_session() as session:
        session.add(Organization(id=organization_id, name=organization))
        session.add(Person(id=person_id, email=email, password_hash=hash_password(PASSWORD)))
        session.flush()
        session.add(Membership(person_id=person_id, organization_id=organization_id, role=role.value))
    return person_id, organization_id


def add_brand(organization_id: UUID, name: str = "Nordlicht", timezone: str = "Europe/Berlin") -> UUID:
    """A brand of the organization."""
    brand_id = uuid4()
    with worker_session() as session:
        session.add(Brand(id=brand_id, organization_id=organization_id, name=name, timezone=timezone))
    return brand_id
