from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.reads.ages import DAY, WEEK, Age, compared_at

TODAY = date(2026, 11, 21)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("days", "end", "age", "last"),
    [
        (28, TODAY, WEEK, date(2026, 11, 12)),
        (7, TODAY, DAY, date(2026, 11, 18)),  # at seven days nothing of the week would be left
        (7, date(2026, 10, 31), WEEK, date(2026, 10, 31)),  # long over: all of it
        (2, TODAY, DAY, date(2026, 11, 18)),  # before its first day: nothing can be compared
    ],
)
def test_a_week_unless_half_of_the_period_is_too_young(days: int, end: date, age: Age, last: date) -> None:
    assert compared_at(end - timedelta(days=days - 1), end, TODAY) == (age, last)


@given(DAYS, st.integers(1, 400), DAYS)
def test_nothing_is_compared_that_has_not_reached_the_age(end: date, days: int, as_of: date) -> None:
    age, last = compared_at(end - timedelta(days=days - 1), end, as_of)
    assert last <= end
    assert (as_of - last).days >= age.settled_days
