"""Pinterest on the sandbox, with a fresh token for each test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms.conftest import Case


@pytest.fixture
def pinterest(case_of: Callable[[str], Case]) -> Case:
    return case_of("pinterest")
