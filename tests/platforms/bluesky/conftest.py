"""Bluesky on the sandbox, with a fresh session for each test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms.conftest import Case


@pytest.fixture
def bluesky(case_of: Callable[[str], Case]) -> Case:
    return case_of("bluesky")
