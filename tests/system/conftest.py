"""One running installation for a module of tests that only look at it or add to it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rig import Rig


@pytest.fixture(scope="module")
def installation() -> Iterator[Rig]:
    """The whole product, started by the command people use, with its first release made."""
    with tempfile.TemporaryDirectory(prefix="allin-system-", ignore_cleanup_errors=True) as folder:
        rig = Rig(Path(folder) / "home")
        rig.up()
        yield rig
        if rig.is_running:
            rig.interrupt()


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """A folder for an installation of a test's own; outside pytest's, which PostgreSQL's user can't enter."""
    with tempfile.TemporaryDirectory(prefix="allin-system-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "home"
