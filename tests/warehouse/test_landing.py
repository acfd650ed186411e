"""Raw answers are kept as they came, each once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from foundation.database import worker_session
from platforms.contract import Account, Answer, Entity
from tests.warehouse.conftest import NOW, new_account
from warehouse import lake
from warehouse.landing import land, land_registry, registry

HOUR = NOW.replace(minute=0)


def answer(body: str, *, page: int = 0, status: int = 200, requested_at: datetime = NOW) -> Answer:
    return Answer(Entity.POSTS, {"path": "/1000/posts", "params": {"page": page}}, requested_at, status, body)


def test_an_answer_lands_with_all_it_came_with(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    assert land(connection, account, [answer('{"data": [1]}')], HOUR, "run-1").new == 1
    row = connection.execute(
        "SELECT organization_id, account_id, network, entity, request, requested_at, observed_hour, status, "
        "body, run_id FROM lake.raw.answers"
    ).fetchone()
    assert row is not None
    assert row[:4] == (account.organization_id, account.id, "facebook", "posts")
    assert json.loads(row[4]) == {"path": "/1000/posts", "params": {"page": 0}}
    assert row[5:] == (NOW, HOUR, 200, '{"data": [1]}', "run-1")


def test_the_same_answer_in_its_hour_lands_once_and_a_changed_one_again(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    first = answer('{"likes": 1}')
    later = replace(first, requested_at=NOW + timedelta(minutes=5))
    assert land(connection, account, [first, first], HOUR, "run-1").new == 1
    snapshot = lake.current_snapshot(connection)
    assert land(connection, account, [later], HOUR, "run-2").new == 0
    assert lake.current_snapshot(connection) == snapshot
    lake.flush(connection)
    assert land(connection, account, [later], HOUR, "run-2").new == 0
    assert land(connection, account, [answer('{"likes": 2}'), later], HOUR, "run-3").new == 1
    assert land(connection, account, [first], HOUR + timedelta(hours=1), "run-4").new == 1
    assert land(connection, new_account("Other"), [first], HOUR, "run-5").new == 1
    assert connection.execute("SELECT count(*) FROM lake.raw.answers").fetchall() == [(4,)]


def test_no_answers_land_nothing(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    assert land(connection, account, [], HOUR, "run-1").new == 0


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "", '{"cut": ', '{"a": "\x00"}'])
def test_what_is_not_json_is_kept_as_a_string(
    connection: duckdb.DuckDBPyConnection, account: Account, body: str
) -> None:
    land(connection, account, [answer(body, status=502)], HOUR, "run-1")
    row = connection.execute("SELECT body, json_type(body) FROM lake.raw.answers").fetchone()
    assert row is not None
    assert json.loads(row[0]) == body
    assert row[1] == "VARCHAR"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"cut \ud83d", "cut \ufffd"),
        (r"\ude00 before", "\ufffd before"),
        (r"\ud83d\ud83d\ude00 \\ud83d é", "\ufffd😀 \\ud83d é"),
    ],
)
def test_half_a_character_costs_no_other_data(
    connection: duckdb.DuckDBPyConnection, account: Account, sent: str, read: str
) -> None:
    body = f'{{"data": [{{"message": "{sent}", "n": 12345678901234567890}}, {{"id": "2"}}]}}'
    assert land(connection, account, [answer(body)], HOUR, "run-1").new == 1
    assert land(connection, account, [answer(body)], HOUR, "run-2").new == 0
    row = connection.execute(
        "SELECT body->>'$.data[0].message', body->>'$.data[0].n', body->>'$.data[1].id' FROM lake.raw.answers"
    ).fetchone()
    assert row == (read, "12345678901234567890", "2")


@pytest.mark.parametrize("flushed", [False, True], ids=["in the catalog", "in a file"])
def test_any_json_comes_back_byte_for_byte(
    connection: duckdb.DuckDBPyConnection, account: Account, flushed: bool
) -> None:
    documents = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )

    @profile(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(documents, min_size=1, max_size=8), st.booleans())
    def check(values: list[object], escaped: bool) -> None:
        bodies = {json.dumps(value, ensure_ascii=escaped) for value in values}
        connection.execute("DELETE FROM lake.raw.answers")
        assert land(connection, account, [answer(body) for body in bodies], HOUR, "r").new == len(bodies)
        if flushed:
            lake.flush(connection)
        rows = connection.execute("SELECT body FROM lake.raw.answers").fetchall()
        assert {row[0] for row in rows} == bodies

    check()


def test_the_registry_is_replaced_and_holds_no_token(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    second = new_account("Second", "x", "Asia/Tokyo")
    with worker_session() as session:
        rows = registry(session)
    assert {row.account_id for row in rows} == {account.id, second.id}
    assert land_registry(connection, rows) is True
    snapshot = lake.current_snapshot(connection)
    assert land_registry(connection, list(reversed(rows))) is False
    assert lake.current_snapshot(connection) == snapshot
    assert land_registry(connection, rows[:1]) is True
    landed = connection.execute("SELECT * FROM lake.raw.accounts").fetchall()
    assert [row[0] for row in landed] == [rows[0].account_id]
    assert landed[0][9].astimezone(UTC) == rows[0].connected_at
    assert "k.sealed" not in str(landed)
    assert land_registry(connection, []) is True
    assert connection.execute("SELECT count(*) FROM lake.raw.accounts").fetchall() == [(0,)]
