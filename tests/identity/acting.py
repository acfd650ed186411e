"""Members who act without signing in, so that a test costs no password hash: as the database has them now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from foundation.database import worker_session
from identity.errors import IdentityError
from identity.models import AuditEvent, Membership, MembershipBrand, Organization, Person
from identity.passwords import UNUSABLE
from identity.permissions import Permission, Role
from identity.principal import Origin, Principal, Visitor
from identity.work import Work, working
from platforms.account_rows import ConnectedAccount
from tests.identity.people import add_member

ORIGIN = Origin("192.0.2.7", "a test")


def new_organization(name: str = "Lindenhof Agency") -> UUID:
    """An organization with nobody in it."""
    organization_id = uuid4()
    with worker_session() as session:
        session.add(Organization(id=organization_id, name=name))
    return organization_id


def new_person(email: str, *, super_admin: bool = False) -> UUID:
    """Someone whom no password lets in."""
    person_id = uuid4()
    with worker_session() as session:
        session.add(
            Person(id=person_id, email=email, name="", password_hash=UNUSABLE, super_admin=super_admin)
        )
    return person_id


def new_member(
    organization_id: UUID, role: Role = Role.OWNER, brand_ids: Iterable[UUID] | None = None, email: str = ""
) -> Principal:
    """Someone with a role in the organization, for these brands (None: all of it)."""
    email = email or f"{role.lower()}-{uuid4().hex[:8]}@example.com"
    return principal(add_member(organization_id, email, role, brand_ids), organization_id)


def visitor(person_id: UUID, **changed: Any) -> Visitor:
    """The person, signed in with their password but in no organization."""
    with worker_session() as session:
        person = session.get_one(Person, person_id)
    found = Visitor(person.id, person.email, person.name, person.super_admin, uuid4(), confined=False)
    return replace(found, **changed)


def principal(person_id: UUID, organization_id: UUID, **changed: Any) -> Principal:
    """The member with what they hold now."""
    key: dict[str, Any] = {"organization_id": organization_id, "person_id": person_id}
    with worker_session() as session:
        membership = session.get_one(Membership, (person_id, organization_id))
        brands = session.scalars(select(MembershipBrand.brand_id).filter_by(**key)).all()
        name = session.get_one(Organization, organization_id).name
    found = Principal(
        **vars(visitor(person_id)),
        organization_id=organization_id,
        organization_name=name,
        role=Role(membership.role),
        brand_ids=frozenset(brands) if membership.limited else None,
    )
    return replace(found, **changed)


def as_key(
    member: Principal, scopes: Iterable[Permission], account_ids: Iterable[UUID] | None = None
) -> Principal:
    """The member's API key at work."""
    return replace(
        member,
        session_id=None,
        api_key_id=uuid4(),
        scopes=frozenset(scopes),
        account_ids=None if account_ids is None else frozenset(account_ids),
    )


def acting(member: Principal) -> AbstractContextManager[Work]:
    """The member's work, from a known origin."""
    return working(member, ORIGIN)


def new_account(organization_id: UUID, brand_id: UUID) -> UUID:
    """A connected account of the brand."""
    account_id = uuid4()
    with worker_session() as session:
        session.add(
            ConnectedAccount(
                id=account_id,
                organization_id=organization_id,
                brand_id=brand_id,
                network="x",
                external_id=str(account_id),
                name="@x",
                access_token="k.sealed",
            )
        )
    return account_id


def trail_of(organization_id: UUID | None) -> list[AuditEvent]:
    """Every line of an organization's trail, oldest first."""
    with worker_session() as session:
        query = select(AuditEvent).where(AuditEvent.organization_id.is_not_distinct_from(organization_id))
        return list(session.scalars(query.order_by(AuditEvent.id)))


def second_of_two(
    caller: Principal, first: Callable[[Work], object], second: Callable[[], object]
) -> IdentityError | None:
    """What is refused to the second of two at once: it begins, and waits, before the first has committed."""
    refused: list[IdentityError] = []

    def run() -> None:
        try:
            second()
        except IdentityError as error:
            refused.append(error)

    thread = threading.Thread(target=run)
    with acting(caller) as work:
        first(work)
        thread.start()
        _wait_for_a_lock()
    thread.join(timeout=30)
    assert not thread.is_alive()
    return refused[0] if refused else None


def _wait_for_a_lock() -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with worker_session() as session:
            if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        time.sleep(0.02)
    pytest.fail("nobody waited")
