"""The moments of weekday slots, over all zones and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from publishing.scheduling.slots import Slot, slots_after
from publishing.scheduling.walltime import Happens, read, wall

ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
MINUTES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
SLOTS = st.sets(st.builds(Slot, st.integers(1, 7), MINUTES), min_size=1, max_size=6)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
BERLIN = ZoneInfo("Europe/Berlin")


@given(SLOTS, ZONES, MOMENTS)
def test_slots_come_in_order_and_none_is_left_out(slots: set[Slot], zone: ZoneInfo, after: datetime) -> None:
    found = list(islice(slots_after(slots, zone, after), 20))
    assert all(one < other for one, other in pairwise([after, *found]))
    # Every minute's slot of each day in that time, one by one.
    day, expected = wall(after, zone).date() - timedelta(days=3), set()
    while day <= wall(found[-1], zone).date() + timedelta(days=3):
        for slot in slots:
            if slot.weekday == day.isoweekday():
                expected.add(read(datetime.combine(day, slot.at), zone).at)
        day += timedelta(days=1)
    assert found == sorted(at for at in expected if after < at <= found[-1])


def test_a_weekday_slot_keeps_its_time_on_the_clock_through_a_year() -> None:
    found = list(islice(slots_after([Slot(1, time(9))], BERLIN, datetime(2026, 1, 1, tzinfo=UTC)), 52))
    assert {wall(at, BERLIN).time() for at in found} == {time(9)}
    assert {at.hour for at in found} == {7, 8}


def test_slots_of_a_skipped_and_of_a_repeated_hour() -> None:
    before = datetime(2027, 3, 28, tzinfo=UTC) - timedelta(hours=2)
    slots = [Slot(7, time(2, 30)), Slot(7, time(3, 30))]
    first, second = islice(slots_after(slots, BERLIN, before), 2)
    assert wall(first, BERLIN) == datetime(2027, 3, 28, 3, 30)  # both are this moment: one slot
    assert wall(second, BERLIN) == datetime(2027, 4, 4, 2, 30)
    back = datetime(2026, 10, 24, 23, tzinfo=UTC)
    first, second = islice(slots_after([Slot(7, time(2, 30))], BERLIN, back), 2)
    assert read(datetime(2026, 10, 25, 2, 30), BERLIN).happens is Happens.TWICE
    assert (first, second) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 1, 30, tzinfo=UTC),
    )


def test_no_slots_no_moments() -> None:
    assert list(slots_after([], BERLIN, datetime(2026, 1, 1, tzinfo=UTC))) == []
