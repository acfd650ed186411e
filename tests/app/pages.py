"""Looking at pages: as Streamlit's test runner sees them, and in a browser."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable

import httpx2
from playwright.sync_api import Page
from streamlit.testing.v1 import AppTest

from tests.identity.people import PASSWORD

EMAIL = "owner@example.com"
OpenPage = Callable[[str], AppTest]


def said(test: AppTest) -> str:
    """Every text of the page, in one string."""
    kinds = (test.markdown, test.caption, test.warning, test.error, test.info)
    return "\n".join([*(str(item.value) for kind in kinds for item in kind), *html(test)])


def html(test: AppTest) -> list[str]:
    """The bodies of the page's HTML elements."""
    return [element.proto.body for element in test.get("html")]


def text(answer: httpx2.Response) -> str:
    """What a page that came over HTTP says."""
    body = re.sub(r"<(style|svg).*?</\1>", "", answer.text, flags=re.DOTALL)
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def sign_in(page: Page, target: str = "/", email: str = EMAIL) -> None:
    """Sign in at a browser, as the person of the test's world or another one, on the way to a page."""
    page.goto(target)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
