"""Nothing is summed or compared across a day on which a number began to mean something else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest

from foundation.database import Tenant
from tests.warehouse import marts_fixture as marts
from warehouse.catalogue import Break, Subject, breaks
from warehouse.reads import Reader, shared
from warehouse.reads.breaks import sentence, unbroken, within

ORGANIZATION = uuid.UUID(int=1)
MINE = str(ORGANIZATION)
CHANGED = date(2026, 8, 24)  # views on YouTube, by the catalogue
START, END = date(2026, 8, 15), date(2026, 9, 11)


@pytest.fixture(autouse=True)
def _close_shared() -> Iterator[None]:
    yield
    shared.close()


@pytest.fixture
def lake_with_two(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """An account on YouTube, whose views change their meaning, and one on X, whose do not."""
    with marts.together(connection):
        marts.create(connection)
        for account, network in (("x", "x"), ("y", "youtube")):
            marts.add_account(connection, account, MINE, network=network)
            for day in (date(2026, 7, 20), date(2026, 8, 20), date(2026, 9, 1)):
                marts.add_post(connection, account, MINE, day, views=100, engagement=10)
    return connection


def views(con: duckdb.DuckDBPyConnection, start: date, end: date) -> dict[str, tuple[object, ...]]:
    release = marts.released(con, str(uuid.uuid4()))
    with Reader(Tenant(ORGANIZATION), release) as reader:
        rows = reader.overview(start, end).select("account_id", "views", "views_previous", "views_break")
    return {row[0]: row[1:] for row in rows.iter_rows()}


def test_the_catalogue_knows_the_day() -> None:
    (found,) = within(["youtube", "x"], "views", START, END)
    assert (found.network, found.date) == ("youtube", CHANGED)
    assert sentence(found) == "views on YouTube changed on 24 Aug 2026"
    assert within(["x"], "views", START, END) == ()


def test_a_period_with_a_break_has_no_sum(lake_with_two: duckdb.DuckDBPyConnection) -> None:
    found = views(lake_with_two, START, END)
    assert found["x"] == (200, 100, None)
    assert found["y"] == (None, None, "views on YouTube changed on 24 Aug 2026")


def test_a_period_after_a_break_has_its_sum_and_no_comparison(
    lake_with_two: duckdb.DuckDBPyConnection,
) -> None:
    found = views(lake_with_two, CHANGED, CHANGED + timedelta(days=13))
    assert found["x"] == (100, 100, None)
    assert found["y"] == (100, None, "views on YouTube changed on 24 Aug 2026")


def test_long_after_a_break_all_is_as_ever(lake_with_two: duckdb.DuckDBPyConnection) -> None:
    assert views(lake_with_two, date(2026, 9, 1), date(2026, 9, 3))["y"] == (100, None, None)


def test_engagement_breaks_with_what_it_is_made_of() -> None:
    (shares,) = (each for each in breaks() if (each.network, each.metric) == ("instagram", "shares"))
    day = shares.date
    assert within(["instagram"], "engagement", day - timedelta(days=1), day) == (shares,)
    assert within(["instagram"], "engagement", day, day + timedelta(days=400)) == ()
    assert within(["instagram"], "engagement", day - timedelta(days=1), day, Subject.ACCOUNT) == ()


def test_the_last_count_of_followers_stands_and_its_change_does_not() -> None:
    (fans,) = (each for each in breaks() if (each.network, each.metric) == ("facebook", "followers"))
    frame = pl.DataFrame({
        "network": ["facebook", "x"], "followers": [10, 20], "followers_previous": [9, 19],
        "views": [1, 1], "views_previous": [1, 1], "engagement": [1, 1], "engagement_previous": [1, 1],
    })  # fmt: skip
    found = unbroken(frame, fans.date - timedelta(days=3), fans.date, fans.date - timedelta(days=7))
    assert found["followers"].to_list() == [10, 20]
    assert found["followers_previous"].to_list() == [None, 19]
    assert found["followers_break"].null_count() == 1


def test_what_was_gained_on_the_day_of_a_break_is_unknown(
    lake_with_two: duckdb.DuckDBPyConnection,
) -> None:
    con = lake_with_two
    for day in (CHANGED, CHANGED + timedelta(days=1)):
        for account in ("x", "y"):
            marts.insert(
                con, "fct_account_gains_daily", organization_id=MINE, account_id=account,
                date=day, views_gain=7, engagement_gain=2, gain_days=1,
            )  # fmt: skip
    with Reader(Tenant(ORGANIZATION), marts.released(con)) as reader:
        rows = reader.gains(CHANGED, CHANGED + timedelta(days=1))
    assert rows.select("account_id", "views_gain", "engagement_gain").rows() == [
        ("x", 7, 2), ("x", 7, 2), ("y", None, 2), ("y", 7, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("found", breaks(), ids=lambda each: f"{each.network} {each.metric} {each.date}")
def test_every_break_of_the_catalogue_can_be_said(found: Break) -> None:
    assert str(found.date.year) in sentence(found)
