"""The API in this process: its real routes over a real database, asked by a client without a network."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import sending
from app.api.application import PREFIX, routes
from foundation.settings import Settings, get_settings
from tests.app.api.world import World, make_world

HERE = "http://testserver"


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The publications that would be sent at once; no test of the API's waits for a network."""
    found: list[UUID] = []
    monkeypatch.setattr(sending, "start", lambda ids, _due_at=None: found.extend(ids))
    return found


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """Asks the API; addresses are under /api/v1."""
    assert settings
    with TestClient(Starlette(routes=routes), base_url=f"{HERE}{PREFIX}/") as found:
        yield found


@pytest.fixture
def generous(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same settings, but nobody is stopped for asking often."""
    monkeypatch.setenv("ALLIN_API_REQUESTS_PER_MINUTE", "1000000")
    get_settings.cache_clear()
    assert settings.home == get_settings().home
    return get_settings()


@pytest.fixture
def world(settings: Settings) -> World:
    """Two organizations with everything in them."""
    assert settings
    return make_world()
