"""Organizations: made and entered by people, changed and deleted by who may."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from foundation.database import utc_now, worker_session
from identity import api_keys, organizations
from identity.audit import Action
from identity.errors import ForbiddenError, InvalidError, NotFoundError, SignInError
from identity.models import Organization
from identity.permissions import Permission, Role
from identity.principal import Principal
from identity.resolving import authenticate
from tests.identity.acting import (
    ORIGIN,
    acting,
    as_key,
    new_member,
    new_organization,
    new_person,
    principal,
    trail_of,
    visitor,
)
from tests.identity.people import add_brand, join


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def row(organization_id: UUID) -> Organization:
    with worker_session() as session:
        return session.get_one(Organization, organization_id)


@pytest.mark.usefixtures("settings")
def test_whoever_makes_an_organization_owns_it() -> None:
    founder = visitor(new_person("founder@example.com"))
    organization_id = organizations.create(founder, "  Second   Agency ", ORIGIN)
    member = principal(founder.person_id, organization_id)
    assert (member.role, member.brand_ids, member.organization_name) == (Role.OWNER, None, "Second Agency")
    (line,) = trail_of(organization_id)
    assert (line.action, line.person_id, line.ip) == (Action.CREATED, founder.person_id, "192.0.2.7")
    assert line.after == {"name": "Second Agency"}


def test_a_key_or_a_provider_of_ones_own_makes_none(owner: Principal) -> None:
    for who in (
        as_key(owner, Permission),
        visitor(owner.person_id, confined=True),
        principal(owner.person_id, owner.organization_id, confined=True),
    ):
        with pytest.raises(ForbiddenError):
            organizations.create(who, "Mine", ORIGIN)
    with pytest.raises(InvalidError):
        organizations.create(owner, "x" * 1_000_000, ORIGIN)
    assert [found.id for found in organizations.of(owner)] == [owner.organization_id]


def test_one_enters_the_organizations_one_is_in_and_that_are_there(owner: Principal) -> None:
    second, gone = new_organization("Aurora"), new_organization("Gone")
    join(owner.person_id, second, Role.CLIENT, [add_brand(second)])
    join(owner.person_id, gone, Role.OWNER)
    new_member(new_organization("Other"))
    with worker_session() as session:
        session.get_one(Organization, gone).deleted_at = utc_now()
    found = organizations.of(visitor(owner.person_id))
    assert [(each.id, each.role, each.limited) for each in found] == [
        (second, Role.CLIENT, True),
        (owner.organization_id, Role.OWNER, False),
    ]
    assert organizations.of(owner) == found
    for bound in (as_key(owner, []), principal(owner.person_id, owner.organization_id, confined=True)):
        assert [each.id for each in organizations.of(bound)] == [owner.organization_id]
    assert organizations.of(visitor(owner.person_id, confined=True)) == []


def test_settings_that_change_are_told_with_before_and_after(owner: Principal) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
    with acting(owner) as work:
        organizations.update(work, name="Lindenhof", colour="#ABCDEF", logo=svg)
    with acting(new_member(owner.organization_id, Role.VIEWER)) as work:
        found = organizations.current(work)
    assert (found.name, found.colour) == ("Lindenhof", "#abcdef")
    assert found.logo is not None
    (line,) = trail_of(owner.organization_id)
    assert line.before == {"name": "Lindenhof Agency", "colour": "#2456e6", "logo": None}
    assert line.after is not None
    assert re.fullmatch(r"image/svg\+xml, \d+ bytes, SHA-256 [0-9a-f]{12}", line.after["logo"])
    with acting(owner) as work:
        organizations.update(work, name="Lindenhof")
        organizations.update(work)
    assert len(trail_of(owner.organization_id)) == 1


def test_when_a_post_is_missed_is_set_and_left_to_the_installation_again(owner: Principal) -> None:
    for minutes in (10_080, None):
        with acting(owner) as work:
            organizations.update(work, missed_after_minutes=minutes)
        assert row(owner.organization_id).missed_after_minutes == minutes
    assert [(line.before, line.after) for line in trail_of(owner.organization_id)] == [
        ({"missed_after_minutes": None}, {"missed_after_minutes": 10_080}),
        ({"missed_after_minutes": 10_080}, {"missed_after_minutes": None}),
    ]


def test_an_input_that_cannot_be_used_changes_nothing(owner: Principal) -> None:
    wrong: dict[str, Any] = {"name": "a\0", "colour": "blue", "logo": b"<svg/><script/>"}
    wrongs = [*wrong.items(), ("missed_after_minutes", 0), ("missed_after_minutes", 10_081)]
    for field, value in wrongs:
        fields: dict[str, Any] = {field: value}
        with pytest.raises(InvalidError) as refusal, acting(owner) as work:
            organizations.update(work, **fields)
        assert refusal.value.field == field
    assert row(owner.organization_id).name == "Lindenhof Agency"


def test_only_administrators_change_it_and_only_owners_delete_it(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    limited = new_member(owner.organization_id, Role.ADMIN, [brand])
    for member in (limited, new_member(owner.organization_id, Role.EDITOR), as_key(owner, [])):
        with pytest.raises(ForbiddenError), acting(member) as work:
            organizations.update(work, name="Mine")
    admin = new_member(owner.organization_id, Role.ADMIN)
    with acting(admin) as work:
        organizations.update(work, colour="#000000")
    for member in (admin, limited, as_key(owner, [Permission.ORGANIZATION_UPDATE])):
        with pytest.raises(ForbiddenError), acting(member) as work:
            organizations.delete(work, "Lindenhof Agency")
    client = new_member(owner.organization_id, Role.CLIENT, [brand])
    with pytest.raises(ForbiddenError), acting(client) as work:
        organizations.current(work)
    assert row(owner.organization_id).deleted_at is None


def test_into_a_deleted_organization_nobody_comes(owner: Principal) -> None:
    with acting(owner) as work:
        _, key = api_keys.create(work, "Key", [Permission.POSTS_READ])
    assert isinstance(authenticate(key), Principal)
    for wrong in ("", "lindenhof agency", "Lindenhof"):
        with pytest.raises(InvalidError) as refusal, acting(owner) as work:
            organizations.delete(work, wrong)
        assert refusal.value.field == "confirm_name"
    with acting(owner) as work:
        organizations.delete(work, " Lindenhof Agency ")
    deleted_at = row(owner.organization_id).deleted_at
    assert deleted_at is not None
    assert abs(deleted_at - utc_now()) < timedelta(minutes=1)
    assert trail_of(owner.organization_id)[-1].action == Action.DELETED
    assert organizations.of(visitor(owner.person_id)) == []
    with pytest.raises(SignInError):
        authenticate(key)
    with acting(owner) as work, pytest.raises(NotFoundError):  # a request that came in before
        organizations.current(work)
    with pytest.raises(NotFoundError), acting(owner) as work:
        organizations.delete(work, "Lindenhof Agency")


def test_one_organizations_settings_are_never_anothers(owner: Principal) -> None:
    other = new_member(new_organization("Other"))
    with acting(other) as work:
        organizations.update(work, name="Renamed")
        organizations.delete(work, "Renamed")
    kept = row(owner.organization_id)
    assert (kept.name, kept.deleted_at) == ("Lindenhof Agency", None)
    assert trail_of(owner.organization_id) == []
