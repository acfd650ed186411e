"""Collecting survives failures and kills: nothing landed is lost, nothing is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import REPOSITORY, Settings
from platforms.contract import Account, Entity
from platforms.errors import NeedsReconnect, Rejected
from tests.warehouse.conftest import NOW, new_account
from tests.warehouse.fake_network import FakeCollector, network
from warehouse import lake
from warehouse.ingest import CollectionResult, collect

HOUR = NOW.replace(minute=0)
PAGES = [{"data": [{"id": f"post-{page}"}]} for page in range(5)]


def run(
    connection: duckdb.DuckDBPyConnection,
    account: Account,
    collector: FakeCollector,
    now: datetime = NOW,
    entity: Entity = Entity.POSTS,
) -> CollectionResult:
    return collect(account, network(collector), entity, now=now, run_id="run", connection=connection)


def landed(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT body->>'$.data[0].id' FROM lake.raw.answers ORDER BY observed_hour, 1"
    ).fetchall()
    return [row[0] for row in rows]


def windows() -> list[tuple[datetime, datetime | None, str | None, int, bool]]:
    with worker_session() as session:
        rows = session.execute(
            text(
                "SELECT observed_hour, since, next_cursor, pages, finished_at IS NOT NULL FROM collections "
                "ORDER BY observed_hour"
            )
        )
        return [tuple(row) for row in rows]


def test_the_first_window_takes_everything(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    collector = FakeCollector(PAGES)
    result = run(connection, account, collector)
    assert (result.pages, result.answers_landed, result.finished) == (5, 5, True)
    assert collector.asked == [(None, None)]
    assert landed(connection) == [f"post-{page}" for page in range(5)]
    assert windows() == [(HOUR, None, None, 5, True)]


def test_a_repeated_run_changes_nothing(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    run(connection, account, FakeCollector(PAGES))
    before = lake.current_snapshot(connection)
    result = run(connection, account, FakeCollector(PAGES), NOW + timedelta(minutes=30))
    assert (result.pages, result.answers_landed, result.finished) == (5, 0, True)
    assert lake.current_snapshot(connection) == before


def test_a_failed_page_loses_nothing_and_the_next_run_goes_on_there(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    collector = FakeCollector(PAGES, fail_at=3)
    result = run(connection, account, collector)
    assert (result.pages, result.answers_landed, result.finished) == (3, 3, False)
    assert result.problem is collector.failure
    assert landed(connection) == ["post-0", "post-1", "post-2"]
    assert windows() == [(HOUR, None, "3", 3, False)]
    again = run(connection, account, collector, NOW + timedelta(minutes=10))
    assert (again.pages, again.answers_landed, again.finished) == (2, 2, True)
    assert collector.asked == [(None, None), (None, "3")]
    assert sorted(collector.served) == [0, 1, 2, 3, 4]
    assert windows() == [(HOUR, None, None, 5, True)]


def test_an_old_half_window_is_ended_before_the_present_hour_begins(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    collector = FakeCollector(PAGES, fail_at=4)
    run(connection, account, collector)
    later = NOW + timedelta(hours=3)
    result = run(connection, account, collector, later)
    assert result.finished
    look_back = HOUR - timedelta(days=1)
    assert collector.asked == [(None, None), (None, "4"), (look_back, None)]
    assert collector.served == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    assert [(row[0], row[1], row[4]) for row in windows()] == [
        (HOUR, None, True),
        (HOUR + timedelta(hours=3), look_back, True),
    ]
    # Each answer is kept under the hour it was seen in; the last page was seen once in the later hour.
    assert len(landed(connection)) == 4 + 5


@pytest.mark.parametrize(
    ("entity", "look_backs"),
    [
        (Entity.POSTS, [None, None, timedelta(days=1)]),  # after 40 days all of them are due
        (Entity.ACCOUNT_METRICS, [None, timedelta(days=5), timedelta(days=5)]),
        (Entity.ACCOUNT, [None, None, None]),
    ],
)
def test_later_windows_look_back_behind_the_last_finished_one(
    connection: duckdb.DuckDBPyConnection,
    account: Account,
    entity: Entity,
    look_backs: list[timedelta | None],
) -> None:
    collector = FakeCollector(PAGES[:1])
    run(connection, account, collector, NOW, entity)
    run(connection, account, collector, NOW + timedelta(days=40), entity)
    run(connection, account, collector, NOW + timedelta(days=40, minutes=5), entity)
    behind = [HOUR, HOUR, HOUR + timedelta(days=40)]
    assert [since for since, _ in collector.asked] == [
        None if look_back is None else hour - look_back
        for hour, look_back in zip(behind, look_backs, strict=True)
    ]


def test_a_cursor_the_network_forgot_means_from_the_start(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    collector = FakeCollector(PAGES, fail_at=2)
    run(connection, account, collector)
    collector.fail_at, collector.failure = 2, Rejected("invalid cursor", code="100")
    assert not run(connection, account, collector).finished
    assert windows() == [(HOUR, None, None, 2, False)]
    assert run(connection, account, collector).finished
    assert landed(connection) == [f"post-{page}" for page in range(5)]


def test_a_dead_token_keeps_the_place(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    collector = FakeCollector(PAGES, fail_at=1, failure=NeedsReconnect("the token is dead"))
    result = run(connection, account, collector)
    assert isinstance(result.problem, NeedsReconnect)
    assert windows() == [(HOUR, None, "1", 1, False)]


def test_a_broken_connector_is_an_error_not_a_result(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    collector = FakeCollector(PAGES, fail_at=1, failure=KeyError("data"))
    with pytest.raises(KeyError):
        run(connection, account, collector)
    assert windows() == [(HOUR, None, "1", 1, False)]


def test_a_page_that_is_no_json_is_kept_and_asked_for_again(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    result = run(connection, account, FakeCollector([PAGES[0], "<html>Busy</html>", PAGES[2]]))
    assert (result.pages, result.answers_landed, result.finished) == (1, 2, False)
    assert result.problem is not None
    assert "JSON" in result.problem.message
    assert windows() == [(HOUR, None, "1", 1, False)]
    mended = FakeCollector(PAGES[:3])
    assert run(connection, account, mended).finished
    assert mended.asked == [(None, "1")]


def test_an_old_page_that_always_fails_does_not_keep_the_present_hour_out(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    run(connection, account, FakeCollector(PAGES, fail_at=3))
    stuck = FakeCollector([*PAGES[:3], {"data": [{"id": "new"}]}, PAGES[4]], fail_at=3, always=True)
    again = run(connection, account, stuck, NOW + timedelta(hours=1))
    assert again.problem is stuck.failure
    assert stuck.asked == [(None, "3"), (None, None)]
    assert again.pages == 3
    assert windows() == [(HOUR, None, "3", 3, False), (HOUR + timedelta(hours=1), None, "3", 3, False)]


def test_an_old_window_is_closed_by_a_newer_one_that_came_to_its_end(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    run(connection, account, FakeCollector(PAGES, fail_at=3))
    later = FakeCollector(PAGES, fail_at=3)  # the old cursor's page; asked from the start, it comes
    result = run(connection, account, later, NOW + timedelta(hours=1))
    assert result.problem is later.failure  # said once
    assert later.served == [0, 1, 2, 3, 4]
    assert [row[2:] for row in windows()] == [(None, 3, True), (None, 5, True)]
    last = FakeCollector(PAGES)
    assert run(connection, account, last, NOW + timedelta(hours=2)).finished
    assert last.asked == [(HOUR + timedelta(hours=1) - timedelta(days=1), None)]


def test_an_old_window_that_gets_on_is_continued_before_anything_else(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    limited = FakeCollector(PAGES, fail_at=2)
    run(connection, account, limited)
    limited.fail_at = 4
    result = run(connection, account, limited, NOW + timedelta(hours=1))
    assert (result.pages, result.finished) == (2, False)
    assert windows() == [(HOUR, None, "4", 4, False)]
    assert run(connection, account, limited, NOW + timedelta(hours=2)).finished
    assert limited.asked == [(None, None), (None, "2"), (None, "4"), (HOUR - timedelta(days=1), None)]


def test_an_old_cursor_that_fails_for_a_day_is_let_go(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    run(connection, account, FakeCollector(PAGES, fail_at=3))
    for hours in (24, 25, 26):
        stuck = FakeCollector(PAGES, fail_at=3, always=True)
        assert not run(connection, account, stuck, NOW + timedelta(hours=hours)).finished
    assert [(row[0], row[2]) for row in windows()] == [
        (HOUR, None),
        *((HOUR + timedelta(hours=hours), "3") for hours in (24, 25, 26)),
    ]
    mended = FakeCollector(PAGES)
    assert run(connection, account, mended, NOW + timedelta(hours=27)).finished
    assert mended.asked == [(None, "3"), (HOUR + timedelta(hours=24) - timedelta(days=1), None)]
    assert all(finished for *_, finished in windows())


def test_an_outage_costs_no_cursor(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    run(connection, account, FakeCollector(PAGES, fail_at=3))

    for hours in (1, 30):
        result = run(connection, account, FakeCollector(PAGES, down=True), NOW + timedelta(hours=hours))
        assert (result.pages, result.finished) == (0, False)
    back = FakeCollector(PAGES)
    assert run(connection, account, back, NOW + timedelta(hours=31)).finished
    assert back.asked == [(None, "3"), (HOUR - timedelta(days=31), None)]
    assert all(finished for *_, finished in windows())


def test_an_old_cursor_the_connector_chokes_on_does_not_keep_the_present_hour_out(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    run(connection, account, FakeCollector(PAGES, fail_at=3))
    broken = FakeCollector(PAGES, fail_at=3, failure=KeyError("data"))
    with pytest.raises(KeyError):
        run(connection, account, broken, NOW + timedelta(hours=1))
    assert broken.asked == [(None, "3"), (None, None)]
    assert all(finished for *_, finished in windows())


def test_two_runs_at_once_land_everything_once(
    settings: Settings, connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    def one(_: int) -> int:
        with lake.connect(settings) as own:
            return run(own, account, FakeCollector(PAGES)).answers_landed

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(one, range(3)))
    assert sorted(counts) == [0, 0, 5]
    assert landed(connection) == [f"post-{page}" for page in range(5)]


def test_several_accounts_at_once_share_one_lake(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    accounts = [account, *(new_account(f"Page {number}") for number in range(3))]

    def one(each: Account) -> CollectionResult:
        with connection.cursor() as cursor:
            return run(cursor, each, FakeCollector(PAGES * 2))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, accounts))
    assert all(result.finished for result in results)
    counted = connection.execute(
        "SELECT account_id, count(*), count(DISTINCT answer_id) FROM lake.raw.answers GROUP BY 1"
    ).fetchall()
    assert sorted(counted) == sorted((each.id, 10, 10) for each in accounts)


KILLED = """
import os, signal, sys
from datetime import datetime
from platforms.contract import Account, Credentials, Entity
from tests.warehouse.fake_network import FakeCollector, network
from warehouse import ingest, lake

real, calls = ingest._keep_place, []
ingest.BATCH_ANSWERS = 1
def killed(*args, **kwargs):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)  # landed, and the cursor not yet kept
    return real(*args, **kwargs)
ingest._keep_place = killed

account = Account(sys.argv[1], sys.argv[2], "facebook", "1000", "Page", Credentials("token"))
pages = [{"data": [{"id": f"post-{page}"}]} for page in range(5)]
with lake.connect() as connection:
    ingest.collect(account, network(FakeCollector(pages)), Entity.POSTS,
                   now=datetime.fromisoformat(sys.argv[3]), run_id="killed", connection=connection)
"""


def test_killed_between_landing_and_cursor_there_are_no_doubles(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    command = [sys.executable, "-c", KILLED, account.id, account.organization_id, NOW.isoformat()]
    killed = subprocess.run(
        command, cwd=REPOSITORY, env=dict(os.environ), capture_output=True, text=True, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert landed(connection) == ["post-0", "post-1", "post-2"]
    assert windows() == [(HOUR, None, "2", 2, False)]
    collector = FakeCollector(PAGES)
    result = run(connection, account, collector, NOW.astimezone(UTC) + timedelta(minutes=1))
    assert (result.pages, result.answers_landed, result.finished) == (3, 2, True)
    assert collector.served == [2, 3, 4]
    assert landed(connection) == [f"post-{page}" for page in range(5)]
