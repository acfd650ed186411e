"""YouTube on the sandbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.platforms.conftest import Case


@pytest.fixture
def youtube(case_of: Callable[[str], Case]) -> Case:
    return case_of("youtube")
