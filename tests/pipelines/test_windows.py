"""The arithmetic of publishing windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipelines.publishing.windows import SLOT, end_of_stay, window_at

MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),
    max_value=datetime(2040, 1, 1),
    timezones=st.just(UTC),
)
LOOK_AHEADS = st.integers(20, 3600).map(lambda seconds: timedelta(seconds=seconds))


def test_a_window_reaches_the_look_ahead_beyond_its_slot() -> None:
    window = window_at(datetime(2026, 3, 29, 1, 0, 42, tzinfo=UTC), timedelta(seconds=60))
    assert window.until == datetime(2026, 3, 29, 1, 2, 0, tzinfo=UTC)
    assert window.key == "window:2026-03-29T01:00:30+00:00"


@given(MOMENTS, st.integers(-7200, 7200))
def test_a_run_stays_for_its_window_and_a_late_one_for_a_slot(now: datetime, left_s: int) -> None:
    until = now + timedelta(seconds=left_s)
    stay = end_of_stay(until, now)
    assert stay - now >= SLOT
    assert stay == (until if left_s >= SLOT.total_seconds() else now + SLOT)


@given(MOMENTS, LOOK_AHEADS)
def test_what_is_seen_due_is_covered(now: datetime, look_ahead: timedelta) -> None:
    assert now + look_ahead < window_at(now, look_ahead).until <= now + look_ahead + SLOT


@given(MOMENTS, st.integers(0, 120), LOOK_AHEADS)
def test_one_run_for_each_slot(now: datetime, later_s: int, look_ahead: timedelta) -> None:
    later = now + timedelta(seconds=later_s)
    same = window_at(now, look_ahead).key == window_at(later, look_ahead).key
    assert same == (int(now.timestamp()) // 30 == int(later.timestamp()) // 30)
