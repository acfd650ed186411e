"""The page of the accounts: what stands there, who may press what, and what a press comes to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app.shell import access
from foundation.database import utc_now, worker_session
from foundation.settings import Settings, get_settings
from identity.permissions import Role
from platforms import health
from platforms.account_rows import DISCONNECTED, IMPORTED, NEEDS_RECONNECT, ConnectedAccount
from platforms.errors import TemporarilyRejected
from tests.app.connecting import rows, set_status
from tests.app.pages import html, said
from tests.app.world import connected_world
from tests.identity.acting import ORIGIN
from tests.identity.people import add_member, add_person, cookie_for

OWNER, LIMITED = "owner@example.com", "limited@example.com"
Look = Callable[..., AppTest]


@pytest.fixture
def look(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Run the page as the person with this address."""
    del settings  # of this test's own database

    def run(email: str = OWNER, **query: str) -> AppTest:
        token = cookie_for(email)
        monkeypatch.setattr(access, "browser_token", lambda: token)
        monkeypatch.setattr(access, "browser_origin", lambda: ORIGIN)
        script = "from app.pages import accounts\naccounts.page()"
        test = AppTest.from_string(script, default_timeout=60)
        for name, value in query.items():
            test.query_params[name] = value
        test.run()
        assert not test.exception
        return test

    return run


def change(account_id: UUID, **values: object) -> None:
    with worker_session() as session:
        row = session.get_one(ConnectedAccount, account_id)
        for name, value in values.items():
            setattr(row, name, value)


def ways(test: AppTest) -> list[tuple[str, str]]:
    """The links that look like buttons: words and address."""
    found = re.findall(r'<a class="go[^"]*" href="([^"]*)" target="_self">([^<]*)</a>', "".join(html(test)))
    return [(words, address) for address, words in found]


def plain(words: str) -> str:
    """Without the backslashes that keep a name from being markup."""
    return words.replace("\\", "")


def labels(test: AppTest) -> set[str]:
    return {button.label for button in test.button}


def test_without_an_account_the_page_says_what_to_do(look: Look) -> None:
    _, organization = add_person(OWNER)
    add_member(organization, "viewer@example.com", Role.VIEWER)
    test = look()
    assert "Connect the first one" in said(test)
    assert ways(test) == [("Connect an account", "/connect")]
    test = look("viewer@example.com")
    assert "An administrator can connect accounts" in said(test)
    assert ways(test) == []


def test_every_account_stands_under_its_brand(look: Look) -> None:
    connected_world()
    test = look()
    assert [heading.value for heading in test.subheader] == ["Harbor & Pine", "Nordlicht Coffee"]
    cards = [body for body in html(test) if 'class="brand"' in body]
    assert len(cards) == 4
    assert all("Works" in card and "First numbers are being fetched" in card for card in cards)
    assert test.warning == []


def test_the_account_that_a_message_leads_to_comes_first(look: Look) -> None:
    wanted = connected_world().account_ids[1]
    for address in (str(wanted), "not-an-id", "00000000-0000-0000-0000-000000000000"):
        test = look(account=address)
        cards = [body for body in html(test) if 'class="brand"' in body]
        first = "Nordlicht Coffee" if address == str(wanted) else "Harbor & Pine"
        assert test.subheader[0].value == first
        assert ("@nordlicht" in cards[0]) == (address == str(wanted))
        assert len(cards) == 4


def test_what_needs_somebody_is_said_first_with_what_to_do(look: Look) -> None:
    world = connected_world()
    dead, lacking, ending, gone = world.account_ids
    change(dead, status=NEEDS_RECONNECT, status_reason="Facebook ended the session")
    change(lacking, scopes=["users.read", "tweet.read", "offline.access"])
    change(ending, check_problem="The permission ends tomorrow; connect the account again before that.")
    change(gone, status=DISCONNECTED)
    test = look()
    (warning,) = test.warning
    assert warning.value.startswith("Needs you:")
    words = said(test)
    assert "Facebook ended the session" in words
    assert re.search(r"be used to publish: .*tweet\.write.* was not allowed", words)
    assert "The permission ends tomorrow" in words
    again = [address for label, address in ways(test) if label == "Connect again"]
    assert sorted(again) == sorted(
        f"/connect?brand={brand}&amp;network={key}"
        for brand, key in (
            (world.brand_ids[0], "facebook"),
            (world.brand_ids[0], "x"),
            (world.brand_ids[1], "facebook"),
        )
    )
    assert [body for body in html(test) if "once it is connected again" in body], "no next numbers"


def test_an_account_for_imported_history_works_without_a_network(look: Look) -> None:
    made = connected_world().account_ids[0]
    change(made, status=IMPORTED, access_token="")
    test = look()
    (card,) = (body for body in html(test) if "Imported" in body)
    assert "AllIN is not connected to it" in card
    assert test.warning == []
    assert [label for label, _ in ways(test)] == ["Connect an account", "Connect it"]
    test.button(key=f"disconnect_{made}").click().run()
    assert not test.exception
    assert len([body for body in html(test) if 'class="brand"' in body]) == 3


def test_permissions_limits_and_times(look: Look) -> None:
    world = connected_world()
    facebook = world.account_ids[0]
    change(
        facebook, scopes=["pages_show_list", "read_insights"], last_synced_at=utc_now(), checked_at=utc_now()
    )
    insert = text(
        "INSERT INTO network_limits (network, subject, name, used, allowed, window_ends_at, blocked_until) "
        "VALUES ('facebook', :subject, :name, 1200, 4800, :ends, :blocked)"
    )
    ends = utc_now() + timedelta(minutes=5)
    for subject, name, blocked in ((str(facebook), "Calls in 24 hours", ends), ("app", "Calls", None)):
        with worker_session() as session:
            session.execute(insert, {"subject": subject, "name": name, "ends": ends, "blocked": blocked})
    details = [body for body in html(look()) if 'class="terms"' in body]
    assert len(details) == 4
    (own,) = (body for body in details if "Calls in 24 hours" in body)
    assert "pages_show_list, read_insights" in own
    assert "1,200 of 4,800 used" in own
    assert "asked to wait until" in own
    assert "Next numbers" in own
    assert len([body for body in details if "Calls, all accounts together" in body]) == 2, "both of Facebook"


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MEMBER, Role.VIEWER])
def test_who_may_look_finds_no_button(look: Look, role: Role) -> None:
    world = connected_world()
    add_member(world.organization_id, "someone@example.com", role)
    set_status(world.account_ids[0], NEEDS_RECONNECT)
    test = look("someone@example.com")
    assert len([body for body in html(test) if 'class="brand"' in body]) == 4
    assert (labels(test), ways(test)) == (set(), [])


def test_an_admin_of_one_brand_sees_that_brand(look: Look) -> None:
    world = connected_world()
    add_member(world.organization_id, LIMITED, Role.ADMIN, world.brand_ids[:1])
    test = look(LIMITED)
    assert [heading.value for heading in test.subheader] == ["Nordlicht Coffee"]
    assert labels(test) == {"Check now", "Yes, disconnect"}
    assert ways(test) == [("Connect an account", "/connect")]


def test_a_client_is_not_let_in(look: Look) -> None:
    world = connected_world()
    add_member(world.organization_id, "client@example.com", Role.CLIENT, world.brand_ids[:1])
    assert "Your role does not open this page" in said(look("client@example.com"))


def test_disconnecting_takes_the_account_off_the_page(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    world = connected_world()
    unreachable(monkeypatch)
    test = look()
    test.button(key=f"disconnect_{world.account_ids[0]}").click().run()
    assert not test.exception
    assert len([body for body in html(test) if 'class="brand"' in body]) == 3
    assert [row.status for row in rows()].count(DISCONNECTED) == 1
    assert "was disconnected" in test.toast[0].value


def test_a_press_that_came_too_late_is_told(look: Look) -> None:
    world = connected_world()
    test = look()
    set_status(world.account_ids[0], DISCONNECTED)
    test.button(key=f"disconnect_{world.account_ids[0]}").click().run()
    assert not test.exception
    assert len([body for body in html(test) if 'class="brand"' in body]) == 3


@pytest.mark.parametrize(
    ("answer", "toast", "problem"),
    [
        (None, "works.", ""),
        ("Facebook ended the session", "was checked and needs you.", ""),
        (TemporarilyRejected("Facebook did not answer"), "", "could not be checked: Facebook did not answer"),
    ],
)
def test_checking_says_what_came_of_it(
    look: Look, monkeypatch: pytest.MonkeyPatch, answer: str | Exception | None, toast: str, problem: str
) -> None:
    world = connected_world()

    def check(*_: object, **__: object) -> str | None:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(health, "check", check)
    test = look()
    test.button(key=f"check_{world.account_ids[0]}").click().run()
    assert not test.exception
    assert [toast in plain(one.value) for one in test.toast] == ([True] if toast else [])
    assert [problem in plain(one.value) for one in test.error] == ([True] if problem else [])


def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens where the networks are said to be."""
    for key in ("FACEBOOK", "X"):
        monkeypatch.setenv(f"ALLIN_{key}_API_URL", "http://127.0.0.1:9")
    get_settings.cache_clear()
