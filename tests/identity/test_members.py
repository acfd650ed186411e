"""Members: who sees, changes and removes whom; and never an organization without an owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from foundation.database import worker_session
from identity import api_keys, invitations, members
from identity.audit import Action
from identity.errors import ConflictError, ForbiddenError, IdentityError, InvalidError, NotFoundError
from identity.models import ApiKey, Membership
from identity.permissions import Permission, Role
from identity.principal import Principal
from identity.work import Work
from tests.identity.acting import (
    acting,
    as_key,
    new_account,
    new_member,
    new_organization,
    principal,
    second_of_two,
    trail_of,
)
from tests.identity.people import add_brand, join


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def again(member: Principal) -> Principal:
    """The member with what they hold by now."""
    return principal(member.person_id, member.organization_id)


def seen_by(caller: Principal) -> set[UUID]:
    with acting(caller) as work:
        return {member.person_id for member in members.listed(work).items}


def roles(organization_id: UUID) -> dict[UUID, str]:
    with worker_session() as session:
        rows = session.scalars(select(Membership).where(Membership.organization_id == organization_id))
        return {row.person_id: row.role for row in rows}


def test_members_are_listed_by_address_in_pages(owner: Principal) -> None:
    for number in range(5):
        new_member(owner.organization_id, Role.VIEWER, email=f"a{number}@example.com")
    new_member(new_organization("Other"), email="a9@example.com")
    found: list[str] = []
    cursor = None
    for _ in range(3):
        with acting(owner) as work:
            page = members.listed(work, limit=2, cursor=cursor)
        found += [member.email for member in page.items]
        cursor = page.next_cursor
    assert found == [*(f"a{number}@example.com" for number in range(5)), owner.email]
    assert cursor is None


def test_a_member_is_shown_with_what_they_hold(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    client = new_member(owner.organization_id, Role.CLIENT, [brand])
    with acting(owner) as work:
        found = members.get(work, client.person_id)
    assert (found.email, found.role, found.brand_ids) == (client.email, Role.CLIENT, frozenset({brand}))
    assert found.manageable
    with acting(owner) as work:
        assert members.get(work, owner.person_id).brand_ids is None


def test_who_is_limited_sees_whom_they_share_a_brand_with(owner: Principal) -> None:
    one, two = add_brand(owner.organization_id, "One"), add_brand(owner.organization_id, "Two")
    limited = new_member(owner.organization_id, Role.ADMIN, [one])
    shares = new_member(owner.organization_id, Role.EDITOR, [one, two])
    hidden = new_member(owner.organization_id, Role.EDITOR, [two])
    assert seen_by(limited) == {limited.person_id, shares.person_id, owner.person_id}
    assert seen_by(owner) == {*seen_by(limited), hidden.person_id}
    with acting(limited) as work:
        shown = {member.person_id: member for member in members.listed(work).items}
    assert shown[shares.person_id].brand_ids == frozenset({one})  # of the other brand they know nothing
    assert not shown[shares.person_id].manageable
    assert not shown[owner.person_id].manageable
    assert shown[limited.person_id].manageable


def test_who_is_limited_to_no_brand_any_more_still_sees_the_whole_organizations_people(
    owner: Principal,
) -> None:
    lost = new_member(owner.organization_id, Role.VIEWER, [])
    new_member(owner.organization_id, Role.VIEWER, [add_brand(owner.organization_id)])
    assert seen_by(lost) == {lost.person_id, owner.person_id}


def test_a_client_sees_no_members(owner: Principal) -> None:
    client = new_member(owner.organization_id, Role.CLIENT, [add_brand(owner.organization_id)])
    with pytest.raises(ForbiddenError):
        seen_by(client)
    with pytest.raises(ForbiddenError), acting(client) as work:
        members.get(work, owner.person_id)


def test_a_changed_role_holds_at_the_next_request_and_is_told(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    member = new_member(owner.organization_id, Role.EDITOR)
    with acting(owner) as work:
        members.change(work, member.person_id, Role.MEMBER, frozenset({brand}))
    assert (again(member).role, again(member).brand_ids) == (Role.MEMBER, frozenset({brand}))
    line = trail_of(owner.organization_id)[-1]
    assert (line.action, line.target_type, line.target) == (Action.UPDATED, "member", member.email)
    assert line.before == {"role": "EDITOR", "brands": None}
    assert line.after == {"role": "MEMBER", "brands": [str(brand)]}
    with acting(owner) as work:  # the same again is no event
        members.change(work, member.person_id, Role.MEMBER, frozenset({brand}))
        members.change(work, member.person_id, Role.VIEWER, None)
    assert again(member).brand_ids is None
    assert [line.action for line in trail_of(owner.organization_id)] == [Action.UPDATED] * 2


def test_role_and_brands_have_to_go_together(owner: Principal) -> None:
    brands = [add_brand(owner.organization_id, name) for name in ("One", "Two")]
    member = new_member(owner.organization_id, Role.VIEWER)
    wrong = [
        (Role.OWNER, brands[:1]),
        (Role.CLIENT, None),
        (Role.CLIENT, brands),
        (Role.CLIENT, []),
        (Role.VIEWER, []),
    ]
    for role, chosen in wrong:
        with pytest.raises(InvalidError) as refusal, acting(owner) as work:
            members.change(work, member.person_id, role, None if chosen is None else frozenset(chosen))
        assert refusal.value.field == "brand_ids"


def test_another_organizations_brand_or_member_is_not_there(owner: Principal) -> None:
    other = new_member(new_organization("Other"))
    foreign = add_brand(other.organization_id)
    member = new_member(owner.organization_id, Role.VIEWER)
    with pytest.raises(InvalidError), acting(owner) as work:
        members.change(work, member.person_id, Role.VIEWER, frozenset({foreign}))
    for person_id in (other.person_id, uuid4()):
        with pytest.raises(NotFoundError), acting(owner) as work:
            members.change(work, person_id, Role.VIEWER, None)
        with pytest.raises(NotFoundError), acting(owner) as work:
            members.remove(work, person_id)
        with pytest.raises(NotFoundError), acting(owner) as work:
            members.get(work, person_id)
    assert roles(other.organization_id) == {other.person_id: "OWNER"}


def test_who_is_in_two_organizations_is_changed_in_one(owner: Principal) -> None:
    elsewhere = new_member(new_organization("Other"))
    join(elsewhere.person_id, owner.organization_id, Role.VIEWER)
    with acting(owner) as work:
        members.change(work, elsewhere.person_id, Role.EDITOR, None)
    assert again(elsewhere).role is Role.OWNER
    with acting(owner) as work:
        members.remove(work, elsewhere.person_id)
    assert again(elsewhere).role is Role.OWNER


def test_nobody_touches_a_mightier_member_or_rises_above_themselves(owner: Principal) -> None:
    admin = new_member(owner.organization_id, Role.ADMIN)
    acts: list[Callable[[Work], None]] = [
        lambda work: members.change(work, owner.person_id, Role.VIEWER, None),
        lambda work: members.remove(work, owner.person_id),
        lambda work: members.change(work, admin.person_id, Role.OWNER, None),
    ]
    for act in acts:
        with pytest.raises(ForbiddenError), acting(admin) as work:
            act(work)
    for role in (Role.EDITOR, Role.MEMBER, Role.VIEWER):
        member = new_member(owner.organization_id, role)
        with pytest.raises(ForbiddenError), acting(member) as work:
            members.change(work, member.person_id, Role.ADMIN, None)
        with pytest.raises(ForbiddenError), acting(member) as work:
            members.remove(work, admin.person_id)
    assert roles(owner.organization_id)[owner.person_id] == "OWNER"


def test_a_limited_administrator_manages_only_members_within_their_brands(owner: Principal) -> None:
    one, two = add_brand(owner.organization_id, "One"), add_brand(owner.organization_id, "Two")
    admin = new_member(owner.organization_id, Role.ADMIN, [one])
    mine = new_member(owner.organization_id, Role.EDITOR, [one])
    both = new_member(owner.organization_id, Role.EDITOR, [one, two])
    hidden = new_member(owner.organization_id, Role.VIEWER, [two])
    whole = new_member(owner.organization_id, Role.VIEWER)
    with acting(admin) as work:
        members.change(work, mine.person_id, Role.VIEWER, frozenset({one}))
    refused: list[tuple[type[IdentityError], UUID, frozenset[UUID] | None]] = [
        (ForbiddenError, both.person_id, frozenset({one})),
        (ForbiddenError, whole.person_id, frozenset({one})),
        (NotFoundError, hidden.person_id, frozenset({one})),
        (ForbiddenError, mine.person_id, None),
        (InvalidError, mine.person_id, frozenset({one, two})),  # of the other brand they know nothing
    ]
    for error, person_id, brand_ids in refused:
        with pytest.raises(error), acting(admin) as work:
            members.change(work, person_id, Role.VIEWER, brand_ids)
    for member in (both, whole):
        with pytest.raises(ForbiddenError), acting(admin) as work:
            members.remove(work, member.person_id)
    with acting(admin) as work:
        members.remove(work, mine.person_id)
    assert mine.person_id not in roles(owner.organization_id)


def test_a_key_grants_nothing_beyond_its_scopes(owner: Principal) -> None:
    member = new_member(owner.organization_id, Role.VIEWER)
    key = as_key(owner, [Permission.MEMBERS_MANAGE, Permission.MEMBERS_READ])
    with pytest.raises(ForbiddenError), acting(key) as work:
        members.change(work, member.person_id, Role.EDITOR, None)
    with pytest.raises(ForbiddenError), acting(key) as work:
        members.leave(work)


def test_a_key_limited_to_accounts_lets_nobody_see_more_of_them(owner: Principal) -> None:
    account = new_account(owner.organization_id, add_brand(owner.organization_id))
    member = new_member(owner.organization_id, Role.VIEWER)
    key = as_key(owner, Permission, [account])
    for role in (Role.OWNER, Role.ADMIN, Role.VIEWER):
        with pytest.raises(ForbiddenError), acting(key) as work:
            members.change(work, member.person_id, role, None)
        with pytest.raises(ForbiddenError), acting(key) as work:
            invitations.invite(work, "new@example.com", role)


def test_a_removed_member_is_out_with_their_keys(owner: Principal) -> None:
    admin = new_member(owner.organization_id, Role.ADMIN)
    with acting(admin) as work:
        api_keys.create(work, "Key", [Permission.POSTS_READ])
    with acting(owner) as work:
        members.remove(work, admin.person_id)
    with worker_session() as session:
        assert session.scalars(select(ApiKey)).all() == []
    line = trail_of(owner.organization_id)[-1]
    assert (line.action, line.target, line.before) == (
        Action.REMOVED,
        admin.email,
        {"role": "ADMIN", "brands": None},
    )
    with pytest.raises(NotFoundError), acting(owner) as work:
        members.remove(work, admin.person_id)


def test_leaving_is_told_as_leaving(owner: Principal) -> None:
    viewer, editor = (new_member(owner.organization_id, role) for role in (Role.VIEWER, Role.EDITOR))
    with acting(viewer) as work:
        members.leave(work)
    with acting(editor) as work:
        members.remove(work, editor.person_id)
    lines = trail_of(owner.organization_id)
    assert [(line.action, line.person_id) for line in lines] == [
        (Action.LEFT, viewer.person_id),
        (Action.LEFT, editor.person_id),
    ]
    with pytest.raises(NotFoundError), acting(viewer) as work:
        members.leave(work)


def test_the_last_owner_neither_leaves_nor_steps_down(owner: Principal) -> None:
    new_member(owner.organization_id, Role.ADMIN)
    for act in (
        members.leave,
        lambda work: members.remove(work, owner.person_id),
        lambda work: members.change(work, owner.person_id, Role.ADMIN, None),
    ):
        with pytest.raises(ConflictError, match="needs an owner"), acting(owner) as work:
            act(work)
    second = new_member(owner.organization_id, Role.OWNER)
    with acting(owner) as work:
        members.change(work, owner.person_id, Role.ADMIN, None)
    assert roles(owner.organization_id)[second.person_id] == "OWNER"


def test_an_owner_is_not_made_to_leave_by_a_provider_that_vouches_for_them(owner: Principal) -> None:
    """An administrator can set such a provider up, and be let in as the owner by it."""
    new_member(owner.organization_id, Role.OWNER)
    vouched_for = replace(owner, role=Role.ADMIN, confined=True)
    for act in (members.leave, lambda work: members.remove(work, owner.person_id)):
        with pytest.raises(ForbiddenError, match="own password"), acting(vouched_for) as work:
            act(work)
    viewer = replace(new_member(owner.organization_id, Role.VIEWER), confined=True)
    with acting(viewer) as work:
        members.leave(work)
    assert owner.person_id in roles(owner.organization_id)


@pytest.mark.parametrize("first", ["remove", "lower"])
def test_who_is_put_out_at_this_moment_changes_nobody_any_more(owner: Principal, first: str) -> None:
    admin = new_member(owner.organization_id, Role.ADMIN)
    accomplice = new_member(owner.organization_id, Role.VIEWER)

    def put_out(work: Work) -> None:
        if first == "remove":
            members.remove(work, admin.person_id)
        else:
            members.change(work, admin.person_id, Role.EDITOR, None)

    def promote() -> None:
        with acting(admin) as work:
            members.change(work, accomplice.person_id, Role.ADMIN, None)

    assert isinstance(second_of_two(owner, put_out, promote), (ForbiddenError, NotFoundError))
    assert roles(owner.organization_id)[accomplice.person_id] == "VIEWER"


def step_down(work: Work) -> None:
    members.change(work, work.principal.person_id, Role.VIEWER, None)


@pytest.mark.parametrize("second_act", [members.leave, step_down])
def test_of_two_owners_who_go_at_once_one_stays(owner: Principal, second_act: Callable[[Work], None]) -> None:
    """The second waits for the first, whose transaction is open, and then finds to be the last."""
    other = new_member(owner.organization_id, Role.OWNER)

    def go() -> None:
        with acting(other) as work:
            second_act(work)

    refusal = second_of_two(owner, members.leave, go)
    assert isinstance(refusal, ConflictError)
    assert roles(owner.organization_id) == {other.person_id: "OWNER"}
