"""Which days can be parsed again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.settings import Settings
from warehouse.replay import Replay, ReplayError, parsed_days, require_raw

FIRST, LAST = date(2026, 11, 10), date(2026, 11, 12)


def land(connection: duckdb.DuckDBPyConnection, network: str, *hours: str) -> None:
    for hour in hours:
        connection.execute(
            "INSERT INTO lake.raw.answers SELECT uuid()::VARCHAR, 'o', 'a', ?, 'posts', '{}', t, t, 200, "
            "'{}', 'run', t FROM (SELECT CAST(? AS TIMESTAMPTZ) AS t)",
            [network, hour],
        )


@given(st.dates(), st.dates())
def test_days_are_read_as_they_are_written(first: date, last: date) -> None:
    assert parsed_days(f"{first}", f"{last}") == (first, last)
    assert parsed_days(f"{first}") == (first, first)
    if last < first:
        with pytest.raises(ReplayError, match="is before"):
            Replay(first, last)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "11/01/2026"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ReplayError, match="is no day"):
        parsed_days(text)


def test_a_network_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(ReplayError, match=r"myspace.*facebook, .*mastodon"):
        Replay(FIRST, LAST, "myspace")
    assert Replay(FIRST, LAST, "x").variables == {
        "replay_from": "2026-11-10",
        "replay_to": "2026-11-12",
        "replay_network": "x",
    }


def test_days_without_an_answer_are_refused(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    land(connection, "x", "2026-11-09 23:00:00+00", "2026-11-13 00:00:00+00")
    land(connection, "facebook", "2026-11-12 23:00:00+00")
    with pytest.raises(ReplayError, match="nothing to parse again"):
        require_raw(connection, Replay(FIRST, LAST, "x"), settings)
    require_raw(connection, Replay(FIRST, LAST), settings)
    with pytest.raises(ReplayError, match="nothing to parse again"):
        require_raw(connection, Replay(FIRST, LAST - timedelta(days=1)), settings)


def test_days_whose_answers_are_forgotten_are_refused(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    oldest = datetime.fromisoformat("2026-11-10T07:00+00:00")
    land(connection, "youtube", *(f"{oldest + timedelta(days=day)}" for day in range(4)))
    land(connection, "x", "2026-11-11 00:00:00+00")
    for replay in (Replay(FIRST, LAST), Replay(FIRST, LAST, "youtube")):
        with pytest.raises(ReplayError, match=r"YouTube.*30 days, and those before 2026-11-11 are gone"):
            require_raw(connection, replay, settings)
    require_raw(connection, Replay(FIRST + timedelta(days=1), LAST), settings)
    require_raw(connection, Replay(FIRST, LAST, "x"), settings)
    forever = settings.model_copy(update={"youtube_raw_days": 0})
    require_raw(connection, Replay(FIRST, LAST), forever)
