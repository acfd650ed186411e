"""What posts gained, what they have in common, and how accounts grew, in figures that a person can check."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.database import Tenant
from tests.warehouse import marts_fixture as marts
from warehouse import lake
from warehouse.reads import Reader, shared
from warehouse.releases import Release

ORGANIZATION = uuid.UUID(int=1)
MINE = str(ORGANIZATION)
START, END = date(2026, 10, 1), date(2026, 10, 28)
RELEASED = datetime(2026, 10, 28, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _close_shared() -> Iterator[None]:
    yield
    shared.close()


@pytest.fixture
def con(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A lake with one account."""
    marts.create(connection)
    marts.add_account(connection, "a", MINE)
    return connection


def reader(con: duckdb.DuckDBPyConnection) -> Reader:
    return Reader(Tenant(ORGANIZATION), Release(1, lake.current_snapshot(con), "run", RELEASED))


def gained(con: duckdb.DuckDBPyConnection, day: date, days: int, views: int) -> None:
    marts.insert(
        con, "fct_account_gains_daily", organization_id=MINE, account_id="a", date=day, gain_days=days,
        views_gain=views,
    )  # fmt: skip


def test_a_gain_over_several_days_is_spread_over_them(con: duckdb.DuckDBPyConnection) -> None:
    gained(con, date(2026, 9, 30), 1, views=1000)  # before the period
    gained(con, date(2026, 10, 2), 3, views=30)  # 30 Sep, 1 and 2 October
    gained(con, date(2026, 10, 2), 1, views=5)
    gained(con, date(2026, 10, 6), 4, views=8)  # 3 to 6 October, the last two beyond the period
    with reader(con) as reads:
        rows = reads.gains(START, date(2026, 10, 4))
    assert dict(rows.select("date", "views_gain").iter_rows()) == {
        date(2026, 10, 1): 10, date(2026, 10, 2): 15, date(2026, 10, 3): 2, date(2026, 10, 4): 2,
    }  # fmt: skip
    assert rows["engagement_gain"].null_count() == 4


def test_posts_are_compared_at_one_age_where_it_is_known_of_all(con: duckdb.DuckDBPyConnection) -> None:
    # Posts up to the 19th have reached seven days; of the 28 days before, those up to 21 September count.
    marts.add_post(con, "a", MINE, date(2026, 9, 10), engagement=90, engagement_7d=50)
    marts.add_post(con, "a", MINE, date(2026, 9, 25), engagement=70, engagement_7d=70)
    marts.add_post(con, "a", MINE, date(2026, 10, 10), engagement=62, engagement_7d=60)
    marts.add_post(con, "a", MINE, date(2026, 10, 27), engagement=5)
    with reader(con) as reads:
        (row,) = reads.overview(START, END).iter_rows(named=True)
    assert (row["engagement"], row["engagement_previous"]) == (67, 160)  # a fall that is none
    assert (row["engagement_at_age"], row["engagement_at_age_previous"]) == (60, 50)
    marts.add_post(con, "a", MINE, date(2026, 10, 11), engagement=9)  # nobody looked at seven days
    with reader(con) as reads:
        assert reads.overview(START, END)["engagement_at_age"].to_list() == [None]


def performance(con: duckdb.DuckDBPyConnection, number: int, day: date, **values: Any) -> None:
    marts.insert(
        con, "content_performance", post_key=f"p{number}", organization_id=MINE, account_id="a",
        published_date=day, published_at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC), **values,
    )  # fmt: skip


def test_what_posts_have_in_common(con: duckdb.DuckDBPyConnection) -> None:
    old, young = date(2026, 10, 5), date(2026, 10, 26)
    shared_by = {"hashtags": 0, "weekday": 1, "hour": 9}
    performance(con, 1, old, kind="video", index_7d=3.0, index=9.0, labels=["spring", "sale"], **shared_by)
    performance(con, 2, old, kind="video", index=1.0, labels=["spring"], **shared_by)
    performance(con, 3, old, kind="video", index_7d=0.5, labels=[], **shared_by)
    performance(con, 4, young, kind="photo", index=0.1, labels=[], **shared_by)  # too young to be told
    with reader(con) as reads:
        found = reads.content(START, END)
        posts = reads.content_posts(START, END, limit=3)
    columns = ("value", "posts", "compared", "index", "above")
    assert found.filter(facet="kind").select(columns).rows() == [
        ("photo", 1, 0, None, 0),
        ("video", 3, 3, 1.0, 1),
    ]
    assert found.filter(facet="label").select(columns).rows() == [
        ("sale", 1, 1, 3.0, 1),
        ("spring", 2, 2, 2.0, 1),
    ]
    assert found.filter(facet="hashtags")["value"].to_list() == ["none"]
    assert found.filter(facet="slot")["position"].to_list() == [24 + 9]
    assert found.filter(facet="length").select(columns).rows() == [("none", 4, 3, 1.0, 1)]  # without text
    for unknown in ("campaign", "media", "link"):
        assert found.filter(facet=unknown).is_empty()
    assert posts["post_key"].to_list() == ["p1", "p2", "p3"]


@given(st.lists(st.none() | st.floats(0, 1e6) | st.just(1e300), min_size=1, max_size=9))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_middle_of_the_indices_is_their_median(
    con: duckdb.DuckDBPyConnection, indices: list[float | None]
) -> None:
    con.execute("DELETE FROM lake.marts.content_performance")
    with marts.together(con):
        for number, index in enumerate(indices):
            performance(con, number, START, kind="video", index_7d=index, labels=["spring"])
    with reader(con) as reads:
        found = reads.content(START, END)
    known = [min(index, 1e9) for index in indices if index is not None]
    for facet in ("kind", "label"):
        (row,) = found.filter(facet=facet).iter_rows(named=True)
        assert (row["posts"], row["compared"]) == (len(indices), len(known))
        assert row["index"] == (pytest.approx(median(known), abs=1e-6) if known else None)


def test_growth_says_of_how_many_days_it_knows(con: duckdb.DuckDBPyConnection) -> None:
    for number, followers in enumerate((100, None, 104, 110)):
        marts.insert(
            con, "follower_growth", organization_id=MINE, account_id="a", date=START + timedelta(days=number),
            followers=followers, gained=None if followers is None else 4, lost=1, annualised_rate=number / 10,
            is_gap=followers is None,
        )  # fmt: skip
    with reader(con) as reads:
        (row,) = reads.growth(START, END).iter_rows(named=True)
    assert (row["followers_first"], row["followers_last"], row["known_days"]) == (100, 110, 3)
    assert (row["gained"], row["gained_days"], row["lost"]) == (12, 3, 4)
    assert row["annualised_rate"] == pytest.approx(0.3)


LENGTHS = (("over 1000", 1001), ("1 to 50", 1), ("151 to 300", 151))


def test_numbers_are_grouped_in_steps(con: duckdb.DuckDBPyConnection) -> None:
    for number in range(8):
        performance(
            con, number, date(2026, 10, 5), media_count=number, hashtags=number, has_link=number > 5,
            labels=[], weekday=7, hour=number, text_length_bucket=LENGTHS[number % 3][0],
            min_length=LENGTHS[number % 3][1],
        )  # fmt: skip
    with reader(con) as reads:
        found = reads.content(START, END)
    groups = {
        facet: found.filter(facet=facet).select("value", "posts").rows()
        for facet in ("media", "hashtags", "link", "length", "slot")
    }
    assert groups["media"] == [("0", 1), ("1", 1), ("2 to 4", 3), ("5 and more", 3)]
    assert groups["hashtags"] == [("none", 1), ("1 or 2", 2), ("3 to 5", 3), ("6 and more", 2)]
    assert groups["link"] == [("with a link", 2), ("without", 6)]
    assert groups["length"] == [("1 to 50", 3), ("151 to 300", 2), ("over 1000", 3)]
    assert groups["slot"] == [(f"7 {hour}", 1) for hour in range(8)]
