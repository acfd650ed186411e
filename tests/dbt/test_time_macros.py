"""The time macros, rendered from their file and run in DuckDB, against Python's own time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from foundation.settings import REPOSITORY

MACROS = Environment(autoescape=False).from_string((REPOSITORY / "dbt/macros/time.sql").read_text()).module  # noqa: S701 - SQL
# Both sides of the date line, half and quarter hours, zones with and without summer time.
ZONES = st.sampled_from(
    [
        "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Phoenix",
        "Pacific/Honolulu", "Pacific/Auckland", "Pacific/Kiritimati", "Asia/Tokyo", "Asia/Kolkata",
        "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin", "Europe/London", "Europe/Dublin",
        "Africa/Casablanca", "Africa/Cairo", "UTC",
    ]
)  # fmt: skip
MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
DAYS = st.dates(date(2012, 1, 1), date(2026, 12, 31))
PACIFIC = "America/Los_Angeles"


def run(macro: str, moment: datetime, zone: str) -> date:
    """What a macro of time.sql says of a moment in a zone."""
    expression = getattr(MACROS, macro)("moment", "zone")
    row = CONNECTION.execute(
        f"SELECT {expression} FROM (SELECT ?::timestamptz AS moment, ? AS zone)",
        [moment, zone],
    ).fetchone()
    assert row is not None
    found = row[0]
    assert isinstance(found, date)
    return found


def midnight_after(day: date, zone: str) -> datetime:
    """The first moment of the next day in a zone, as UTC."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


no_deadline = settings(deadline=None)  # the first use of a zone loads it
CONNECTION = duckdb.connect(config={"autoinstall_known_extensions": False})


@no_deadline
@given(moment=MOMENTS, zone=ZONES)
def test_local_date_is_the_calendar_day_in_the_zone(moment: datetime, zone: str) -> None:
    assert run("local_date", moment, zone) == moment.astimezone(ZoneInfo(zone)).date()


@no_deadline
@given(day=DAYS, zone=ZONES)
def test_a_day_ending_at_its_own_midnight_is_that_day(day: date, zone: str) -> None:
    assert run("day_ending", midnight_after(day, zone), zone) == day


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Pacific/Honolulu"])
@no_deadline
@given(day=DAYS)
def test_a_day_ending_at_pacific_midnight_is_that_day(zone: str, day: date) -> None:
    assert run("day_ending", midnight_after(day, PACIFIC), zone) == day


@no_deadline
@given(day=DAYS, zone=ZONES)
def test_days_that_follow_each_other_stay_apart(day: date, zone: str) -> None:
    ends = [midnight_after(day + timedelta(days=n), zone) for n in range(3)]
    assert [run("day_ending", end, zone) - day for end in ends] == [timedelta(days=n) for n in range(3)]
