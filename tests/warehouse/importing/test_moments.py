"""Moments and days: read in every form exports have, on the right clock, or refused in words."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.importing.moments import Order, day, moment

EXPORTED = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"])
MOMENTS = st.datetimes(
    datetime(2005, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC), allow_imaginary=False
).map(lambda at: at.replace(microsecond=0))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, OFFSETS)
def test_with_an_offset_no_zone_is_asked(at: datetime, offset: timezone) -> None:
    assert moment(at.astimezone(offset).isoformat(), None, Order.ASK, EXPORTED).at == at
    assert moment(at.astimezone(offset).isoformat(), BERLIN, Order.MONTH_FIRST, EXPORTED).at == at
    assert moment(at.isoformat().replace("+00:00", "Z"), None, Order.ASK, EXPORTED).at == at
    for form in (
        "%Y%m%dT%H%M%SZ",
        "%Y-%m-%dt%H:%M:%S,75z",
        "%Y-%m-%d %H:%M:%S+00",
    ):  # PostgreSQL's is the last
        assert moment(at.strftime(form), None, Order.ASK, EXPORTED).at == at


@given(MOMENTS, ZONES)
def test_a_time_on_the_clock_is_the_moment_the_clock_shows_it(at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    local = at.astimezone(zone).replace(tzinfo=None)
    for text, order in (
        (f"{local:%Y-%m-%d %H:%M:%S}", Order.ASK),
        (f"{local:%m/%d/%Y %H:%M:%S}", Order.MONTH_FIRST),
        (f"{local:%d/%m/%Y %H:%M:%S}", Order.DAY_FIRST),
        (f"{local:%d.%m.%Y %H:%M:%S}", Order.MONTH_FIRST),
        (f"{local:%b %d, %Y %I:%M:%S %p}", Order.ASK),
        (f"{local:%a, %d %B %Y %H:%M:%S}", Order.ASK),
    ):
        found = moment(text, zone, order, EXPORTED)
        shown = found.at.astimezone(zone).replace(tzinfo=None)
        assert shown == local
        assert found.at == at or found.notice  # of a time that comes twice the first is taken, and told


@given(st.datetimes(datetime(2005, 1, 1), datetime(2026, 11, 1)))
def test_days_that_excel_counts_are_found_again(local: datetime) -> None:
    local = local.replace(microsecond=0)
    serial = (local - datetime(1899, 12, 30)) / timedelta(days=1)
    utc = ZoneInfo("UTC")
    found = moment(f"{serial:.6f}", utc, Order.ASK, EXPORTED)
    assert abs(found.at.replace(tzinfo=None) - local) <= timedelta(seconds=1)
    assert day(f"{int(serial)}", Order.ASK, EXPORTED, utc) == local.date()


@given(st.text(max_size=30))
def test_whatever_is_written_is_a_moment_or_refused(text: str) -> None:
    for order in Order:
        with suppress(ValueError):
            assert moment(text, BERLIN, order, EXPORTED).at.tzinfo is UTC


@pytest.mark.parametrize("text", ["03/04/2026", "3/4/26 09:30", "03-04-2026"])
def test_day_and_month_are_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="the day from the month"):
        moment(text, BERLIN, Order.ASK, EXPORTED)
    assert day(text, Order.MONTH_FIRST, EXPORTED, BERLIN) == date(2026, 3, 4)
    assert day(text, Order.DAY_FIRST, EXPORTED, BERLIN) == date(2026, 4, 3)


def test_a_date_that_contradicts_the_order_of_the_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no month 24"):
        day("24/06/2026", Order.MONTH_FIRST, EXPORTED, BERLIN)
    with pytest.raises(ValueError, match="no month 24"):
        day("06/24/2026", Order.DAY_FIRST, EXPORTED, BERLIN)
    assert day("24/06/2026", Order.ASK, EXPORTED, BERLIN) == date(2026, 6, 24)


def test_the_clock_that_is_put_forward_and_back() -> None:
    with pytest.raises(ValueError, match="does not exist in Europe/Berlin"):
        moment("2026-03-29 02:30", BERLIN, Order.ASK, EXPORTED)
    twice = moment("2026-10-25 02:30", BERLIN, Order.ASK, EXPORTED)
    assert twice.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert twice.notice is not None
    assert "comes twice" in twice.notice


def test_a_year_that_was_left_out_is_the_last_one_it_can_be() -> None:
    assert day("July 14", Order.MONTH_FIRST, EXPORTED, BERLIN) == date(2026, 7, 14)
    assert day("21 November", Order.MONTH_FIRST, EXPORTED, BERLIN) == date(2026, 11, 21)
    assert day("November 22", Order.MONTH_FIRST, EXPORTED, BERLIN) == date(2025, 11, 22)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing"),
        ("soon", "no date"),
        ("2026-02-30", "no such day"),
        ("2026-03-02T25:00Z", "no such time"),
        ("2026-03-02T09:00+99:00", "no such offset"),
        ("2026-03-02T09:00+14:30", "no such offset"),
        ("2026-03-02T24:00Z", "no such time"),
        ("1970-01-01T00:00Z", "can't be right"),
        ("2026-11-21T03:00:01Z", "later than the moment"),
        ("0.5", "no date"),
        ("99999", "no date"),
    ],
)
def test_what_is_no_moment_is_said_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        moment(text, BERLIN, Order.ASK, EXPORTED)


def test_without_offset_and_zone_nobody_can_tell() -> None:
    with pytest.raises(ValueError, match="no offset"):
        moment("2026-03-02 09:30", None, Order.ASK, EXPORTED)


def test_a_day_alone_is_noon_on_the_clock() -> None:
    found = moment("2026-03-02", BERLIN, Order.ASK, EXPORTED)
    assert (found.at, found.day_only) == (datetime(2026, 3, 2, 11, tzinfo=UTC), True)
