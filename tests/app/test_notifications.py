"""The bell and the page of notifications, as Streamlit's test runner and a browser see them."""

from __future__ import annotations

import threading

import httpx2
import pytest
from playwright.sync_api import Page, expect

from app.shell.bell import ringing
from app.web.cookies import COOKIE
from foundation.database import worker_session
from foundation.settings import Settings
from identity.permissions import Role
from publishing import happenings
from publishing.happenings import Kind
from publishing.telling import inbox
from publishing.telling.inbox import Told
from publishing.telling.teller import Teller
from tests.app.pages import EMAIL, OpenPage, said, sign_in
from tests.app.world import World, connected_world
from tests.identity.acting import acting, principal
from tests.identity.people import add_member, cookie_for


def told(world: World, settings: Settings, *problems: str) -> None:
    """The world's owner is told that posts failed."""
    with worker_session() as session:
        for problem in problems:
            happenings.note(
                session,
                world.organization_id,
                Kind.NEEDS_RECONNECT,
                account_id=world.account_ids[0],
                details={"problem": problem},
            )
    teller = Teller(settings, threading.Event())
    while teller.tell_next():
        pass


def listed(world: World) -> list[Told]:
    with acting(principal(world.person_id, world.organization_id)) as work:
        return inbox.listed(work).items


@pytest.fixture
def world(settings: Settings) -> World:
    del settings  # of this test's own database
    return connected_world()


def test_without_any_the_page_says_what_comes_here(world: World, open_page: OpenPage) -> None:
    del world
    assert "Nothing yet" in said(open_page("notifications"))


def test_the_page_lists_what_happened_and_marks_it_read(
    world: World, settings: Settings, open_page: OpenPage
) -> None:
    told(world, settings, "<b>withdrawn</b>", "expired")
    newest, oldest = listed(world)
    test = open_page("notifications")
    everything = said(test)
    assert "Connect again: Nordlicht Coffee (Facebook)" in everything
    assert "&lt;b&gt;withdrawn&lt;/b&gt;" in everything
    assert f"/told/{newest.id}" in everything
    test.button(key=f"read_{newest.id}").click().run()
    assert [one.read_at is None for one in listed(world)] == [False, True]
    assert f"read_{newest.id}" not in {button.key for button in test.button}
    test.segmented_control(key="notifications_which").set_value("New").run()
    assert f"/told/{oldest.id}" in said(test)
    assert f"/told/{newest.id}" not in said(test)
    test.button(key="notifications_all_read").click().run()
    assert all(one.read_at is not None for one in listed(world))
    assert "Nothing new" in said(test)


def test_the_way_to_what_it_is_about_marks_it_read(
    world: World, settings: Settings, client: httpx2.Client
) -> None:
    told(world, settings, "withdrawn")
    (one,) = listed(world)
    asked = client.get(f"/told/{one.id}")
    assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?next=/told/{one.id}")
    assert listed(world)[0].read_at is None
    client.cookies.set(COOKIE, cookie_for(EMAIL))
    gone = client.get(f"/told/{one.id}")
    assert (gone.status_code, gone.headers["location"]) == (303, f"/accounts?account={world.account_ids[0]}")
    assert listed(world)[0].read_at is not None
    for none in (0, one.id + 1, 10**30):
        assert client.get(f"/told/{none}").headers["location"] == "/notifications"
    assert client.get("/told/x").status_code == 404


def test_the_notification_of_somebody_else_leads_nowhere(
    world: World, settings: Settings, client: httpx2.Client
) -> None:
    told(world, settings, "withdrawn")
    add_member(world.organization_id, "viewer@example.com", Role.VIEWER)
    client.cookies.set(COOKIE, cookie_for("viewer@example.com"))
    assert client.get(f"/told/{listed(world)[0].id}").headers["location"] == "/notifications"
    assert listed(world)[0].read_at is None


def test_the_bell_counts() -> None:
    assert "count" not in ringing(0)
    assert '<b class="count">7</b>' in ringing(7)
    assert ">99+<" in ringing(1000)
    assert 'aria-label="Notifications: 7 new"' in ringing(7)


def test_in_a_browser_the_bell_leads_to_the_page_and_on_to_the_account(
    world: World, settings: Settings, page: Page
) -> None:
    told(world, settings, "withdrawn", "expired")
    sign_in(page, "/posts")
    bell = page.get_by_role("link", name="Notifications: 2 new")
    expect(bell).to_be_visible()
    bell.click()
    expect(page.get_by_role("heading", name="Notifications", exact=True)).to_be_visible()
    page.get_by_role("link", name="Open the account").first.click()
    page.wait_for_url(f"**/accounts?account={world.account_ids[0]}")
    expect(page.get_by_role("link", name="Notifications: 1 new")).to_be_visible()
