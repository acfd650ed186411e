"""A person at a real browser: to the network's own page, back with its accounts, and rid of one again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.web.paths import ACCOUNTS
from platforms.account_rows import CONNECTED, DISCONNECTED
from tests.app.conftest import RunningApp
from tests.app.connecting import at_sandbox, rows, sandbox, sandbox_server  # noqa: F401 - fixtures
from tests.app.pages import EMAIL, sign_in
from tests.identity.people import add_brand, add_person
from tests.platforms.conftest import Sandbox

pytestmark = pytest.mark.browser


@pytest.fixture
def beyond(at_sandbox: Sandbox) -> tuple[str, ...]:  # noqa: F811 - the fixture
    """The network's own page."""
    return (at_sandbox.url,)


@pytest.fixture
def app(at_sandbox: Sandbox, own_app: RunningApp) -> RunningApp:  # noqa: F811 - the fixture
    """An app whose networks are the test's sandbox."""
    assert at_sandbox
    return own_app


def test_connect_and_disconnect(page: Page) -> None:
    """In one tab: the security policy of our pages lets nobody leave by a form or a redirect after one."""
    add_brand(add_person(EMAIL)[1], "Harbor & Pine")
    sign_in(page, ACCOUNTS)
    page.get_by_role("link", name="Connect an account").click()
    page.get_by_role("button", name="Facebook").click()
    page.get_by_label("pages_manage_posts").uncheck()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Choose what to connect")).to_be_visible()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Its history is being fetched")).to_be_visible()
    expect(page).to_have_url(re.compile("/accounts$"))
    expect(page.get_by_text("pages_manage_posts was not allowed")).to_be_visible()

    page.get_by_role("link", name="Connect again").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text(" works.")).to_be_visible()
    expect(page.locator(".chip")).to_have_text("Works")
    assert [row.status for row in rows()] == [CONNECTED]

    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("button", name="Yes, disconnect").click()
    expect(page.get_by_text("No account yet")).to_be_visible()
    assert [row.status for row in rows()] == [DISCONNECTED]
    assert len(page.context.pages) == 1
