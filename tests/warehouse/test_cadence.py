"""How far back each hour's collection looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from platforms.contract import Entity
from warehouse.cadence import Finished, is_due, since

START = datetime(2026, 3, 1, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def collected(hours: list[int], entity: Entity = Entity.POSTS) -> list[Finished]:
    """The windows of an account that was collected at these hours after the start, each to its end."""
    windows: list[Finished] = []
    for hour in (START + after * HOUR for after in hours):
        windows.append(Finished(hour, since(entity, hour, windows)))
    return windows


def test_the_first_week_hour_by_hour() -> None:
    windows = collected(list(range(7 * 24 + 1)))
    far = {index: window.since for index, window in enumerate(windows) if _back(window) != 25 * HOUR}
    assert far.pop(0) is None  # everything there is
    assert far.pop(7 * 24) is None  # and again after a week
    assert set(far) == {24 * day for day in range(1, 7)}
    assert all(_back(windows[index]) == 31 * DAY + HOUR for index in far)


@given(st.sets(st.integers(0, 24 * 40), min_size=2).map(sorted))
def test_whatever_runs_fail_every_age_is_seen_as_often_as_promised(hours: list[int]) -> None:
    """At every run, a post of any age was seen within its age's interval, or is seen now."""
    windows = collected(hours)
    for index, window in enumerate(windows):
        for age, every in ((timedelta(hours=12), HOUR), (20 * DAY, DAY), (100 * DAY, 7 * DAY)):
            recent = [w for w in windows[: index + 1] if window.hour - w.hour < every]
            assert any(w.since is None or w.since <= w.hour - age for w in recent)


@given(st.sets(st.integers(0, 24 * 40), min_size=2).map(sorted))
def test_an_outage_leaves_no_gap(hours: list[int]) -> None:
    windows = collected(hours)
    for before, window in pairwise(windows):
        assert window.since is None or window.since <= before.hour - DAY


def test_series_look_five_days_back_and_who_follows_is_asked_daily() -> None:
    assert since(Entity.ACCOUNT_METRICS, START + HOUR, [Finished(START, None)]) == START - 5 * DAY
    assert since(Entity.ACCOUNT, START + HOUR, [Finished(START, None)]) is None
    assert [is_due(Entity.DEMOGRAPHICS, START + n * HOUR, [Finished(START, None)]) for n in (0, 23, 24)] == [
        False,
        False,
        True,
    ]
    assert all(is_due(entity, START, [Finished(START, None)]) for entity in (Entity.POSTS, Entity.ACCOUNT))


def _back(window: Finished) -> timedelta | None:
    return window.hour - window.since if window.since else None
