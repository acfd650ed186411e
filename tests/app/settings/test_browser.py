"""An administrator at a real browser: invites, changes a role, makes a key; and on a phone."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from identity import api_keys, invitations
from identity.permissions import Role
from tests.app.pages import sign_in
from tests.app.settings.conftest import Agency
from tests.identity.acting import acting

pytestmark = pytest.mark.browser

PHONE: Final = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PATHS: Final = ("organization", "brands", "people", "identity-provider", "api-keys", "audit", "profile")


def test_invite_change_a_role_and_make_a_key(agency: Agency, page: Page) -> None:
    sign_in(page, "/people")
    page.get_by_role("button", name="Invite someone").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("E-mail address").fill("new.person@")
    drawer.get_by_text("Viewer", exact=True).click()
    drawer.get_by_role("button", name="Send invitation").click()
    expect(drawer.get_by_text("Write the whole e-mail address")).to_be_visible()
    expect(drawer.get_by_label("E-mail address")).to_have_value("new.person@")
    drawer.get_by_label("E-mail address").press_sequentially("example.com")
    drawer.get_by_role("button", name="Send invitation").click()
    expect(drawer).to_have_count(0)
    invited = page.locator(".cells", has_text="new.person@example.com")
    expect(invited).to_contain_text("Viewer")
    expect(invited).to_contain_text("E-mail waiting to be sent")
    with acting(agency.member()) as work:
        (item,) = invitations.listed(work).items
    assert (item.email, item.role) == ("new.person@example.com", Role.VIEWER)

    viewer = page.locator("[class*='st-key-row_']", has_text="viewer@example.com")
    viewer.get_by_role("button", name="Change").click()
    drawer.get_by_text("Editor", exact=True).click()
    drawer.get_by_text("Only some brands").click()
    drawer.get_by_role("combobox", name="Brands").fill("Harbor")
    page.get_by_role("option", name="Harbor & Pine").click()
    page.keyboard.press("Tab")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer).to_have_count(0)
    expect(viewer).to_contain_text("Harbor & Pine")
    changed = agency.member("viewer@example.com")
    assert (changed.role, changed.brand_ids) == (Role.EDITOR, frozenset(agency.world.brand_ids[1:]))

    page.get_by_role("link", name="API keys").click()
    page.get_by_role("button", name="Create a key").click()
    drawer.get_by_label("Name", exact=True).fill("Monday's report")
    drawer.get_by_role("button", name="Choose all that only read").click()
    expect(drawer.get_by_label("Read numbers")).to_be_checked()
    drawer.get_by_role("button", name="Create the key").click()
    expect(page.get_by_text("shown this once")).to_be_visible()
    key = page.get_by_text(re.compile(r"^allin_[\w-]{43}$")).inner_text()
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_text("shown this once")).to_have_count(0)
    page.reload()
    expect(page.locator(".brand", has_text="Monday's report")).to_contain_text(f"{key[:12]}…")
    assert key not in page.content()
    with acting(agency.member()) as work:
        assert [item.name for item in api_keys.listed(work).items] == ["Monday's report"]

    page.get_by_role("link", name="Audit trail").click()
    trail = page.locator(".trail")
    expect(trail).to_contain_text("owner@example.com invited new.person@example.com as Viewer")
    changed_line = trail.locator(
        "details", has_text="changed the role of viewer@example.com: Viewer → Editor"
    )
    changed_line.locator("summary").click()
    expect(changed_line.locator("td", has_text="Harbor & Pine")).to_be_visible()


@pytest.mark.parametrize("device", [PHONE])
def test_on_a_phone_every_page_fits_and_a_role_is_changed(busy: Agency, page: Page) -> None:
    sign_in(page, "/people")
    viewer = page.locator("[class*='st-key-row_']", has_text="viewer@example.com")
    viewer.get_by_role("button", name="Change").tap()
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("Member", exact=True).tap()
    drawer.get_by_role("button", name="Save").tap()
    expect(drawer).to_have_count(0)
    expect(viewer.locator(".chip", has_text="Member")).to_be_visible()
    assert busy.member("viewer@example.com").role is Role.MEMBER
    for path in PATHS:
        page.goto(f"/{path}")
        expect(page.locator("h1.title")).to_be_visible()
        expect(page.locator('[data-test-script-state="notRunning"]')).to_be_visible()
        width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= 390, path
