"""An installation whose networks are the sandbox, and people who go to its consent pages and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.web.paths import CONNECT
from foundation.database import worker_session
from foundation.network_settings import ADDRESSES, APPS
from foundation.settings import Settings, get_settings
from platforms.account_rows import ConnectedAccount
from tests.platforms.conftest import Sandbox, pointed_at, sandbox, sandbox_server

__all__ = ["at_sandbox", "back", "rows", "sandbox", "sandbox_server", "set_status", "without_apps"]

CALLBACK: Final = f"{CONNECT}/callback"


@pytest.fixture
def at_sandbox(
    settings: Settings,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Sandbox]:
    """The test's installation talks to the sandbox, and its apps are those registered there."""
    del settings  # of this test's own database
    there = pointed_at(sandbox)
    for name in (*ADDRESSES, *(f"{key}_client_{part}" for key in APPS for part in ("id", "secret"))):
        value = getattr(there, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        monkeypatch.setenv(f"ALLIN_{name.upper()}", text)
    get_settings.cache_clear()
    yield sandbox
    get_settings.cache_clear()


def back(url: str, **answer: str) -> str:
    """Answer a consent page; path and query that the network sends the browser to."""
    sent = httpx2.get(url, params={**dict(httpx2.URL(url).params), **answer}, follow_redirects=False)
    assert sent.status_code in (302, 303), sent.text
    target = urlsplit(sent.headers["location"])
    assert target.path == CALLBACK
    return f"{target.path}?{target.query}"


def rows() -> list[ConnectedAccount]:
    """Every account as it is stored, by network and name."""
    with worker_session() as session:
        query = select(ConnectedAccount).order_by(ConnectedAccount.network, ConnectedAccount.name)
        return list(session.scalars(query))


def set_status(account_id: UUID, status: str) -> None:
    """Let an account stand like this."""
    with worker_session() as session:
        session.get_one(ConnectedAccount, account_id).status = status


def without_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the apps that the installation has at the networks."""
    for key in APPS:
        for part in ("ID", "SECRET"):
            monkeypatch.setenv(f"ALLIN_{key.upper()}_CLIENT_{part}", "")
    monkeypatch.setenv("ALLIN_DEMO", "false")
    get_settings.cache_clear()
