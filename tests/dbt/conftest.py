"""Lakes for dbt's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dbt.lakes import Warehouse, warehouse


@pytest.fixture
def empty(server_url: str, tmp_path: Path) -> Iterator[Warehouse]:
    """An empty lake for one test."""
    with warehouse(server_url, tmp_path) as found:
        yield found
