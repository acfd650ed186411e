from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app.settings import devices
from app.shell import access
from app.web.paths import ORGANIZATIONS
from foundation.database import worker_session
from identity import second_factor, sessions
from identity.errors import SignInError
from identity.models import Person, SignIn
from identity.principal import Visitor
from tests.app.pages import said
from tests.app.settings.conftest import OWNER, Agency
from tests.identity.acting import ORIGIN
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, cookie_for

Look = Callable[..., AppTest]
NEW_PASSWORD = "another horse battery"


def person(email: str = OWNER) -> Person:
    with worker_session() as session:
        return session.scalars(select(Person).where(Person.email == email)).one()


def caller() -> Visitor:
    visitor = sessions.signed_in(cookie_for(OWNER))
    assert visitor is not None
    return visitor


def open_sessions() -> int:
    with worker_session() as session:
        return len(session.scalars(select(SignIn).where(SignIn.revoked_at.is_(None))).all())


def test_the_name_is_changed(agency: Agency, look: Look) -> None:
    del agency
    test = look("profile")
    test.text_input(key="own_name_new").set_value("Ida")
    test.button(key="own_name_save").click().run()
    assert person().name == "Ida"
    assert f'href="{ORGANIZATIONS}"' in said(test)  # the way to another organization, or a new one
    assert [toast.value for toast in test.toast] == ["Saved\\."]


def test_the_password_is_changed_with_the_present_one(agency: Agency, look: Look) -> None:
    del agency
    cookie_for(OWNER)
    test = look("profile")
    test.text_input(key="own_password_old").set_value("not mine, sorry")
    test.text_input(key="own_password_new").set_value(NEW_PASSWORD)
    test.button(key="own_password_save").click().run()
    assert "not your present password" in said(test)
    assert test.text_input(key="own_password_new").value == NEW_PASSWORD
    test.text_input(key="own_password_old").set_value(PASSWORD)
    test.button(key="own_password_save").click().run()
    assert not test.error
    assert test.text_input(key="own_password_new").value == ""
    assert sessions.sign_in(OWNER, NEW_PASSWORD, ORIGIN)
    with pytest.raises(SignInError):
        sessions.sign_in(OWNER, PASSWORD, ORIGIN)
    assert open_sessions() == 1


def test_another_address_is_asked_for_with_the_password(agency: Agency, look: Look) -> None:
    del agency
    test = look("profile")
    test.text_input(key="own_address_new").set_value("ida@example.com")
    test.text_input(key="own_address_password").set_value(PASSWORD)
    test.button(key="own_address_save").click().run()
    assert "on its way to ida" in test.toast[0].value
    (letter,) = letters_to("ida@example.com")
    assert token_in(letter)
    assert person().email == OWNER


def test_the_second_factor_from_begin_to_end(agency: Agency, look: Look) -> None:
    del agency
    test = look("profile")
    test.button(key="second_factor_begin").click().run()
    secret = test.code[0].value
    assert "data:image/svg+xml" in said(test)
    test.text_input(key="second_factor_code").set_value("000")
    test.button(key="second_factor_confirm").click().run()
    assert len(test.error) == 1
    assert test.code[0].value == secret
    test.text_input(key="second_factor_code").set_value(pyotp.TOTP(secret).now())
    test.button(key="second_factor_confirm").click().run()
    codes = test.code[0].value.split("\n")
    assert len(codes) == 10
    assert person().totp_confirmed_at is not None
    test.button(key="second_factor_saved").click().run()
    assert not test.code
    assert "10 recovery codes are left" in said(test)
    test.text_input(key="renew_password").set_value(PASSWORD)
    test.text_input(key="renew_code").set_value(codes[0])
    test.button(key="second_factor_renew").click().run()
    renewed = test.code[0].value.split("\n")
    assert not set(renewed) & set(codes)
    test.button(key="second_factor_saved").click().run()
    test.text_input(key="remove_password").set_value("not mine, sorry")
    test.text_input(key="remove_code").set_value(renewed[0])
    test.button(key="second_factor_remove").click().run()
    assert "not your present password" in said(test)
    test.text_input(key="remove_password").set_value(PASSWORD)
    test.button(key="second_factor_remove").click().run()
    assert person().totp_confirmed_at is None
    assert "second_factor_begin" in {button.key for button in test.button}


def test_what_was_begun_is_cancelled(agency: Agency, look: Look) -> None:
    del agency
    test = look("profile")
    test.button(key="second_factor_begin").click().run()
    test.button(key="second_factor_cancel").click().run()
    assert not test.code
    assert "second_factor_begin" in {button.key for button in test.button}


def test_few_recovery_codes_are_a_warning(agency: Agency, look: Look) -> None:
    del agency
    visitor = caller()
    codes = second_factor.confirm(visitor, pyotp.TOTP(second_factor.begin(visitor).secret).now(), ORIGIN)
    for code in codes[:8]:
        admitted = sessions.sign_in(OWNER, PASSWORD, ORIGIN)
        sessions.pass_second_factor(admitted.needs_second_factor or "", code, ORIGIN)
    test = look("profile")
    assert "2 recovery codes are left" in said(test)
    assert "Make new recovery codes" in said(test)


def test_sessions_are_listed_and_ended(agency: Agency, look: Look) -> None:
    del agency
    for _ in range(3):
        cookie_for(OWNER)
    test = look("profile")
    assert said(test).count("this browser") == 1
    ends = [button for button in test.button if button.label == "Sign out"]
    assert len(ends) == 3
    ends[0].click().run()
    assert open_sessions() == 3
    test.button(key="devices_all").click().run()
    assert open_sessions() == 1
    assert "devices_all" not in {button.key for button in test.button}


def test_who_came_by_an_identity_provider_is_told_what_is_looked_after_there(
    agency: Agency, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    confined = replace(agency.member(), confined=True, session_id=sessions.sessions_of(caller())[0].id)
    monkeypatch.setattr(access, "signed_in", lambda _: confined)
    test = look("profile")
    assert "You signed in at the identity provider of" in said(test)
    assert not test.text_input
    assert not test.button
    assert ORGANIZATIONS not in said(test)


def test_without_a_password_it_says_how_to_get_one(agency: Agency, look: Look) -> None:
    del agency
    with worker_session() as session:
        row = session.scalars(select(Person).where(Person.email == OWNER)).one()
        row.password_hash = "!"
    test = look("profile")
    assert said(test).count("Ask for a link to choose one") == 2
    assert not [field for field in test.text_input if "password" in field.label.lower()]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("python-httpx/0.28", "python-httpx"),
        (None, "A program that does not say what it is"),
    ],
)
def test_programs_have_names(told: str | None, words: str) -> None:
    assert devices.program(told) == words
