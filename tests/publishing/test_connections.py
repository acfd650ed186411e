"""The publisher where connections run out: it asks again, and its heart goes on beating."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from foundation import database
from foundation.database import SCHEMA, Role, libpq_dsn, utc_now, worker_session
from platforms.registry import NETWORK_KEYS
from publishing.policy import Policy
from publishing.publisher import run_window
from tests.publishing.conftest import QUICK, Agency, ledger_of
from tests.publishing.network import MemoryNetwork

CONNECTIONS = 4


@pytest.fixture
def few_connections(tenant: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four connections for background work, each waited for a fifth of a second only."""
    del tenant
    made: list[Engine] = []

    @lru_cache
    def small(url: str, role: Role, _autocommit: bool) -> Engine:
        dsn = libpq_dsn(url, search_path=f"{SCHEMA},public", role=role)
        made.append(
            create_engine(
                "postgresql+psycopg://",
                creator=lambda: psycopg.connect(dsn),
                pool_size=CONNECTIONS,
                max_overflow=0,
                pool_timeout=0.2,
            )
        )
        return made[-1]

    monkeypatch.setattr(database, "_engine", small)
    yield
    for engine in made:
        engine.dispose()


def _take(connections: int, seconds: float) -> None:
    """Keep connections busy, as calls do that hang inside a transaction."""
    with ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(worker_session()).execute(text("SELECT 1"))
        time.sleep(seconds)


@pytest.mark.usefixtures("few_connections")
def test_a_publisher_without_a_connection_asks_again(tenant: Agency, facebook: MemoryNetwork) -> None:
    tenant.schedule("patient")
    taker = threading.Thread(target=_take, args=(CONNECTIONS, 1.0))
    taker.start()
    time.sleep(0.2)
    run_window("test", utc_now() + timedelta(seconds=2), senders=tenant.senders, policy=QUICK)
    taker.join()
    assert facebook.texts() == ["patient"]


@pytest.mark.usefixtures("few_connections")
def test_the_heart_beats_on_after_it_found_no_connection(tenant: Agency, facebook: MemoryNetwork) -> None:
    short = replace(QUICK, lease=timedelta(seconds=1.5), heartbeat=timedelta(seconds=0.1))
    publication_id = tenant.schedule("patient", utc_now() + timedelta(seconds=3.5))
    until = utc_now() + timedelta(seconds=4)
    taker = threading.Timer(1.0, _take, args=(CONNECTIONS, 0.7))
    taker.start()
    run_window("test", until, senders=tenant.senders, policy=short)
    taker.join()
    assert ledger_of(publication_id) == [("prepare", "prepared"), ("submit", "published")]  # claimed once
    assert len(facebook.accepted) == 1


@pytest.mark.usefixtures("tenant")
def test_all_threads_of_a_publisher_share_the_connections_without_waiting_long() -> None:
    """There are more threads than connections: each holds one for a moment only, never through a call."""
    policy = Policy()
    threads = len(NETWORK_KEYS) * (2 * policy.workers + policy.looks)
    slowest = []

    def brief(_: int) -> None:
        for _ in range(5):
            began = time.monotonic()
            with worker_session() as session:
                session.execute(text("SELECT 1"))
            slowest.append(time.monotonic() - began)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(brief, range(threads)))
    assert len(slowest) == 5 * threads
    assert max(slowest) < QUICK.lease.total_seconds()
