"""What holds for every test that runs assets in this process."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _signals_as_they_were() -> Iterator[None]:
    """Dagster gives SIGTERM the handler of SIGINT.

    Where the run was begun in the background SIGINT is ignored, and every later child would inherit that.
    """
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)
