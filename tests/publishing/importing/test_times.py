"""Times as people and spreadsheets write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from publishing.importing.times import moment

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T09:30", "2026-03-02 9:30", "2026-03-02 09:30:00", "02.03.2026 09:30", "2.3.2026, 9:30",
        "2026-03-02T08:30Z", "2026-03-02T03:30-05:00", "20260302T093000+0100",
    ],
)  # fmt: skip
def test_the_same_moment(written: str) -> None:
    assert moment(written, BERLIN) == MORNING


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("3/2/2026 9:30", "slashes"),
        ("2026-03-02", "Write the time as"),
        ("tomorrow", "Write the time as"),
        ("31.02.2026 09:30", "Write the time as"),
        ("0001-01-01T00:00+14:00", "too far away"),
        ("2026-03-29 02:30", "does not exist in Europe/Berlin"),
        ("2026-10-25 02:30", "Write 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"),
    ],
)
def test_what_is_no_time(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        moment(written, BERLIN)
