"""Reading the trail: the organization's own, newest first, by who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from identity import brands, members, trail
from identity.audit import Action, Target, record_at_door
from identity.errors import ForbiddenError, InvalidError
from identity.permissions import Permission, Role
from identity.principal import Principal
from identity.work import at_the_door
from tests.identity.acting import ORIGIN, acting, as_key, new_member, new_organization
from tests.identity.people import add_brand


@pytest.fixture
def owner(settings: object) -> Principal:
    assert settings
    return new_member(new_organization())


def voices(caller: Principal, **asked: object) -> list[str]:
    """The voices that the listed changes of brands gave."""
    with acting(caller) as work:
        found = trail.events(work, **asked).items  # type: ignore[arg-type]
    return [(line.after or {}).get("voice", "") for line in found]


def change(caller: Principal, *words: str) -> None:
    with acting(caller) as work:
        (brand, *_) = brands.brands(work.session)
        for voice in words:
            brands.update(work, brand.id, voice=voice)


def test_the_newest_lines_come_first_page_by_page(owner: Principal) -> None:
    add_brand(owner.organization_id)
    change(owner, *"abcde")
    with acting(owner) as work:
        first = trail.events(work, limit=2)
    change(owner, "f")  # what comes meanwhile shifts no page
    with acting(owner) as work:
        second = trail.events(work, limit=2, cursor=first.next_cursor)
        third = trail.events(work, limit=2, cursor=second.next_cursor)
    found = [(line.after or {})["voice"] for page in (first, second, third) for line in page.items]
    assert found == ["e", "d", "c", "b", "a"]
    assert third.next_cursor is None
    assert first.items[0].before == {"voice": "d"}


def test_it_is_narrowed_to_an_action_or_a_person(owner: Principal) -> None:
    add_brand(owner.organization_id)
    admin = new_member(owner.organization_id, Role.ADMIN)
    change(owner, "by the owner")
    change(admin, "by the administrator")
    with acting(admin) as work:
        members.leave(work)
    assert voices(owner, person_id=admin.person_id) == ["", "by the administrator"]
    assert voices(owner, person_id=admin.person_id, action=Action.UPDATED) == ["by the administrator"]
    assert voices(owner, action=Action.LEFT) == [""]
    assert voices(owner, action=Action.RESTORED) == []


def test_only_owners_and_administrators_of_the_whole_read_it(owner: Principal) -> None:
    brand = add_brand(owner.organization_id)
    change(owner, "one")
    assert voices(new_member(owner.organization_id, Role.ADMIN)) == ["one"]
    assert voices(as_key(owner, [Permission.AUDIT_READ])) == ["one"]
    for member in (
        new_member(owner.organization_id, Role.EDITOR),
        new_member(owner.organization_id, Role.VIEWER),
        new_member(owner.organization_id, Role.CLIENT, [brand]),
        new_member(owner.organization_id, Role.ADMIN, [brand]),
        as_key(owner, set(Permission) - {Permission.AUDIT_READ}),
    ):
        with pytest.raises(ForbiddenError):
            voices(member)


def test_what_happened_elsewhere_is_not_in_it(owner: Principal) -> None:
    add_brand(owner.organization_id)
    change(owner, "one")
    other = new_member(new_organization("Other"))
    with at_the_door(ORIGIN) as door:  # a line of a person, of no organization
        target = Target("person", owner.person_id)
        record_at_door(door, Action.SIGNED_IN, target, who=owner, organization_id=None)
    assert voices(other) == []
    assert voices(owner) == ["one"]


def test_a_cursor_of_another_list_is_refused(owner: Principal) -> None:
    with pytest.raises(InvalidError) as refusal:
        voices(owner, cursor="WyJhIl0=")
    assert refusal.value.field == "cursor"
    with pytest.raises(InvalidError):
        voices(owner, limit=0)


def test_who_acted_is_known_by_their_newest_address_also_once_they_have_left(owner: Principal) -> None:
    add_brand(owner.organization_id)
    admin = new_member(owner.organization_id, Role.ADMIN)
    new_member(owner.organization_id, Role.VIEWER)  # who did nothing
    elsewhere = new_member(new_organization("Other"))
    add_brand(elsewhere.organization_id)
    for caller in (owner, replace(owner, email="a.new@example.com"), admin, elsewhere):
        change(caller, caller.email)
    with acting(admin) as work:
        members.leave(work)
    with acting(owner) as work:
        found = trail.actors(work)
    assert found == {owner.person_id: "a.new@example.com", admin.person_id: admin.email}
    assert list(found) == [owner.person_id, admin.person_id]  # by address
    with acting(elsewhere) as work:
        assert set(trail.actors(work)) == {elsewhere.person_id}
    with pytest.raises(ForbiddenError), acting(replace(owner, role=Role.EDITOR)) as work:
        trail.actors(work)
