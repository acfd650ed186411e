"""TikTok on the sandbox, with a fresh token for each test: its limits are by token."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms.conftest import Case


@pytest.fixture
def tiktok(case_of: Callable[[str], Case]) -> Case:
    return case_of("tiktok")
