"""A person at a real browser: signs in, reads the Overview, schedules a post, cancels it, signs out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from foundation.settings import Settings
from identity.permissions import Role
from tests.app.conftest import RunningApp
from tests.app.pages import sign_in
from tests.app.world import connected_world, release_numbers, released_world

pytestmark = pytest.mark.browser


@pytest.fixture
def device() -> dict[str, Any]:
    """The numbers end today in UTC, so that is the day it has to be where the person is."""
    return {"timezone_id": "UTC"}


@pytest.fixture
def app(own_app: RunningApp) -> RunningApp:
    """An app that has read no other lake: releases are told apart by number."""
    return own_app


def test_overview_composer_posts(settings: Settings, page: Page) -> None:
    released_world(settings)
    sign_in(page)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(4)
    expect(page.get_by_test_id("stMetric").nth(3)).to_contain_text("112")
    expect(page.get_by_text("release 1")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.locator("table.data tbody tr")).to_have_count(4)

    page.get_by_test_id("stSidebarNavItems").get_by_role("link", name="Content").click()
    with page.expect_download() as file:
        page.get_by_role("button", name="Download CSV").click()
    head, *rows = file.value.path().read_text().splitlines()
    assert head.startswith("account_name,brand_name,network")
    assert len(rows) == 112  # all of them, where the page shows ten

    page.get_by_role("link", name="Composer").click()
    editor = page.get_by_label("Text", exact=True)
    editor.press_sequentially("Hello from a browser ")
    expect(page.locator(".counter").last).to_have_text(re.compile(r"X\s*2[01]\D+280"))
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("Scheduled").first).to_be_visible()
    expect(editor).to_have_value("")

    page.get_by_role("link", name="All posts").click()
    card = page.locator("[class*='st-key-card_post_']", has_text="Hello from a browser")
    cards = card.locator("[class*='st-key-pub_']")
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="Cancel", exact=True).first.click()
    page.wait_for_timeout(3_500)  # the list refreshes meanwhile, and the question stays
    page.get_by_role("button", name="Yes, cancel").click()
    expect(cards.locator(".chip", has_text="Cancelled")).to_have_count(1)

    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.goto("/posts")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=/posts$"))


def test_the_first_numbers_appear_by_themselves(settings: Settings, page: Page) -> None:
    world = connected_world()
    sign_in(page)
    expect(page.get_by_text("first numbers are being collected")).to_be_visible()
    release_numbers(settings, world)
    expect(page.get_by_test_id("stMetric").nth(3)).to_contain_text("112")


def test_a_viewer_has_no_composer(page: Page) -> None:
    connected_world(role=Role.VIEWER)
    sign_in(page, "/composer")
    expect(page.get_by_role("link", name="Posts")).to_be_visible()
    expect(page.get_by_role("link", name="Composer")).to_have_count(0)
    expect(page.get_by_text("You see posts, but do not write any")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Go to your first page").click()
    expect(page).to_have_url(re.compile("/overview$"))
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
