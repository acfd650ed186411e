"""The installation's administrators: over all organizations, and only they."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from foundation.database import utc_now, worker_session
from identity import installation, members, organizations
from identity.audit import OPERATOR, Action
from identity.errors import ConflictError, ForbiddenError, IdentityError, NotFoundError
from identity.models import Organization
from identity.permissions import Permission
from identity.principal import Principal, Visitor
from tests.foundation.tenants import make_tenant, rows
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
from tests.identity.people import join

pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture
def admin() -> Visitor:
    return visitor(new_person("admin@example.com", super_admin=True))


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def deleted_at(organization_id: UUID) -> datetime | None:
    with worker_session() as session:
        return session.get_one(Organization, organization_id).deleted_at


def delete_before(organization_id: UUID, ago: timedelta) -> None:
    with worker_session() as session:
        session.get_one(Organization, organization_id).deleted_at = utc_now() - ago


def test_only_who_administers_the_installation_does(admin: Visitor, owner: Principal) -> None:
    join(admin.person_id, owner.organization_id)
    inside = principal(admin.person_id, owner.organization_id)
    for who in (admin, inside, OPERATOR):
        installation.require_super_admin(who)
    refused: list[Visitor | str] = [
        owner,
        visitor(owner.person_id),
        visitor(admin.person_id, confined=True),  # an organization's provider may vouch for anybody
        as_key(inside, Permission),
        "",
        "admin@example.com",
    ]
    for each in refused:
        for act in (installation.delete, installation.restore):
            with pytest.raises(ForbiddenError):
                act(each, owner.organization_id, ORIGIN)
        with pytest.raises(ForbiddenError):
            installation.organizations(each)
    assert deleted_at(owner.organization_id) is None


def test_a_super_admin_is_let_into_no_organization(admin: Visitor, owner: Principal) -> None:
    assert organizations.of(admin) == []
    assert owner


def test_all_organizations_are_listed_by_name_with_their_members(admin: Visitor, owner: Principal) -> None:
    new_member(owner.organization_id)
    empty, gone = new_organization("Aurora"), new_organization("Zephyr")
    installation.delete(admin, gone, ORIGIN)
    found = []
    cursor = None
    for _ in range(2):
        page = installation.organizations(admin, limit=2, cursor=cursor)
        found += [(each.id, each.members, each.deleted_at is not None) for each in page.items]
        cursor = page.next_cursor
    assert found == [(empty, 0, False), (owner.organization_id, 2, False), (gone, 0, True)]
    assert cursor is None


@pytest.mark.parametrize("operator", [False, True])
def test_deleting_and_restoring_are_told_in_the_organizations_trail(
    admin: Visitor, owner: Principal, operator: bool
) -> None:
    who = OPERATOR if operator else admin
    installation.delete(who, owner.organization_id, ORIGIN)
    assert deleted_at(owner.organization_id) is not None
    assert organizations.of(visitor(owner.person_id)) == []
    with pytest.raises(ConflictError):
        installation.delete(who, owner.organization_id, ORIGIN)
    installation.restore(who, owner.organization_id, ORIGIN)
    assert deleted_at(owner.organization_id) is None
    assert len(organizations.of(visitor(owner.person_id))) == 1
    with pytest.raises(ConflictError):
        installation.restore(who, owner.organization_id, ORIGIN)
    lines = trail_of(owner.organization_id)
    assert [line.action for line in lines] == [Action.DELETED, Action.RESTORED]
    assert {line.actor for line in lines} == {OPERATOR if operator else "admin@example.com"}
    for act in (installation.delete, installation.restore):
        with pytest.raises(NotFoundError):
            act(who, uuid4(), ORIGIN)


def test_a_deleted_organization_is_kept_for_30_days_and_then_gone_with_all_of_it() -> None:
    old, recent, here = (make_tenant(f"{name}@example.com") for name in ("old", "recent", "here"))
    delete_before(old.organization, timedelta(days=30, minutes=1))
    delete_before(recent.organization, timedelta(days=29, hours=23))
    assert installation.purge() == [old.organization]
    assert installation.purge() == []
    left = {recent.organization, here.organization}
    with worker_session() as session:
        assert set(session.scalars(select(Organization.id))) == left
        for table in rows(here):
            query = text(f"SELECT DISTINCT organization_id FROM {table} WHERE organization_id IS NOT NULL")
            found = set(session.scalars(query))
            assert found == (left | {old.organization} if table == "audit_events" else left), table
        assert session.scalar(text("SELECT count(*) FROM people")) == 3  # people are nobody's to remove
    assert trail_of(old.organization)[-1].action == Action.REMOVED
    with pytest.raises(NotFoundError):
        installation.restore(OPERATOR, old.organization)


def test_what_was_brought_back_meanwhile_is_not_removed(
    owner: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_before(owner.organization_id, timedelta(days=31))
    removed = installation._removed

    def restored_first(organization_id: UUID, *args: object) -> bool:
        installation.restore(OPERATOR, organization_id)
        return removed(organization_id, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(installation, "_removed", restored_first)
    assert installation.purge() == []
    assert deleted_at(owner.organization_id) is None


def test_a_request_under_way_when_its_organization_is_removed_ends_in_plain_words(owner: Principal) -> None:
    delete_before(owner.organization_id, timedelta(days=31))
    assert installation.purge() == [owner.organization_id]
    with pytest.raises(IdentityError), acting(owner) as work:
        organizations.update(work, name="New")
    with pytest.raises(IdentityError), acting(owner) as work:
        members.leave(work)
