"""A person at a real browser comes in by each door, over https, behind a proxy as in production."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pyotp
import pytest
from playwright.sync_api import Page, expect

from app.web.cookies import COOKIE, HOST_PREFIX
from foundation.settings import Settings
from identity import invitations, second_factor, sessions
from identity.permissions import Role
from identity.principal import Origin, Principal
from identity.work import working
from tests.app.conftest import RunningApp, free_port
from tests.app.tls import CALLER, proxy
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person, cookie_for

pytestmark = pytest.mark.browser

HERE = Origin("192.0.2.1", "a test")
NEW_PASSWORD = "another good password"
DAY_S = 86_400


@pytest.fixture
def public_port(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> int:
    """Where people reach the app; the app is told."""
    assert settings.home
    port = free_port()
    monkeypatch.setenv("ALLIN_PUBLIC_URL", f"https://127.0.0.1:{port}")
    monkeypatch.setenv("ALLIN_TRUSTED_PROXIES", "127.0.0.1")
    return port


@pytest.fixture
def app(public_port: int, own_app: RunningApp, tmp_path: Path) -> Iterator[RunningApp]:
    """The app behind a proxy. No token of a page's address is told to any other page."""
    inside = urlsplit(own_app.url)
    with proxy(tmp_path, public_port, (str(inside.hostname), int(inside.port or 0))) as heads:
        yield replace(own_app, url=f"https://127.0.0.1:{public_port}")
    assert any(head.startswith("GET /invitation?token=") or "GET /confirm?token=" in head for head in heads)
    assert [head for head in heads if re.search(r"(?im)^referer:.*token=", head)] == []


@pytest.fixture
def device() -> dict[str, Any]:
    """The proxy's certificate is its own."""
    return {"ignore_https_errors": True}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A browser; it fails the test when a page breaks its own security policy."""
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    yield page
    assert [text for text in refused if "Content Security Policy" in text] == []


def test_from_registration_to_the_end_of_the_session(app: RunningApp, page: Page) -> None:
    page.goto("/posts")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Your name").fill("New person")
    page.get_by_label("E-mail address").fill("new@example.com")
    page.get_by_label("Organization").fill("Harbor & Pine")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 10 characters")
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading")).to_have_text("Look into your mailbox")

    page.goto(f"/confirm?token={token_in(letters_to('new@example.com')[-1])}")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Confirm and sign in").click()
    expect(page.get_by_text("Harbor & Pine").first).to_be_visible()
    _the_cookie_is_out_of_reach(page)
    _the_answers_are_guarded(page)

    visitor = sessions.signed_in(_token(page))
    assert isinstance(visitor, Principal)
    assert [found.ip for found in sessions.sessions_of(visitor)] == [CALLER]
    sessions.sign_out_everywhere(visitor, HERE)
    page.get_by_role("link", name="Posts", exact=True).click()
    expect(page).to_have_url(f"{app.url}/sign-in")  # the open page leaves by itself


def _token(page: Page) -> str:
    found = {cookie.get("name"): cookie.get("value") for cookie in page.context.cookies()}
    return str(found[HOST_PREFIX + COOKIE])


def _the_cookie_is_out_of_reach(page: Page) -> None:
    cookies = {str(cookie.get("name")): cookie for cookie in page.context.cookies()}
    cookie = cookies[HOST_PREFIX + COOKIE]
    flags = {name: cookie.get(name) for name in ("httpOnly", "secure", "sameSite", "path", "domain")}
    assert flags == {
        "httpOnly": True,
        "secure": True,
        "sameSite": "Lax",
        "path": "/",
        "domain": "127.0.0.1",
    }
    assert 13 * DAY_S < float(cookie.get("expires") or 0) - time.time() <= 14 * DAY_S
    assert "allin" not in page.evaluate("document.cookie")


def _the_answers_are_guarded(page: Page) -> None:
    for path, framed_by, sources in (
        ("/posts", "SAMEORIGIN", "script-src 'self'"),
        ("/forgot", "DENY", "default-src 'none'"),
        ("/brand/mark.svg", "SAMEORIGIN", "sandbox"),
        ("/api/v1/health", "SAMEORIGIN", "default-src 'none'"),
    ):
        headers = page.request.get(path, headers={"accept": "text/html"}).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == framed_by, path
        assert headers["strict-transport-security"].startswith("max-age="), path
        assert headers["cross-origin-opener-policy"] == "same-origin", path
        assert "geolocation=()" in headers["permissions-policy"], path
        assert headers["referrer-policy"] in ("same-origin", "strict-origin"), path
        policy = headers["content-security-policy"]
        assert sources in policy, path
        assert not re.search(r"https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline", policy), path
    assert page.request.get("/forgot").headers["cache-control"] == "no-store"


def test_invitation_second_step_and_forgotten_password(app: RunningApp, page: Page) -> None:
    add_person()
    link = _invitation("new@example.com")
    for _ in range(3):  # a mail scanner
        assert httpx2.get(app.url + link, verify=False).status_code == 200
    page.goto(link)
    expect(page.get_by_role("heading")).to_have_text("Join Lindenhof Agency")
    page.get_by_label("Your name").fill("New person")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join Lindenhof Agency").click()
    expect(page.get_by_text("new@example.com")).to_be_visible()

    visitor = sessions.signed_in(_token(page))
    assert visitor is not None
    totp = pyotp.TOTP(second_factor.begin(visitor, app.settings).secret)
    codes = second_factor.confirm(visitor, totp.now(), HERE)
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()

    page.goto("/forgot")
    page.get_by_label("E-mail address").fill("new@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading")).to_have_text("Look into your mailbox")
    page.goto(f"/reset?token={token_in(letters_to('new@example.com')[-1])}")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save the new password").click()
    expect(page.get_by_role("status")).to_contain_text("new password is saved")

    page.get_by_label("E-mail address").fill("new@example.com")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{app.url}/second-factor")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("does not fit")
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Lindenhof Agency").first).to_be_visible()


def _invitation(email: str) -> str:
    owner = sessions.signed_in(cookie_for("owner@example.com"))
    assert isinstance(owner, Principal)
    with working(owner, HERE) as work:
        invitations.invite(work, email, Role.EDITOR)
    return f"/invitation?token={token_in(letters_to(email)[-1])}"
