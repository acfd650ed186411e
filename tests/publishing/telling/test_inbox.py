"""One's own notifications, and how one wants to be told."""

from __future__ import annotations

from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import Settings
from identity.permissions import Role, permissions_of
from publishing.happenings import Kind
from publishing.telling import audience, inbox, wishes
from publishing.telling.inbox import Told
from publishing.telling.wishes import DEFAULTS, EVERYWHERE, NOWHERE
from tests.identity.acting import acting, new_member, new_organization, principal
from tests.identity.people import join
from tests.publishing.telling.conftest import House, execute, tell_all


def listed(house: House, name: str, *, unread_only: bool = False) -> list[Told]:
    with acting(house.member(name)) as work:
        return inbox.listed(work, unread_only=unread_only).items


def unread(house: House, name: str) -> int:
    with acting(house.member(name)) as work:
        return inbox.unread(work)


def test_one_sees_and_marks_ones_own_alone(house: House, settings: Settings) -> None:
    for kind in (Kind.FAILED, Kind.MISSED):
        house.note(kind)
    tell_all(settings)
    assert [one.kind for one in listed(house, "owner")] == [Kind.MISSED, Kind.FAILED]
    assert unread(house, "owner") == unread(house, "editor") == 2
    assert unread(house, "viewer") == 0
    foreign = [one.id for one in listed(house, "editor")]
    with acting(house.member()) as work:
        assert inbox.mark_read(work, foreign) == 0
        assert inbox.get(work, foreign[0]) is None
        own = inbox.listed(work).items
        assert inbox.mark_read(work, [own[0].id]) == 1
        assert inbox.mark_read(work, [own[0].id]) == 0
    assert [one.kind for one in listed(house, "owner", unread_only=True)] == [Kind.FAILED]
    assert unread(house, "editor") == 2
    with acting(house.member()) as work:
        assert inbox.mark_read(work) == 1
    assert unread(house, "owner") == 0
    assert all(one.read_at is not None for one in listed(house, "owner"))


def test_who_no_longer_sees_the_brand_no_longer_sees_what_was_told_of_it(
    house: House, settings: Settings
) -> None:
    house.note(Kind.NEEDS_APPROVAL)
    tell_all(settings)
    assert unread(house, "client") == 1
    execute(
        "UPDATE membership_brands SET brand_id = :other WHERE person_id = :person",
        other=house.other_brand, person=house.members["client"],
    )  # fmt: skip
    assert unread(house, "client") == 0
    assert listed(house, "client") == []
    with acting(house.member("client")) as work:
        assert inbox.mark_read(work) == 0


def test_in_another_organization_one_sees_none_of_these(house: House, settings: Settings) -> None:
    house.note(Kind.FAILED)
    tell_all(settings)
    elsewhere = new_organization("Elsewhere")
    join(house.members["owner"], elsewhere, Role.OWNER)
    with acting(principal(house.members["owner"], elsewhere)) as work:
        assert inbox.unread(work) == 0
        assert inbox.mark_read(work) == 0
    assert unread(house, "owner") == 1


def test_the_list_comes_in_pages(house: House, settings: Settings) -> None:
    for _ in range(5):
        house.note(Kind.FAILED)
    tell_all(settings)
    seen: list[int] = []
    cursor = None
    with acting(house.member()) as work:
        while True:
            page = inbox.listed(work, limit=2, cursor=cursor)
            seen += [one.id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


def test_wishes_are_of_one_person_in_one_organization(house: House) -> None:
    with acting(house.member()) as work:
        key = (work.session, house.organization, house.members["owner"])
        assert wishes.of_person(*key) == DEFAULTS
        wishes.choose(*key, {Kind.FAILED: NOWHERE, Kind.PUBLISHED: EVERYWHERE})
        wishes.choose(*key, {Kind.FAILED: EVERYWHERE})
        assert wishes.of_person(*key) == {**DEFAULTS, Kind.PUBLISHED: EVERYWHERE}
        assert wishes.of_person(work.session, house.organization, house.members["admin"]) == DEFAULTS
    stranger = new_member(house.organization)
    assert stranger.person_id not in {row["person_id"] for row in _settings_rows()}
    assert set(DEFAULTS) == set(Kind)


def _settings_rows() -> list[dict[str, object]]:
    with worker_session() as session:
        return [dict(row) for row in session.execute(text("SELECT * FROM notification_settings")).mappings()]


def test_what_can_concern_whom() -> None:
    def concerns(role: Role) -> set[Kind]:
        held = permissions_of(role, limited=role is Role.CLIENT)
        return {kind for kind in Kind if audience.may_concern(kind, held)}

    assert concerns(Role.OWNER) == set(Kind)
    assert concerns(Role.MEMBER) == set(Kind) - {Kind.NEEDS_RECONNECT, Kind.NEEDS_APPROVAL}
    assert concerns(Role.CLIENT) == {Kind.NEEDS_APPROVAL, Kind.COMMENTED}
    assert concerns(Role.VIEWER) == set()
