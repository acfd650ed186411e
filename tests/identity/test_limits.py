"""Limits: never one too many, over threads and processes, and no longer than they say."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import func, select, table, text

from foundation.database import worker_session
from foundation.settings import REPOSITORY
from identity import limits
from identity.errors import TooManyTriesError
from identity.limits import Limit, Usage, count, forget, give_back, network_of

pytestmark = pytest.mark.usefixtures("settings")

THREE = Limit("three", 3, 60)


def pass_time(seconds: float) -> None:
    """Let every window have begun so much earlier."""
    with worker_session() as session:
        session.execute(
            text("UPDATE rate_limits SET started_at = started_at - :passed"),
            {"passed": timedelta(seconds=seconds)},
        )


def rows() -> int:
    with worker_session() as session:
        return session.scalars(select(func.count()).select_from(table("rate_limits"))).one()


def is_refused(limit: Limit, key: str) -> bool:
    try:
        count(limit, key)
    except TooManyTriesError:
        return True
    return False


def test_so_many_pass_and_no_more_until_the_window_is_over() -> None:
    assert [count(THREE, "x").remaining for _ in range(3)] == [2, 1, 0]
    for _ in range(3):
        with pytest.raises(TooManyTriesError) as refusal:
            count(THREE, "x")
        assert 55 <= refusal.value.retry_after_s <= 60
    pass_time(30)
    with pytest.raises(TooManyTriesError) as refusal:
        count(THREE, "x")
    assert 25 <= refusal.value.retry_after_s <= 30  # trying on did not make it longer
    pass_time(30)
    assert count(THREE, "x") == Usage(THREE, 2, 60)


def test_each_limit_counts_each_key_for_itself() -> None:
    for _ in range(3):
        count(THREE, "x")
    assert count(THREE, "y").remaining == 2
    assert count(Limit("other", 3, 60), "x").remaining == 2
    assert is_refused(THREE, "x")


def test_any_text_is_a_key_and_none_is_kept() -> None:
    for key in ("", "\0", "\ud800", "x" * 10**6, "owner@example.com"):
        assert count(THREE, key).remaining == 2
    with worker_session() as session:
        kept = session.execute(text("SELECT key FROM rate_limits")).scalars().all()
    assert len(kept) == 5
    assert {len(key) for key in kept} == {64}


def test_what_is_forgotten_begins_anew_and_what_is_given_back_counts_once_less() -> None:
    for _ in range(3):
        count(THREE, "x")
    give_back(THREE, "x")
    assert count(THREE, "x").remaining == 0
    assert is_refused(THREE, "x")
    forget(THREE, "x")
    assert count(THREE, "x").remaining == 2
    for _ in range(5):
        give_back(THREE, "x")
    assert count(THREE, "x").remaining == 2  # nobody saves up tries
    give_back(THREE, "unknown")
    forget(THREE, "unknown")


def test_of_two_processes_exactly_so_many_pass() -> None:
    most, tries = 200, 180
    command = [sys.executable, "-m", "tests.identity.hammering", str(most), "60", str(tries)]
    processes = [
        subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=dict(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        passed = [process.communicate(timeout=60)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert sum(map(int, passed)) == most


def test_what_is_over_is_cleared_away_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    count(THREE, "old")
    pass_time(limits.LONGEST_WINDOW_S + 1)
    count(THREE, "new")
    assert rows() == 2
    monkeypatch.setattr(limits._Cleaning, "at", limits._Cleaning.at - limits.CLEANED_EVERY_S - 1)
    count(THREE, "newer")
    assert rows() == 2
    assert count(THREE, "new").remaining == 1


@pytest.mark.parametrize(
    ("ip", "counted_by"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        (None, "unknown"),
        ("", "unknown"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_ipv6_counts_for_its_network(ip: str | None, counted_by: str) -> None:
    assert network_of(ip) == counted_by
