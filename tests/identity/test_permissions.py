"""The one table of permissions: what it says down the role order, and what nobody can get past."""

from __future__ import annotations

import itertools
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import ForbiddenError
from identity.permissions import (
    ORGANIZATION_WIDE,
    TABLE,
    Permission,
    Role,
    held,
    may,
    may_grant,
    permissions_of,
    require,
)
from identity.principal import Principal

ORDER = [Role.OWNER, Role.ADMIN, Role.EDITOR, Role.MEMBER, Role.VIEWER]
BRANDS = [UUID(int=number) for number in range(1, 5)]

brand_sets = st.frozensets(st.sampled_from(BRANDS))
limits = st.none() | brand_sets
scope_sets = st.none() | st.frozensets(st.sampled_from(Permission))


@st.composite
def principals(draw: st.DrawFn) -> Principal:
    return Principal(
        person_id=UUID(int=9),
        email="someone@example.com",
        name="",
        super_admin=draw(st.booleans()),
        session_id=uuid4(),
        confined=draw(st.booleans()),
        organization_id=UUID(int=8),
        organization_name="Agency",
        role=draw(st.sampled_from(Role)),
        brand_ids=draw(limits),
        scopes=draw(scope_sets),
        account_ids=draw(st.none() | st.just(frozenset({UUID(int=7)}))),
    )


def test_the_table_says_who_may_do_what() -> None:
    """Written out once more, so that no change of the table goes unnoticed."""
    letters = dict(zip("OAEMVC", Role, strict=True))
    expected = {
        "organization:read": "OAEMV",
        "organization:update": "OA",
        "organization:delete": "O",
        "members:read": "OAEMV",
        "members:manage": "OA",
        "brands:read": "OAEMVC",
        "brands:create": "OA",
        "brands:update": "OA",
        "brands:delete": "OA",
        "accounts:read": "OAEMV",
        "accounts:connect": "OA",
        "posts:read": "OAEMVC",
        "posts:write": "OAEM",
        "posts:approve": "OAEC",
        "analytics:read": "OAEMV",
        "reports:read": "OAEMVC",
        "reports:create": "OAE",
        "identity_providers:manage": "OA",
        "api_keys:manage": "OA",
        "webhooks:manage": "OA",
        "audit:read": "OA",
    }
    assert {permission.value for permission in Permission} == set(expected)
    for permission in Permission:
        holders = {role for role in Role if permission in TABLE[role]}
        assert holders == {letters[letter] for letter in expected[permission]}, permission


@pytest.mark.parametrize("limited", [False, True])
def test_down_the_role_order_permissions_only_shrink(limited: bool) -> None:
    held_down = [permissions_of(role, limited=limited) for role in ORDER]
    for mightier, lesser in itertools.pairwise(held_down):
        assert lesser <= mightier
    assert TABLE[Role.OWNER] == set(Permission)
    assert all(TABLE[lesser] < TABLE[mightier] for mightier, lesser in itertools.pairwise(ORDER))


@pytest.mark.parametrize("role", list(Role))
def test_who_is_limited_holds_no_more_than_who_has_the_whole_and_nothing_of_the_organization(
    role: Role,
) -> None:
    limited = permissions_of(role, limited=True)
    assert limited <= permissions_of(role, limited=False)
    assert not limited & ORGANIZATION_WIDE


@given(principals(), st.sampled_from(Permission), st.sampled_from(BRANDS))
def test_whoever_may_something_in_a_brand_holds_it_and_sees_the_brand(
    caller: Principal, permission: Permission, brand_id: UUID
) -> None:
    allowed = may(caller, permission, brand_id)
    assert allowed is (
        permission in held(caller) and (caller.brand_ids is None or brand_id in caller.brand_ids)
    )
    if allowed:
        assert may(caller, permission)
        require(caller, permission, brand_id)
    else:
        with pytest.raises(ForbiddenError):
            require(caller, permission, brand_id)


@given(principals(), st.sampled_from(Permission), st.sampled_from(BRANDS), brand_sets)
def test_a_limit_to_brands_only_takes_away(
    caller: Principal, permission: Permission, brand_id: UUID, brand_ids: frozenset[UUID]
) -> None:
    whole, limited = replace(caller, brand_ids=None), replace(caller, brand_ids=brand_ids)
    for brand in (None, brand_id):
        assert may(whole, permission, brand) or not may(limited, permission, brand)


@given(principals(), scope_sets)
def test_scopes_only_take_away(caller: Principal, scopes: frozenset[Permission] | None) -> None:
    narrowed = replace(caller, scopes=scopes)
    assert held(narrowed) <= held(replace(caller, scopes=None))
    if scopes is not None:
        assert held(narrowed) <= scopes


@given(principals(), st.sampled_from(Role), limits)
def test_nobody_grants_more_than_they_hold(
    caller: Principal, role: Role, brand_ids: frozenset[UUID] | None
) -> None:
    if not may_grant(caller, role, brand_ids):
        return
    assert Permission.MEMBERS_MANAGE in held(caller)
    assert caller.account_ids is None
    granted = replace(caller, role=role, brand_ids=brand_ids, scopes=None)
    for permission in Permission:
        for brand_id in (None, *BRANDS):
            assert may(caller, permission, brand_id) or not may(granted, permission, brand_id)


@given(principals(), st.sampled_from(Role), limits)
def test_who_was_granted_a_role_grants_no_more_than_who_granted_it(
    caller: Principal, role: Role, brand_ids: frozenset[UUID] | None
) -> None:
    if not may_grant(caller, role, brand_ids):
        return
    granted = replace(caller, role=role, brand_ids=brand_ids, scopes=None)
    for next_role in Role:
        for next_brands in (None, frozenset(BRANDS), frozenset(BRANDS[:1]), frozenset[UUID]()):
            assert may_grant(caller, next_role, next_brands) or not may_grant(granted, next_role, next_brands)


def test_an_owner_may_grant_everything_and_an_administrator_all_but_that() -> None:
    owner = Principal(uuid4(), "o@example.com", "", False, uuid4(), False, uuid4(), "Agency", Role.OWNER)
    assert all(may_grant(owner, role, None) for role in Role)
    granted = {role for role in Role if may_grant(replace(owner, role=Role.ADMIN), role, None)}
    assert granted == set(Role) - {Role.OWNER}
    for role in set(Role) - {Role.OWNER, Role.ADMIN}:
        assert not any(may_grant(replace(owner, role=role), other, None) for other in Role)


def test_a_limited_administrator_grants_in_their_brands_alone() -> None:
    mine = frozenset(BRANDS[:2])
    admin = Principal(
        uuid4(), "a@example.com", "", False, uuid4(), False, uuid4(), "Agency", Role.ADMIN, brand_ids=mine
    )
    assert may_grant(admin, Role.ADMIN, frozenset(BRANDS[:1]))
    assert may_grant(admin, Role.CLIENT, frozenset(BRANDS[1:2]))
    assert not may_grant(admin, Role.VIEWER, frozenset(BRANDS[1:3]))
    assert not may_grant(admin, Role.VIEWER, None)


def test_to_administer_the_installation_is_no_role_of_an_organization() -> None:
    """A SUPER_ADMIN sees no organization's work: it is not in the table, and `may` does not ask for it."""
    viewer = Principal(uuid4(), "s@example.com", "", True, uuid4(), False, uuid4(), "Agency", Role.VIEWER)
    assert held(viewer) == held(replace(viewer, super_admin=False)) == TABLE[Role.VIEWER]
