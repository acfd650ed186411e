"""A sandbox for the tests of a module, and a fresh one for tests that change much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.server import Running, running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox shared by a module."""
    with running(tmp_path_factory.mktemp("sandbox"), x_limits={"GET /2/users/me": 10_000}) as found:
        yield found


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Running]:
    """A sandbox with nothing accepted, a short history, and no faults."""
    with running(tmp_path, days=60) as found:
        yield found


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the server does."""
    return "asyncio"
