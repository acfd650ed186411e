from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from foundation.database import worker_session
from identity import members, organizations
from identity.logos import generated_logo
from identity.models import Membership, Organization
from identity.permissions import Role
from tests.app.pages import html, said
from tests.app.settings.conftest import OWNER, Agency
from tests.identity.acting import acting, trail_of

Look = Callable[..., AppTest]


def stored(agency: Agency) -> Organization:
    with worker_session() as session:
        return session.get_one(Organization, agency.world.organization_id)


def test_what_was_changed_is_saved_and_the_rest_is_left(agency: Agency, look: Look) -> None:
    test = look("organization")
    test.text_input[0].set_value("Lindenhof & Söhne").run()
    assert any("Join Lindenhof &amp; Söhne</h4>" in body for body in html(test))
    test.button(key="organization_save").click().run()
    assert [toast.value for toast in test.toast] == ["Saved\\."]
    assert stored(agency).name == "Lindenhof & Söhne"
    assert trail_of(agency.world.organization_id)[-1].after == {"name": "Lindenhof & Söhne"}


def test_what_somebody_else_changed_meanwhile_is_not_undone(agency: Agency, look: Look) -> None:
    test = look("organization")
    with acting(agency.member("admin@example.com")) as work:
        organizations.update(work, name="Renamed elsewhere")
    test.run()
    assert test.text_input[0].value == "Renamed elsewhere"
    test.color_picker[0].set_value("#112233").run()
    test.button(key="organization_save").click().run()
    assert (stored(agency).name, stored(agency).colour) == ("Renamed elsewhere", "#112233")


def test_when_a_post_is_missed_is_the_installations_until_it_is_set(agency: Agency, look: Look) -> None:
    test = look("organization")
    (field,) = test.number_input
    assert (field.value, field.placeholder) == (None, "30, as this installation has it")
    for minutes in (120, None):
        test.number_input[0].set_value(minutes).run()
        test.button(key="organization_save").click().run()
        assert stored(agency).missed_after_minutes == minutes
        assert test.number_input[0].value == minutes


def test_a_logo_is_looked_at_saved_and_taken_away(agency: Agency, look: Look) -> None:
    test = look("organization")
    test.file_uploader[0].upload("logo.svg", generated_logo("x", "#123456"), "image/svg+xml").run()
    assert sum("data:image/svg+xml" in body for body in html(test)) == 1  # as it will be
    test.button(key="organization_save").click().run()
    assert (stored(agency).logo or b"").startswith(b"<svg")
    (away,) = test.checkbox
    away.check().run()
    test.button(key="organization_save").click().run()
    assert stored(agency).logo is None


@pytest.mark.parametrize("data", [b"no picture", b"<svg><script>alert(1)</script></svg>"])
def test_a_file_that_is_no_logo_is_refused_at_once(agency: Agency, look: Look, data: bytes) -> None:
    test = look("organization")
    test.file_uploader[0].upload("logo.svg", data, "image/svg+xml").run()
    assert len(test.error) == 1
    test.button(key="organization_save").click().run()
    assert not test.exception
    assert stored(agency).logo is None
    assert not test.toast


def test_a_refused_name_stays_in_its_field_with_the_reason(agency: Agency, look: Look) -> None:
    test = look("organization")
    test.text_input[0].set_value("x" * 101)
    test.button(key="organization_save").click().run()
    assert test.text_input[0].value == "x" * 101
    assert "at most 100 characters" in said(test)
    assert stored(agency).name == "Lindenhof Agency"


def test_the_last_owner_is_told_why_they_cannot_leave(agency: Agency, look: Look) -> None:
    test = look("organization")
    test.button(key="organization_leave").click().run()
    assert "needs an owner" in said(test)
    assert agency.member().role is Role.OWNER


def test_who_leaves_is_out_at_once(agency: Agency, look: Look) -> None:
    test = look("organization", "viewer@example.com")
    test.button(key="organization_leave").click().run()
    assert "You are in no organization" in said(test)
    with worker_session() as session:
        people = session.scalars(select(Membership.person_id)).all()
    assert agency.members["viewer@example.com"] not in people


def test_deleting_takes_its_name(agency: Agency, look: Look) -> None:
    test = look("organization")
    test.text_input(key="organization_delete_name").set_value("Lindenhof")
    test.button(key="organization_delete").click().run()
    assert "exactly as it is shown" in said(test)
    assert stored(agency).deleted_at is None
    test.text_input(key="organization_delete_name").set_value("Lindenhof Agency")
    test.button(key="organization_delete").click().run()
    assert stored(agency).deleted_at is not None
    assert "You are in no organization" in said(test)


def test_names_are_text_whatever_is_in_them(agency: Agency, look: Look) -> None:
    with acting(agency.member()) as work:
        organizations.update(work, name="<b>*Bold*</b>")
        members.change(work, agency.members["viewer@example.com"], Role.MEMBER, None)
    test = look("organization", OWNER)
    bodies = "".join(html(test))
    assert "<b>*Bold*</b>" not in bodies
    assert "&lt;b&gt;*Bold*&lt;/b&gt;" in bodies
