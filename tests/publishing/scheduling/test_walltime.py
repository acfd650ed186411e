"""The clock on the wall, over all zones: every time is read, and a strange one is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publishing.scheduling.walltime import Happens, read, shifted, wall, zone_of

ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
BERLIN = ZoneInfo("Europe/Berlin")
# Past, sudden and large changes: half an hour, a whole day left out, a day twice, around midnight.
ODD = [
    ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), Happens.NEVER),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 45), Happens.TWICE),
    ("Pacific/Apia", datetime(2011, 12, 30, 12), Happens.NEVER),
    ("Pacific/Kwajalein", datetime(1993, 8, 21, 12), Happens.NEVER),
    ("America/Havana", datetime(2026, 3, 8, 0, 30), Happens.NEVER),
    ("Africa/Cairo", datetime(2026, 4, 24, 0, 30), Happens.NEVER),
    ("America/New_York", datetime(2026, 11, 1, 1, 30), Happens.TWICE),
    ("Asia/Kathmandu", datetime(2026, 3, 29, 2, 30), Happens.ONCE),
]


@given(TIMES, ZONES)
@example(datetime(2026, 3, 29, 2, 30), BERLIN)
@example(datetime(2026, 10, 25, 2, 30), BERLIN)
def test_every_time_in_every_zone_comes_to_a_moment_and_says_how(local: datetime, zone: ZoneInfo) -> None:
    reading = read(local, zone)
    shown = [at for at in reading.choices if wall(at, zone) == local]
    assert reading.at in reading.choices
    assert list(reading.choices) == sorted(set(reading.choices))
    assert all(at.tzinfo is UTC for at in reading.choices)
    assert (len(reading.choices), len(shown)) == {
        Happens.ONCE: (1, 1),
        Happens.TWICE: (2, 2),
        Happens.NEVER: (2, 0),
    }[reading.happens]
    assert (reading.notice is None) == (reading.happens is Happens.ONCE)
    if reading.happens is Happens.NEVER:  # later than asked, by as much as the clock was put forward
        gap = reading.choices[1] - reading.choices[0]
        assert wall(reading.at, zone) - local == gap


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), ZONES)
def test_every_moment_is_among_the_choices_of_what_the_clock_shows(at: datetime, zone: ZoneInfo) -> None:
    reading = read(wall(at, zone), zone)
    assert reading.happens is not Happens.NEVER
    assert at in reading.choices
    if reading.happens is Happens.TWICE:
        second = read(wall(at, zone), zone, second=True)
        assert (reading.at, second.at) == reading.choices
    assert shifted(at, timedelta(), zone) == at


@given(TIMES, TIMES, ZONES)
def test_what_is_days_later_on_the_clock_is_later(one: datetime, other: datetime, zone: ZoneInfo) -> None:
    first, last = sorted((one, other))
    if last - first > timedelta(days=2):  # within two days a change of the clock may turn them round
        assert read(first, zone).at < read(last, zone).at


@pytest.mark.parametrize(("name", "local", "happens"), ODD)
def test_odd_clocks(name: str, local: datetime, happens: Happens) -> None:
    assert read(local, ZoneInfo(name)).happens is happens


def test_what_people_are_told() -> None:
    skipped = read(datetime(2027, 3, 28, 2, 30), BERLIN)
    assert skipped.at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert skipped.notice == (
        "02:30 on Sun 28 Mar 2027 does not exist in Europe/Berlin: the clock is put forward over it. "
        "03:30 on Sun 28 Mar 2027 CEST is taken instead."
    )
    twice = datetime(2026, 10, 25, 2, 30)
    assert read(twice, BERLIN).notice == (
        "02:30 on Sun 25 Oct 2026 comes twice in Europe/Berlin: the clock is put back. "
        "The first one is taken (CEST, 00:30 UTC)."
    )
    assert "The second one is taken (CET, 01:30 UTC)" in (read(twice, BERLIN, second=True).notice or "")


def test_a_day_later_is_the_same_time_on_the_clock() -> None:
    for day in (date(2026, 3, 28), date(2026, 10, 24), date(2028, 2, 28), date(2028, 2, 29)):
        at = read(datetime.combine(day, time(9)), BERLIN).at
        assert wall(shifted(at, timedelta(days=1), BERLIN), BERLIN).time() == time(9)
    assert shifted(read(datetime(2026, 3, 28, 9), BERLIN).at, timedelta(days=1), BERLIN) == datetime(
        2026, 3, 29, 7, tzinfo=UTC
    )


def test_what_is_no_wall_clock_time() -> None:
    with pytest.raises(ValueError, match="carries no zone"):
        read(datetime(2026, 1, 1, tzinfo=UTC), BERLIN)
    for local, name in ((datetime(1, 1, 1), "Asia/Tokyo"), (datetime(9999, 12, 31, 23), "America/New_York")):
        with pytest.raises(ValueError, match="too far away"):
            read(local, ZoneInfo(name))


@pytest.mark.parametrize("name", ["", "Europe/Bonn", "../etc/passwd", "Europe", "/etc/localtime", "x" * 300])
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(ValueError, match="Choose a time zone by its name"):
        zone_of(name)
