"""Ten queries of the pages on a big lake, beside the same SQL on a plain file, while a build writes."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from bench import query_marts
from bench.query_marts import PLAIN, Size, organization
from foundation import postgres
from foundation.database import Tenant, utc_now
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings
from warehouse import lake
from warehouse.reads import PostOrder, Reader, shared
from warehouse.reads.query import Source
from warehouse.releases import Release

PERIODS: Final = (28, 90, 365)
PLAIN_SOURCE: Final = Source(f"{PLAIN}.marts", "memory.main.accounts")


@dataclass(frozen=True)
class Asked:
    """What a query is asked for; the accounts are known beforehand, as they are to the composer."""

    start: date
    end: date
    accounts: tuple[str, ...]


Read = Callable[[Reader, Asked], pl.DataFrame]
READS: Final[dict[str, Read]] = {
    "overview": lambda reader, asked: reader.overview(asked.start, asked.end),
    "daily": lambda reader, asked: reader.daily(asked.start, asked.end),
    "gains": lambda reader, asked: reader.gains(asked.start, asked.end),
    "best_posts": lambda reader, asked: reader.posts(
        asked.start, asked.end, limit=10, by=PostOrder.ENGAGEMENT
    ),
    "content": lambda reader, asked: reader.content(asked.start, asked.end),
    "content_posts": lambda reader, asked: reader.content_posts(asked.start, asked.end, limit=10),
    "channels": lambda reader, asked: reader.channels(asked.start, asked.end),
    "growth": lambda reader, asked: reader.growth(asked.start, asked.end),
    "freshness": lambda reader, _: reader.freshness(),
    "posting_times": lambda reader, asked: reader.posting_times(asked.accounts),
}


class PlainReader(Reader):
    """The same reads of a plain file."""

    def __init__(self, tenant: Tenant, release: Release, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(tenant, release)
        self._plain = connection

    def __enter__(self) -> PlainReader:
        self._cursor, self._source = self._plain.cursor(), PLAIN_SOURCE
        return self


def measure(rows: int, organizations: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Make the marts in both, and read them in turns while another process writes into the lake.

    Args:
        rows: post-days of all organizations together.
        organizations: of 50 accounts each; one of them is read.
        rounds: of each query on each side, over periods of 28, 90 and 365 days.
        say: told each figure as it is known.

    Returns:
        ``p95_ms, plain_p95_ms, ratio`` of the query with the highest p95 on the lake; ``queries`` has the
        same and the medians of each; ``rows, commits``.
    """
    with tempfile.TemporaryDirectory(prefix="allin-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        embedded = Settings(home=home, database_url="")
        url = postgres.start(embedded)
        try:
            migrate(url)
            settings = Settings(home=home, database_url=url)
            size = Size(rows, organizations, utc_now().date())
            release = _fill(settings, size, say)
            os.sync()  # or the kernel still writes the files out while they are read
            return _measure(settings, release, size, rounds, say)
        finally:
            shared.close()
            postgres.stop(embedded)


def _fill(settings: Settings, size: Size, say: Callable[[str], None]) -> Release:
    began = time.perf_counter()
    (settings.home / "tmp").mkdir()
    with lake.connect(settings) as connection:
        lake.ensure(connection)
        connection.execute("SET memory_limit = '4GB'")
        connection.execute(f"ATTACH '{settings.home / 'plain.duckdb'}' AS {PLAIN}")
        query_marts.make(connection, size)
        say(f"marts made in {time.perf_counter() - began:.0f} s")
        query_marts.copy(connection)
        say(f"and in the lake after {time.perf_counter() - began:.0f} s")
        connection.execute(f"DETACH {PLAIN}")
        return Release(1, lake.current_snapshot(connection), "bench", utc_now())


def _measure(
    settings: Settings, release: Release, size: Size, rounds: int, say: Callable[[str], None]
) -> dict[str, Any]:
    tenant = Tenant(organization(size.organizations // 2))
    limit = f"{settings.lake_memory_mb}MB"
    plain = duckdb.connect(config={"memory_limit": limit, "autoinstall_known_extensions": False})
    plain.execute("SET GLOBAL TimeZone = 'UTC'")
    plain.execute(f"ATTACH '{settings.home / 'plain.duckdb'}' AS {PLAIN} (READ_ONLY)")
    plain.execute(f"CREATE TABLE {PLAIN_SOURCE.accounts} AS FROM {PLAIN_SOURCE.marts}.dim_accounts")
    with Reader(tenant, release, settings) as reader:
        accounts = tuple(reader.accounts()["account_id"])
    sides: dict[str, Callable[[], Reader]] = {
        "lake": lambda: Reader(tenant, release, settings),
        "plain": lambda: PlainReader(tenant, release, plain),
    }
    with _writing(settings) as commits:
        taken = _turns(sides, accounts, size.today, rounds)
        written = commits()
    plain.close()
    found = {name: _figures(sides_taken) for name, sides_taken in taken.items()}
    for name, figures in sorted(found.items(), key=lambda item: item[1]["p95_ms"]):
        say(f"{name}: p95 {figures['p95_ms']} ms, plain {figures['plain_p95_ms']} ms")
    worst = max(found.values(), key=lambda figures: figures["p95_ms"])
    say(f"{written} commits were written meanwhile")
    keys = ("p95_ms", "plain_p95_ms", "ratio")
    return {**{key: worst[key] for key in keys}, "queries": found, "rows": size.rows, "commits": written}


def _turns(
    sides: dict[str, Callable[[], Reader]], accounts: tuple[str, ...], today: date, rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Milliseconds by query and side. Each side takes its turn in each round, in an order of chance."""
    chance = random.Random(7)  # noqa: S311 - an order, no secret
    taken: dict[str, dict[str, list[float]]] = {name: {side: [] for side in sides} for name in READS}
    turns = [(name, side) for name in READS for side in sides]
    for number in range(-2, rounds):  # two rounds to warm up
        chance.shuffle(turns)
        asked = Asked(today - timedelta(days=PERIODS[number % len(PERIODS)] - 1), today, accounts)
        for name, side in turns:
            began = time.perf_counter()
            with sides[side]() as reader:
                frame = READS[name](reader, asked)
            if number >= 0:
                taken[name][side].append(1000 * (time.perf_counter() - began))
            if frame.is_empty():
                raise RuntimeError(f"{name} found nothing: the marts lack what it reads")
    return taken


def _figures(sides: dict[str, list[float]]) -> dict[str, float]:
    ours, bare = (statistics.quantiles(sides[side], n=20)[-1] for side in ("lake", "plain"))
    middle, bare_middle = (statistics.median(sides[side]) for side in ("lake", "plain"))
    return {
        "p95_ms": round(ours, 1), "plain_p95_ms": round(bare, 1), "ratio": round(ours / bare, 2),
        "median_ms": round(middle, 1), "plain_median_ms": round(bare_middle, 1),
    }  # fmt: skip


@contextmanager
def _writing(settings: Settings) -> Iterator[Callable[[], int]]:
    """Another process that writes; how often it has committed."""
    own = {"DATABASE_URL": settings.database_url.get_secret_value(), "ALLIN_HOME": str(settings.home)}
    path = settings.home / "commits"
    with path.open("w") as output:
        writer = subprocess.Popen(
            [sys.executable, "-m", "bench.query_writer"], cwd=REPOSITORY, env={**os.environ, **own},
            stdout=output,
        )  # fmt: skip
    try:
        while not path.stat().st_size:
            if writer.poll() is not None:
                raise RuntimeError("the writer did not come up")
            time.sleep(0.1)
        yield lambda: len(path.read_text().splitlines())
        if writer.poll() is not None:
            raise RuntimeError("the writer ended before the measurement did")
    finally:
        writer.kill()
        writer.wait()
