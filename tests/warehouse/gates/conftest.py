"""An installation with a lake of its own, and the sandbox's histories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foundation.settings import Settings
from tests import databases, lakes
from tests.warehouse.gates.histories import History, histories
from tests.warehouse.gates.installation import Installation

Histories = dict[tuple[str, int], History]


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Histories]:
    """What the networks answer about the first brands at several moments."""
    with histories(tmp_path_factory.mktemp("sandbox")) as found:
        yield found


@pytest.fixture(scope="module")
def installation(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An empty installation for a module."""
    home = tmp_path_factory.mktemp("gates")
    settings = Settings(home=home, DATABASE_URL=databases.copy(server_url))
    with lakes.fresh(settings) as connection:
        yield Installation(settings, connection)
