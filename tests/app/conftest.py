"""The app as a real process on a free port, over the tests' database; a browser; a runner of pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from playwright.sync_api import Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest

from app.shell import access
from app.web import failures, pages
from app.web.guard import SessionGuard
from app.web.headers import SecurityHeaders
from foundation.settings import REPOSITORY, Settings
from tests.app.pages import EMAIL, OpenPage
from tests.identity.people import cookie_for

START_S = 60
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW_MS = 60_000


@dataclass(frozen=True)
class RunningApp:
    """A started app. `url` has no slash at its end."""

    url: str
    settings: Settings
    log: Path

    def client(self) -> httpx2.Client:
        """A client that keeps cookies and shows redirects as they are."""
        return httpx2.Client(base_url=self.url, timeout=30, follow_redirects=False)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_app(database_url: str, home: Path, log: Path) -> Iterator[str]:
    """`python -m app.server`, serving; its address."""
    port = free_port()
    variables = {"DATABASE_URL": database_url, "ALLIN_HOME": str(home), "ALLIN_APP_PORT": str(port)}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.server"],
            cwd=REPOSITORY,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def served(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The app for all tests that want nothing special of it: its address and its folder."""
    folder = tmp_path_factory.mktemp("served")
    with running_app(shared_database, folder / "home", folder / "app.log") as url:
        yield url, folder


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of the test's installation, which is the app's where one serves the test."""
    if "served" in request.fixturenames:
        folder: Path = request.getfixturevalue("served")[1]
        return folder / "home"
    return tmp_path / "home"


@pytest.fixture
def app(served: tuple[str, Path], settings: Settings) -> RunningApp:
    """A running app; it is the same one in other tests."""
    url, folder = served
    return RunningApp(url, settings, folder / "app.log")


@pytest.fixture
def own_app(settings: Settings, tmp_path: Path) -> Iterator[RunningApp]:
    """An app of the test's own, with the environment as the test has set it."""
    log = tmp_path / "app.log"
    with running_app(settings.database_url.get_secret_value(), settings.home, log) as url:
        yield RunningApp(url, settings, log)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx2.get(f"{url}/health", timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    pytest.fail(f"the app did not start in {START_S} s: {log.read_text()}")


@pytest.fixture
def entrance(settings: Settings) -> Iterator[str]:
    """The pages people come in by, served by a thread of this process; their address."""
    entrance = Starlette(
        routes=pages.routes,
        middleware=[Middleware(SecurityHeaders), Middleware(SessionGuard)],
        exception_handlers=failures.handlers,
    )
    assert settings.public_url
    config = uvicorn.Config(entrance, port=free_port(), access_log=False, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{config.port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def client(entrance: str) -> Iterator[httpx2.Client]:
    """A browser without scripts, whose forms say where they come from."""
    with httpx2.Client(base_url=entrance, timeout=30, headers={"origin": entrance}) as client:
        yield client


@pytest.fixture
def device() -> dict[str, Any]:
    """What kind of browser `page` is; a test may parametrize it with Playwright's context options."""
    return {}


@pytest.fixture
def beyond() -> tuple[str, ...]:
    """Other addresses that `page` may go to; a test of leaving for a network names it."""
    return ()


@pytest.fixture
def page(beyond: tuple[str, ...], app: RunningApp, device: dict[str, Any]) -> Iterator[Page]:
    """A fresh browser; it fails the test when a page asks another host for anything."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("ALLIN_REQUIRE_BROWSER"):
            pytest.fail("chromium is not installed, and the browser tests must run here")
        pytest.skip("chromium is not installed")
    elsewhere: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(**{"base_url": app.url, "timezone_id": "Asia/Tokyo", **device})
        page = context.new_page()
        page.set_default_timeout(SLOW_MS)
        expect.set_options(timeout=SLOW_MS)
        page.on("request", lambda request: elsewhere.append(request.url))
        yield page
        browser.close()
    assert [url for url in elsewhere if not url.startswith((app.url, *beyond, "data:", "blob:"))] == []


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Run a page as the person of the test's world.

    Streamlit's test runner has no browser and so no cookie: the page gets a real session's token instead.
    """

    def run(page: str) -> AppTest:
        token = cookie_for(EMAIL)
        monkeypatch.setattr(access, "browser_token", lambda: token)
        test = AppTest.from_string(
            f"from app.shell import access, frame\nfrom app.pages import {page}\n{page}.page()",
            default_timeout=60,
        )
        return test.run()

    return run
