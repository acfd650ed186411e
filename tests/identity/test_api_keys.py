"""API keys: shown once, stored hashed, and never more than their maker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from foundation.database import utc_now, worker_session
from identity import api_keys, members
from identity.api_keys import ApiKeyInfo
from identity.audit import Action
from identity.errors import ForbiddenError, InvalidError, NotFoundError, SignInError
from identity.models import ApiKey
from identity.opaque import digest
from identity.permissions import Permission, Role, held, may
from identity.principal import Principal
from identity.resolving import authenticate
from platforms.accounts import connected
from tests.identity.acting import (
    acting,
    as_key,
    new_account,
    new_member,
    new_organization,
    trail_of,
)
from tests.identity.people import add_brand

READ = [Permission.POSTS_READ, Permission.ACCOUNTS_READ]


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def opened(key: str) -> Principal:
    found = authenticate(key)
    assert isinstance(found, Principal)
    return found


def listed(caller: Principal) -> list[ApiKeyInfo]:
    with acting(caller) as work:
        return api_keys.listed(work).items


def test_a_key_is_shown_once_and_stored_hashed(owner: Principal) -> None:
    with acting(owner) as work:
        info, key = api_keys.create(work, " Reporting ", READ)
    assert key.startswith("allin_")
    assert len(key) == 49
    assert (info.name, info.prefix, info.scopes) == ("Reporting", key[:12], frozenset(READ))
    assert (info.person_email, info.account_ids, info.expires_at) == (owner.email, None, None)
    with worker_session() as session:
        assert session.scalars(select(ApiKey.key_hash)).all() == [digest(key)]
        stored = session.execute(text("SELECT k::text FROM api_keys k")).scalar_one()
    assert key not in stored + repr(info) + repr(listed(owner))
    (line,) = trail_of(owner.organization_id)
    assert (line.action, line.target_type, line.target_id) == (Action.CREATED, "api_key", str(info.id))
    assert line.after == {"scopes": sorted(READ), "accounts": None, "expires_at": None}


def test_a_key_acts_as_its_maker_within_its_scopes(owner: Principal) -> None:
    with acting(owner) as work:
        info, key = api_keys.create(work, "Key", READ)
    principal = opened(key)
    assert (principal.person_id, principal.organization_id) == (owner.person_id, owner.organization_id)
    assert (principal.api_key_id, principal.session_id) == (info.id, None)
    assert held(principal) == set(READ)


def test_a_key_shrinks_with_its_maker_and_never_outgrows_its_scopes(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    admin = new_member(owner.organization_id, Role.ADMIN)
    with acting(admin) as work:
        _, key = api_keys.create(work, "Key", [Permission.POSTS_WRITE, Permission.POSTS_READ])
    with acting(owner) as work:
        members.change(work, admin.person_id, Role.VIEWER, frozenset({brand}))
    assert held(opened(key)) == {Permission.POSTS_READ}
    assert opened(key).brand_ids == frozenset({brand})
    with acting(owner) as work:
        members.change(work, admin.person_id, Role.OWNER, None)
    assert held(opened(key)) == {Permission.POSTS_READ, Permission.POSTS_WRITE}
    with acting(owner) as work:
        members.remove(work, admin.person_id)
    with pytest.raises(SignInError):
        authenticate(key)


def test_a_key_for_some_accounts_sees_those_alone(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    mine, other = (new_account(owner.organization_id, brand) for _ in range(2))
    with acting(owner) as work:
        info, key = api_keys.create(work, "Key", READ, [mine])
    assert info.account_ids == frozenset({mine})
    with acting(opened(key)) as work:
        assert [account.id for account in connected(work.session)] == [mine]
    with acting(owner) as work:
        assert {account.id for account in connected(work.session)} == {mine, other}
    with worker_session() as session:
        session.execute(text("DELETE FROM accounts WHERE id = :id"), {"id": mine})
    assert opened(key).account_ids == frozenset()
    with acting(opened(key)) as work:  # what it was for is gone, which does not make it one for all
        assert connected(work.session) == []


def test_a_key_can_do_no_more_than_its_maker(owner: Principal) -> None:
    admin = new_member(owner.organization_id, Role.ADMIN)
    with pytest.raises(InvalidError, match="organization:delete") as refusal, acting(admin) as work:
        api_keys.create(work, "Key", [Permission.POSTS_READ, Permission.ORGANIZATION_DELETE])
    assert refusal.value.field == "scopes"
    assert "posts:read" not in str(refusal.value)
    brand = add_brand(owner.organization_id)
    for role, brand_ids in ((Role.EDITOR, None), (Role.VIEWER, None), (Role.ADMIN, [brand])):
        member = new_member(owner.organization_id, role, brand_ids)
        with pytest.raises(ForbiddenError), acting(member) as work:
            api_keys.create(work, "Key", [Permission.POSTS_READ])
        with pytest.raises(ForbiddenError):
            listed(member)
    with pytest.raises(ForbiddenError), acting(as_key(owner, Permission)) as work:
        api_keys.create(work, "A key's key", [Permission.POSTS_READ])
    assert listed(owner) == []


def test_what_cannot_be_used_names_its_field(owner: Principal) -> None:
    foreign = new_organization("Other")
    account = new_account(foreign, add_brand(foreign))
    past = utc_now() - timedelta(seconds=1)
    none: list[UUID] = []
    for field, name, scopes, accounts, expires_at in (
        ("name", "", READ, None, None),
        ("name", "x" * 1_000_000, READ, None, None),
        ("scopes", "Key", [], None, None),
        ("account_ids", "Key", READ, none, None),
        ("account_ids", "Key", READ, [account], None),
        ("account_ids", "Key", READ, [uuid4()], None),
        ("expires_at", "Key", READ, None, past),
    ):
        with pytest.raises(InvalidError) as refusal, acting(owner) as work:
            api_keys.create(work, name, scopes, accounts, expires_at)
        assert refusal.value.field == field
    assert listed(owner) == []


def test_a_revoked_or_expired_key_opens_nothing(owner: Principal) -> None:
    with acting(owner) as work:
        info, key = api_keys.create(work, "Key", READ)
        _, short = api_keys.create(work, "Short", READ, None, utc_now() + timedelta(hours=1))
    with acting(new_member(owner.organization_id, Role.ADMIN)) as work:  # anyone who manages keys may end one
        api_keys.revoke(work, info.id)
        api_keys.revoke(work, info.id)
    assert [line.action for line in trail_of(owner.organization_id)].count(Action.REVOKED) == 1
    opened(short)
    with worker_session() as session:
        session.execute(text("UPDATE api_keys SET expires_at = now() WHERE name = 'Short'"))
    for dead in (key, short):
        with pytest.raises(SignInError):
            authenticate(dead)
    assert {each.name: each.revoked_at is not None for each in listed(owner)} == {"Key": True, "Short": False}


def test_another_organizations_key_is_not_there(owner: Principal) -> None:
    with acting(owner) as work:
        info, key = api_keys.create(work, "Key", READ)
    other = new_member(new_organization("Other"))
    for key_id in (info.id, uuid4()):
        with pytest.raises(NotFoundError), acting(other) as work:
            api_keys.revoke(work, key_id)
        with pytest.raises(NotFoundError), acting(other) as work:
            api_keys.get(work, key_id)
    assert listed(other) == []
    opened(key)


def test_keys_are_listed_newest_first_in_pages(owner: Principal) -> None:
    made = []
    for number in range(3):
        with acting(owner) as work:
            made.append(api_keys.create(work, f"Key {number}", READ)[0].id)
    with acting(owner) as work:
        first = api_keys.listed(work, limit=2)
        second = api_keys.listed(work, limit=2, cursor=first.next_cursor)
    assert [info.id for info in [*first.items, *second.items]] == made[::-1]
    assert second.next_cursor is None


def test_a_keys_scopes_are_asked_like_a_role(owner: Principal) -> None:
    key = as_key(owner, [Permission.POSTS_READ])
    brand = add_brand(owner.organization_id)
    assert may(key, Permission.POSTS_READ, brand)
    assert not may(key, Permission.POSTS_WRITE, brand)
    assert not may(replace(key, brand_ids=frozenset()), Permission.POSTS_READ, brand)
