"""Answering for an unknown post at a real browser, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from publishing.states import State
from tests.app.pages import sign_in
from tests.app.test_answers import the_one, unknown
from tests.app.world import connected_world

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("settings")]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LINK = "https://www.facebook.com/1/posts/2"


@pytest.mark.parametrize("device", [{}, PHONE], ids=["mouse", "touch"])
def test_a_link_typed_at_the_last_moment_is_kept(page: Page) -> None:
    world = connected_world()
    unknown(world)
    sign_in(page, "/posts")
    for answer in ("It is live", "It is not live: send it now", "It is not live: don't send it"):
        expect(page.get_by_role("button", name=answer, exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="It is live", exact=True).click()
    field = page.get_by_role("textbox", name="Its link (optional)")
    field.fill("javascript:alert(1)")
    page.get_by_role("button", name="Yes, it is live").click()
    expect(page.get_by_text("has to be a web address")).to_be_visible()
    page.wait_for_timeout(4_000)  # the list refreshes meanwhile, and what was refused stays said
    expect(page.get_by_text("has to be a web address")).to_be_visible()
    if not field.is_visible():
        page.get_by_role("button", name="It is live", exact=True).click()
    field.fill("")
    field.press_sequentially(LINK, delay=5)
    page.get_by_role("button", name="Yes, it is live").evaluate("button => button.click()")
    expect(page.get_by_role("link", name="See the live post")).to_have_attribute("href", LINK)
    assert (the_one(world).state, the_one(world).permalink) == (State.PUBLISHED, LINK)
