"""The next good moments: right on the clock through every change of it, apart, and honest in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictions.next_slots import NextSlot, coming_hours, next_slots
from predictions.posting_times import SLOTS_SCHEMA

MOMENTS = st.integers(1_300_000_000, 2_050_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]


def week(best: dict[tuple[int, int], float], evidence: str = "high") -> pl.DataFrame:
    """168 slots of account "a": the named (weekday, hour) effects, all others -0.1."""
    rows = [
        (
            "a",
            day,
            hour,
            best.get((day, hour), -0.1),
            best.get((day, hour), -0.1) - 0.1,
            0.3,
            412,
            9,
            evidence,
        )
        for day in range(1, 8)
        for hour in range(24)
    ]
    return pl.DataFrame(rows, schema=SLOTS_SCHEMA, orient="row")


def test_best_first_in_utc_with_words() -> None:
    slots = week({(3, 18): 0.2, (5, 9): 0.3, (3, 19): 0.19})
    now = datetime(2026, 7, 6, 12, tzinfo=UTC)  # a Monday
    first, second, third = next_slots(slots, "a", "Europe/Berlin", now)
    assert (first.at, first.local.hour) == (datetime(2026, 7, 10, 7, tzinfo=UTC), 9)
    assert second.at == datetime(2026, 7, 8, 16, tzinfo=UTC)
    assert third.lift < 0  # Wednesday 19:00 is second's neighbour
    assert (
        first.sentence
        == "+35 % (22 to 35 %) against this account's usual post · from 412 posts · high evidence"
    )


def test_generic_evidence_is_not_passed_off_as_the_accounts_own() -> None:
    slot = NextSlot(datetime.now(UTC), datetime.now(UTC), 0.04, -0.06, 0.15, 0, "generic")
    assert slot.sentence == (
        "+4 % (−6 to 15 %) on this network in general · no posts of this account yet · generic evidence"
    )


def test_nothing_known_offers_nothing() -> None:
    unknown = week({}).with_columns(pl.lit(None, dtype=pl.Float64).alias("effect"))
    now = datetime(2026, 7, 6, tzinfo=UTC)
    assert next_slots(unknown, "a", "UTC", now) == []
    assert next_slots(week({}), "someone else", "UTC", now) == []


def test_hour_skipped_by_daylight_saving_is_left_out() -> None:
    # Berlin, Sunday 2026-03-29: 02:00 does not exist.
    now = datetime(2026, 3, 27, tzinfo=UTC)
    chosen = next_slots(week({(7, 2): 1.0}), "a", "Europe/Berlin", now, count=1)
    assert chosen[0].lift < 0


def test_hour_that_comes_twice_is_taken_the_first_time() -> None:
    # Berlin, Sunday 2026-10-25: 02:00 is 00:00 UTC, then again 01:00 UTC.
    now = datetime(2026, 10, 23, tzinfo=UTC)
    chosen = next_slots(week({(7, 2): 1.0}), "a", "Europe/Berlin", now, count=1)
    assert chosen[0].at == datetime(2026, 10, 25, 0, tzinfo=UTC)


@given(
    MOMENTS,
    st.sampled_from(ZONES),
    st.integers(0, 8),
)
def test_slots_are_apart_ahead_and_on_the_local_hour(now: datetime, zone: str, count: int) -> None:
    slots = week({(day, hour): (day * 31 + hour * 17) % 23 / 23 for day in range(1, 8) for hour in range(24)})
    chosen = next_slots(slots, "a", zone, now, count=count)
    assert len(chosen) == count
    assert [slot.lift for slot in chosen] == sorted((slot.lift for slot in chosen), reverse=True)
    for slot in chosen:
        assert now < slot.at <= now + timedelta(days=7)
        assert slot.at == slot.local
        assert slot.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == slot.local.replace(tzinfo=None)
        assert slot.local.minute == 0
    for one, other in combinations(chosen, 2):
        assert abs(one.at - other.at) >= timedelta(hours=2)


@given(MOMENTS, st.sampled_from(ZONES))
def test_coming_hours_are_each_once_and_in_order(now: datetime, zone: str) -> None:
    found = [at for at, _ in coming_hours(now, ZoneInfo(zone))]
    assert found == sorted(set(found))
    assert len(found) >= 144  # a week, less what daylight saving or the date line took


def test_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        next_slots(week({}), "a", "UTC", datetime(2026, 1, 1))
