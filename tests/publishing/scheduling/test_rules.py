"""Rules of recurrence: months without the day, leap years, ends, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishing.changes import DraftError
from publishing.scheduling.rules import parse

BERLIN = ZoneInfo("Europe/Berlin")
NEVER = datetime(1999, 1, 1)


def dates(rule: str, starts: datetime, until: datetime, after: datetime = NEVER) -> list[str]:
    return [f"{at:%Y-%m-%d %H:%M}" for at in parse(rule, starts, BERLIN).times(after, until)]


def test_days_that_a_month_does_not_have_are_left_out() -> None:
    found = dates("FREQ=MONTHLY;BYMONTHDAY=31", datetime(2027, 1, 31, 9), datetime(2027, 8, 1))
    assert found == ["2027-01-31 09:00", "2027-03-31 09:00", "2027-05-31 09:00", "2027-07-31 09:00"]
    last = dates("FREQ=MONTHLY;BYMONTHDAY=-1", datetime(2028, 1, 31, 9), datetime(2028, 3, 31, 8))
    assert last == ["2028-01-31 09:00", "2028-02-29 09:00"]


def test_the_29th_of_february_comes_in_leap_years() -> None:
    found = dates("RRULE:FREQ=YEARLY", datetime(2028, 2, 29, 9), datetime(2041, 1, 1))
    assert found == ["2028-02-29 09:00", "2032-02-29 09:00", "2036-02-29 09:00", "2040-02-29 09:00"]
    assert len(dates("FREQ=YEARLY;INTERVAL=100", datetime(2000, 2, 29), datetime(2390, 1, 1))) == 1


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=DAILY;COUNT=3", 3),
        ("freq=daily;until=20260305", 5),  # its last day belongs to it
        ("FREQ=DAILY;UNTIL=20260305T080000Z", 5),  # 09:00 in Berlin
        ("FREQ=DAILY;UNTIL=20260305T075959Z", 4),
        ("FREQ=DAILY;UNTIL=20260305T090000", 5),
        ("FREQ=WEEKLY;BYDAY=MO,FR", 9),
        ("FREQ=MONTHLY;BYDAY=1MO", 1),
        ("FREQ=DAILY;BYHOUR=9,12;BYMINUTE=0,30", 4 * 31),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 1),
    ],
)
def test_ends_and_days(rule: str, count: int) -> None:
    assert len(dates(rule, datetime(2026, 3, 1, 9), datetime(2026, 3, 31, 23, 59))) == count


def test_a_counted_rule_counts_from_its_start_whatever_is_asked() -> None:
    starts = datetime(2026, 3, 1, 9)
    assert dates("FREQ=DAILY;COUNT=5", starts, datetime(2030, 1, 1), datetime(2026, 3, 4, 9)) == [
        "2026-03-05 09:00"
    ]
    assert dates("FREQ=DAILY", starts, datetime(2026, 3, 1, 8)) == []


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every monday",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=3",
        "BYDAY=MO",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;BYSECOND=0,1",
        "FREQ=DAILY;BYEASTER=1",
        "FREQ=DAILY;BYHOUR=25",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=DAILY;UNTIL=20250101",  # before it starts
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=366",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=DAILY\nDTSTART:19970902T090000",
        "FREQ=DAILY;" + "BYDAY=" + "MO," * 300,
    ],
)
def test_what_is_no_rule_is_said(rule: str) -> None:
    with pytest.raises(DraftError) as told:
        parse(rule, datetime(2026, 3, 1, 9), BERLIN)
    assert len(told.value.problems) == 1


@pytest.mark.parametrize("year", [1, 1999, 2391, 9999])
def test_years_out_of_reach(year: int) -> None:
    with pytest.raises(DraftError, match="2000 to 2390"):
        parse("FREQ=DAILY", datetime(year, 3, 1, 9), BERLIN)


PART = st.sampled_from(
    ["INTERVAL=3", "BYDAY=MO,WE", "BYDAY=-1FR", "BYMONTH=2,11", "BYMONTHDAY=29,-1", "BYSETPOS=1", "COUNT=7"]
)


@settings(max_examples=60)
@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.sets(PART, max_size=3),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),
    st.integers(0, 900),
)
def test_times_do_not_depend_on_how_they_are_asked_for(
    freq: str, parts: set[str], starts: datetime, days: int
) -> None:
    try:
        rule = parse(";".join([f"FREQ={freq}", *sorted(parts)]), starts, BERLIN)
    except DraftError:
        return  # said twice, or never comes
    middle, end = starts + timedelta(days=days), starts + timedelta(days=1000)
    whole = rule.times(NEVER, end)
    assert whole == sorted(set(whole))
    assert all(at >= rule.starts for at in whole)
    assert rule.times(NEVER, middle) + rule.times(middle, end) == whole
