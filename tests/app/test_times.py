from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.views.times import day_span, last_days, moment, moment_with_utc, moments, zone_or_utc

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
AT = datetime(2026, 11, 21, 2, 12, tzinfo=UTC)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "UTC"])


def test_moments_name_the_zone_and_utc() -> None:
    assert moment(AT, BERLIN) == "Sat 21 Nov 2026, 03:12 CET"
    assert moment_with_utc(AT, BERLIN) == "Sat 21 Nov 2026, 03:12 CET (02:12 UTC)"
    assert moment_with_utc(AT, NEW_YORK) == "Fri 20 Nov 2026, 21:12 EST (Sat 21 Nov 02:12 UTC)"
    assert moment_with_utc(AT, ZoneInfo("UTC")) == "Sat 21 Nov 2026, 02:12 UTC"


def test_an_unknown_zone_reads_as_utc() -> None:
    for name in (None, "", "Mars/Base", "../etc/passwd"):
        assert zone_or_utc(name).key == "UTC"


def test_periods() -> None:
    period = last_days(28, date(2026, 11, 21))
    assert (str(period), str(period.before)) == ("25 Oct – 21 Nov 2026", "27 Sep – 24 Oct 2026")
    assert period.days == period.before.days == 28
    assert day_span(date(2025, 12, 30), date(2026, 1, 2)) == "30 Dec 2025 – 2 Jan 2026"
    assert day_span(date(2026, 1, 2), date(2026, 1, 2)) == "2 Jan 2026"


def test_a_skipped_hour_has_no_moment_and_a_doubled_one_two() -> None:
    assert moments(date(2026, 3, 29), time(2, 30), BERLIN) == []
    twice = moments(date(2026, 10, 25), time(2, 30), BERLIN)
    assert twice == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]
    assert moments(date(2026, 11, 24), time(9), NEW_YORK) == [datetime(2026, 11, 24, 14, tzinfo=UTC)]


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    ZONES,
)
def test_every_moment_is_found_again_from_its_wall_clock(at: datetime, name: str) -> None:
    local = at.astimezone(ZoneInfo(name))
    assert at in moments(local.date(), local.time(), ZoneInfo(name))


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.times(), ZONES)
def test_what_is_found_shows_that_wall_clock(day: date, clock: time, name: str) -> None:
    for at in moments(day, clock, ZoneInfo(name)):
        local = at.astimezone(ZoneInfo(name))
        assert (local.date(), local.time()) == (day, clock)
