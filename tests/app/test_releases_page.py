"""The page Releases: what people see and why, and who may go back."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from app.releasing import going_back
from foundation.database import worker_session
from identity.errors import ForbiddenError
from identity.models import Person
from identity.permissions import Role
from identity.principal import Origin
from tests.app.pages import EMAIL, OpenPage, said
from tests.identity.acting import visitor
from tests.identity.people import add_person
from warehouse import holds, releases, rollbacks
from warehouse.releases import Release

pytestmark = pytest.mark.usefixtures("settings")


def released(number: int) -> list[Release]:
    made = []
    for snapshot in range(1, number + 1):
        releases.start_build(f"run-{snapshot}")
        made.append(releases.release(f"run-{snapshot}", snapshot))
    return made


def person(*, administers: bool) -> UUID:
    person_id, _ = add_person(EMAIL, role=Role.OWNER)
    with worker_session() as session:
        session.execute(update(Person).where(Person.id == person_id).values(super_admin=administers))
    return person_id


def fill(test: AppTest, why: str) -> AppTest:
    test.text_input(key=going_back.WHY_BACK).set_value(why)
    return test.button(key=going_back.BACK).click().run()


def test_before_the_first_release_it_says_what_is_awaited(open_page: OpenPage) -> None:
    person(administers=True)
    test = open_page("releases")
    assert "Nothing is released yet" in said(test)
    assert not test.button


def test_an_owner_sees_what_was_released_and_can_change_nothing(open_page: OpenPage) -> None:
    person_id = person(administers=False)
    released(3)
    rollbacks.rollback("operator@example.com", "a wrong <b>zone</b>", hold=True)
    test = open_page("releases")
    words = said(test)
    assert "earlier numbers of release 2" in words
    assert "They stand until releases go on" in words
    assert "Back to release 2: a wrong &lt;b&gt;zone&lt;/b&gt;" in words
    assert "operator@example.com" not in words  # whoever runs the installation is nobody's colleague here
    assert not test.button
    for press in (going_back._go_back, going_back._hold, going_back._resume):
        with pytest.raises(ForbiddenError):
            press(visitor(person_id), Origin())
    assert len(releases.history()) == 4


def test_an_administrator_goes_back_and_says_why(open_page: OpenPage) -> None:
    person(administers=True)
    first, second, third = released(3)
    test = fill(open_page("releases"), "")
    assert "Say why" in said(test)
    assert releases.current() == third
    test.selectbox(key=going_back.TO).select(first.id)
    test.checkbox(key=going_back.KEEP).check()
    test = fill(test, "the zone was wrong")
    now = releases.current()
    assert now is not None
    assert (now.numbers_of, now.made_by, now.note) == (first.id, EMAIL, "the zone was wrong")
    assert (held := holds.held()) is not None
    assert held.held_by == EMAIL
    test = test.button(key=going_back.BACK).click().run()  # pressed twice
    assert "Say why" in said(test)
    assert releases.current() == now
    assert not test.exception
    assert second.id in {int(one.split()[1]) for one in test.selectbox(key=going_back.TO).options}
    test = test.button(key=going_back.RESUME).click().run()
    assert holds.held() is None
    assert "until the next numbers pass their checks" in said(test)


def test_an_administrator_holds_releases_back(open_page: OpenPage) -> None:
    person(administers=True)
    released(1)
    test = open_page("releases")
    assert "no earlier release yet" in said(test)
    test.text_input(key=going_back.WHY_HOLD).set_value("a migration")
    test = test.button(key=going_back.HOLD).click().run()
    assert "New numbers are held back" in said(test)
    assert "a migration" in said(test)


def test_older_releases_are_a_press_away(open_page: OpenPage) -> None:
    person(administers=False)
    released(22)
    test = open_page("releases")
    assert "<td>3</td>" in said(test)
    assert "<td>2</td>" not in said(test)
    test = test.button(key="more_releases").click().run()
    assert "<td>1</td>" in said(test)
    assert not test.button
