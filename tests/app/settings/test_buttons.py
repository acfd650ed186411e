"""Nobody sees a button they may not press, and a press that came too late does nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from app.shell import access, navigation
from app.web.paths import PAGES
from identity import brands, members
from identity.permissions import Role
from identity.sessions import enter, signed_in
from tests.app.pages import said
from tests.app.settings.conftest import OWNER, Agency
from tests.identity.acting import ORIGIN, acting, principal
from tests.identity.people import add_person, cookie_for, join

ADMIN, EDITOR, MEMBER = "admin@example.com", "editor@example.com", "member@example.com"
VIEWER, CLIENT, LIMITED = "viewer@example.com", "client@example.com", "limited@example.com"
EVERYONE: Final = (OWNER, ADMIN, EDITOR, MEMBER, VIEWER, CLIENT, LIMITED)
LOOKERS: Final = (EDITOR, MEMBER, VIEWER)
CLOSED: Final = "Your role does not open this page"

SAVE, LEAVE, DELETE_ALL = "Save", "Yes, leave", "Yes, delete the organization"
BRANDS = {"Add a brand", "Edit", "Approvals", "Yes, delete"}
PEOPLE = {"Invite someone", "Change", "Yes, remove", "Send again", "Yes, revoke"}
PROVIDERS = {"Add a provider", "Test", "Edit", "Yes, turn off", "Yes, delete"}
KEYS = {"Create a key", "How the API works", "Yes, revoke"}
OWN = {"Save", "Send a link to the new address", "Change the password", "Turn on"}

# Page -> address -> every button on it; None: the page says that it is not for them.
BUTTONS: Final[dict[str, dict[str, set[str] | None]]] = {
    "organization": {
        OWNER: {SAVE, LEAVE, DELETE_ALL}, ADMIN: {SAVE, LEAVE}, LIMITED: {LEAVE}, CLIENT: None,
        **{key: {LEAVE} for key in LOOKERS},
    },
    "brands": {
        OWNER: BRANDS, ADMIN: BRANDS, LIMITED: {"Edit", "Approvals"}, CLIENT: None,
        **{key: set() for key in LOOKERS},
    },
    "people": {
        OWNER: PEOPLE, ADMIN: PEOPLE, LIMITED: PEOPLE, CLIENT: None, **{key: set() for key in LOOKERS},
    },
    "identity_provider": {
        OWNER: PROVIDERS, ADMIN: PROVIDERS, LIMITED: None, CLIENT: None, **dict.fromkeys(LOOKERS),
    },
    "api_keys": {OWNER: KEYS, ADMIN: KEYS, LIMITED: None, CLIENT: None, **dict.fromkeys(LOOKERS)},
    "audit": {
        OWNER: {"Download as CSV"}, ADMIN: {"Download as CSV"}, LIMITED: None, CLIENT: None,
        **dict.fromkeys(LOOKERS),
    },
    "profile": {**dict.fromkeys(EVERYONE, OWN), CLIENT: OWN | {LEAVE}},
}  # fmt: skip
NAVIGATION: Final = {
    OWNER: {
        "Overview", "Content", "Channels", "Composer", "Posts", "Plan", "Approvals", "Data health", "SQL",
        "Accounts", "Import history", "Notifications",
        "Organization", "Brands", "People", "Identity provider", "API keys", "Webhooks", "Audit trail",
        "Releases",
        "My profile", "My notifications",
    },
    LIMITED: {
        "Overview", "Content", "Channels", "Composer", "Posts", "Plan", "Approvals", "Data health", "SQL",
        "Accounts", "Import history", "Notifications",
        "Organization", "Brands", "People", "My profile", "My notifications",
    },
    VIEWER: {
        "Overview", "Content", "Channels", "Posts", "Plan", "Approvals", "Data health", "SQL", "Accounts",
        "Notifications",
        "Organization", "Brands", "People", "My profile", "My notifications",
    },
    CLIENT: {"Posts", "Plan", "Approvals", "Notifications", "My profile", "My notifications"},
}  # fmt: skip


def buttons(test: AppTest) -> set[str]:
    """What can be pressed: also in what opens, and links that look like buttons."""
    return {item.label for kind in (test.button, test.download_button, test.link_button) for item in kind}


@pytest.mark.parametrize("page", BUTTONS)
def test_everyone_sees_the_buttons_they_may_press_and_no_other(
    busy: Agency, look: Callable[..., AppTest], page: str
) -> None:
    del busy
    assert set(BUTTONS[page]) == set(EVERYONE)
    for email, expected in BUTTONS[page].items():
        test = look(page, email)
        assert buttons(test) == (expected or set()), email
        assert (CLOSED in said(test)) == (expected is None), email


def test_buttons_are_for_those_whom_the_caller_may_change(busy: Agency, look: Callable[..., AppTest]) -> None:
    owner, client = busy.members[OWNER], busy.members[CLIENT]
    keys = {button.key for button in look("people", ADMIN).button}
    assert f"change_{client}" in keys
    assert f"change_{owner}" not in keys
    limited = look("people", LIMITED)
    assert {button.key for button in limited.button if button.label == "Change"} == {
        f"change_{client}", f"change_{busy.members[LIMITED]}",
    }  # fmt: skip
    assert "for-brand@example.com" in said(limited)
    assert "invited@example.com" not in said(limited)


def test_the_navigation_shows_what_opens(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    del agency
    script = (
        "import streamlit as st\n"
        "from app.shell import access, navigation\n"
        "for part in navigation.sections(access.require_sign_in()).values():\n"
        "    for page in part:\n"
        "        st.text(f'{page.title}:{page.visibility}')\n"
    )
    for email, expected in NAVIGATION.items():
        monkeypatch.setattr(access, "browser_token", partial(cookie_for, email))
        test = AppTest.from_string(script, default_timeout=60).run()
        found = [line.value.split(":") for line in test.text]
        assert len(found) == 1 + len(PAGES)  # and the hidden one at the root
        assert {title for title, visibility in found if visibility == "visible"} == expected, email


def test_every_page_has_its_address() -> None:
    assert {f"/{entry.path}" for entry in (*navigation.WORK, *navigation.SETTINGS)} == PAGES


def test_a_press_after_the_role_was_taken_away_changes_nothing(
    agency: Agency, look: Callable[..., AppTest]
) -> None:
    test = look("organization", ADMIN)
    with acting(agency.member()) as work:
        members.change(work, agency.members[ADMIN], Role.VIEWER, None)
    test.text_input[0].set_value("Mine now")
    test.button(key="organization_save").click().run()
    assert not test.exception
    assert agency.member().organization_name == "Lindenhof Agency"
    assert "organization_save" not in {button.key for button in test.button}


def test_a_press_on_a_page_of_another_organization_changes_nothing(
    agency: Agency, look: Callable[..., AppTest]
) -> None:
    """Someone who is in two organizations has switched in another tab; the button is of the one before."""
    _, elsewhere = add_person("else@example.com", organization="Zweites Haus")
    for email in (OWNER, VIEWER):
        join(agency.members[email], elsewhere, Role.OWNER)
    test = look("people")
    visitor = signed_in(access.browser_token())
    assert visitor is not None
    enter(visitor, elsewhere, ORIGIN)
    test.button(key=f"remove_{agency.members[VIEWER]}").click().run()
    assert "switched to another organization" in said(test)
    assert principal(agency.members[VIEWER], elsewhere).role is Role.OWNER
    test.button(key=f"remove_{agency.members[VIEWER]}").click().run()  # of the page as it is drawn now
    assert f"remove_{agency.members[VIEWER]}" not in {button.key for button in test.button}
    assert agency.member(VIEWER).role is Role.VIEWER


def test_a_press_after_the_session_ended_changes_nothing(
    agency: Agency, look: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(agency.member()) as work:
        brand_id = brands.create(work, "Without accounts", "UTC")
    test = look("brands")
    monkeypatch.setattr(access, "browser_token", lambda: None)
    test.button(key=f"delete_{brand_id}").click().run()
    assert "Your session has ended" in said(test)
    with acting(agency.member()) as work:
        assert brands.get(work, brand_id)
