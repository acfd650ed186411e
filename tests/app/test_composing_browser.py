"""Fast hands at the composer: what was just typed goes out whole, and goes out once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from foundation.database import Tenant, tenant_session, utc_now
from publishing.listing import PublicationView, publications
from tests.app.pages import sign_in
from tests.app.world import World, connected_world

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("settings")]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NARROW = {"viewport": {"width": 390, "height": 844}}
GAPS_MS = (0, 150, 700)
LINK = "https://example.test/just-typed"

Press = Callable[[], None]


def presser(page: Page) -> Press:
    """Presses the submit button where it stands, at once: no waiting for the page to settle."""
    button = page.get_by_role("button", name="Schedule")
    touch = page.evaluate("navigator.maxTouchPoints > 0")

    def press() -> None:
        x, y = button.evaluate(
            """button => {
                button.scrollIntoView({block: "nearest", behavior: "instant"});
                const box = button.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }"""
        )
        (page.touchscreen.tap if touch else page.mouse.click)(x, y)

    return press


def published(world: World) -> list[PublicationView]:
    with tenant_session(Tenant(world.organization_id)) as session:
        return publications(session)


def write(page: Page, text: str) -> None:
    """Type the beginning slowly, the end at once."""
    beginning, _, end = text.rpartition(" ")
    editor = page.get_by_label("Text", exact=True)
    expect(editor).to_have_value("")
    editor.press_sequentially(beginning)
    expect(page.locator(".counter").last).to_have_text(re.compile(rf"\b{len(beginning)}\D+280"))
    page.keyboard.insert_text(f" {end}")


@pytest.mark.parametrize("device", [{}, NARROW, PHONE], ids=["mouse", "narrow", "touch"])
def test_a_press_right_after_the_last_key(page: Page) -> None:
    world = connected_world()
    sign_in(page, "/composer")
    press = presser(page)
    texts = [f"Number {number} ends here" for number in range(2)]
    for text in texts:
        write(page, text)
        press()
        expect(page.locator(".st-key-card_result").get_by_text("Scheduled").first).to_be_visible()
        expect(page.get_by_label("Text", exact=True)).to_have_value("")
    write(page, "One with a link")
    page.get_by_role("textbox", name="Link").press_sequentially(LINK, delay=5)
    press()
    expect(page.get_by_role("textbox", name="Link")).to_have_value("")
    found = published(world)
    assert sorted(view.text for view in found) == sorted([*texts, "One with a link"] * 2)
    assert {view.link for view in found if view.text == "One with a link"} == {LINK}
    assert all(view.due_at and view.due_at > utc_now() + timedelta(minutes=30) for view in found)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("device", [{}, PHONE], ids=["mouse", "touch"])
def test_two_presses_make_one_post(page: Page) -> None:
    world = connected_world()
    sign_in(page, "/composer")
    press = presser(page)
    for gap in GAPS_MS:
        write(page, f"Pressed twice within {gap} ms")
        press()
        page.wait_for_timeout(gap)
        press()
        page.wait_for_timeout(1_000)  # whatever the second press does, it has done
        expect(page.get_by_label("Text", exact=True)).to_have_value("")
        expect(page.locator(".st-key-card_result").get_by_text("Scheduled").first).to_be_visible()
        expect(page.get_by_text("The text is empty.")).to_have_count(0)
    expected = [f"Pressed twice within {gap} ms" for gap in GAPS_MS]
    assert sorted(view.text for view in published(world)) == sorted(expected * 2)


def test_a_click_without_a_pointer_takes_the_whole_text(page: Page) -> None:
    """As an assistive tool clicks: the text keeps the focus."""
    world = connected_world()
    sign_in(page, "/composer")
    write(page, "Said by voice")
    page.get_by_role("button", name="Schedule").evaluate("button => button.click()")
    expect(page.locator(".st-key-card_result").get_by_text("Scheduled").first).to_be_visible()
    assert {view.text for view in published(world)} == {"Said by voice"}
