"""What a page reads: one release, one organization, unknown stays null."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from foundation import postgres
from foundation.database import Tenant
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings
from tests.warehouse import marts_fixture as marts
from warehouse import lake
from warehouse.reads import PostOrder, Reader, change, shared
from warehouse.releases import Release

ORGANIZATION, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
MINE, THEIRS = str(ORGANIZATION), str(OTHER)
START, END = date(2026, 10, 1), date(2026, 10, 7)


@pytest.fixture(autouse=True)
def _close_shared() -> Iterator[None]:
    yield
    shared.close()


@pytest.fixture
def lake_with_marts(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Two organizations; the first has two brands, the second one account."""
    with marts.together(connection):
        marts.create(connection)
        marts.add_account(connection, "a", MINE, brand_id="north", timezone="Asia/Tokyo")
        marts.add_account(connection, "b", MINE, brand_id="south", network="x")
        marts.add_account(connection, "z", THEIRS, brand_id="north")
    return connection


def rows(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return frame.select(columns).rows()


def test_overview_compares_a_period_with_the_one_before(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    for day, followers in ((date(2026, 9, 23), 1), (date(2026, 9, 25), 90), (date(2026, 9, 30), None)):
        marts.add_day(con, "a", MINE, day, followers=followers)
    for day, followers in ((START, 95), (date(2026, 10, 6), 110), (END, None), (date(2026, 10, 8), 999)):
        marts.add_day(con, "a", MINE, day, followers=followers)
    marts.add_post(con, "a", MINE, date(2026, 9, 23), views=5000, engagement=5000)  # before both periods
    marts.add_post(con, "a", MINE, date(2026, 9, 24), views=40, engagement=4)
    marts.add_post(con, "a", MINE, START, views=100, engagement=10)
    marts.add_post(con, "a", MINE, END, views=None, engagement=7)
    marts.add_post(con, "b", MINE, END, views=None, engagement=0)
    with Reader(Tenant(ORGANIZATION), marts.released(con)) as reader:
        frame = reader.overview(START, END)
    assert rows(frame, "account_id", "followers", "followers_previous") == [("a", 110, 90), ("b", None, None)]
    assert rows(frame, "views", "views_previous") == [(100, 40), (None, None)]
    assert rows(frame, "engagement", "engagement_previous") == [(17, 4), (0, None)]
    assert rows(frame, "posts", "posts_previous", "posts_with_views") == [(2, 1, 1), (1, 0, 0)]
    assert frame.schema["views"] == pl.Int64


def test_the_days_add_up_to_the_overview_and_show_gaps(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    marts.add_day(con, "a", MINE, START, followers=95)
    for number, day in enumerate((START, START, END)):
        marts.add_post(con, "a", MINE, day, number, views=10 * (number + 1), engagement=number)
    with Reader(Tenant(ORGANIZATION), marts.released(con)) as reader:
        daily, overview = reader.daily(START, END), reader.overview(START, END)
    assert daily.height == 2 * 7
    mine = daily.filter(account_id="a")
    assert mine["followers"].to_list() == [95] + [None] * 6
    assert mine["views"].to_list() == [30, None, None, None, None, None, 30]
    assert mine["posts"].to_list() == [2, 0, 0, 0, 0, 0, 1]
    summed = daily.group_by("account_id").agg(pl.col("posts", "engagement").sum()).sort("account_id")
    assert rows(summed, "account_id", "posts") == rows(overview, "account_id", "posts")
    assert mine["engagement"].sum() == overview["engagement"][0]


def test_posts_come_with_rates_in_the_order_asked(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    low = marts.add_post(con, "a", MINE, START, views=900, engagement=1, engagement_rate_by_views=1 / 900)
    high = marts.add_post(con, "a", MINE, date(2026, 10, 2), views=10, engagement=9)
    unknown = marts.add_post(con, "b", MINE, END)
    with Reader(Tenant(ORGANIZATION), marts.released(con)) as reader:
        newest = reader.posts(START, END)
        assert newest["post_key"].to_list() == [unknown, high, low]
        assert reader.posts(START, END, by=PostOrder.ENGAGEMENT)["post_key"].to_list() == [high, low, unknown]
        assert reader.posts(START, END, by=PostOrder.VIEWS, limit=1)["post_key"].to_list() == [low]
        assert reader.posts(START, END, brand_id="south")["post_key"].to_list() == [unknown]
    assert newest["engagement_rate_by_views"].to_list() == [None, None, 1 / 900]
    assert newest["published_at"].to_list()[2] == datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert newest["text"].to_list()[2] == f"Text of {low}"


def test_a_brand_filter_leaves_the_other_brand_out(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    with Reader(Tenant(ORGANIZATION), marts.released(lake_with_marts)) as reader:
        assert reader.overview(START, END, brand_id="north")["account_id"].to_list() == ["a"]
        assert set(reader.daily(START, END, brand_id="south")["account_id"]) == {"b"}


def test_freshness_says_what_is_complete_and_who_waits(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    seen = datetime(2026, 10, 7, 20, tzinfo=UTC)
    marts.insert(
        con, "data_freshness", account_id="a", organization_id=MINE, last_observed_at=seen,
        last_complete_day=END, is_waiting=True,
    )  # fmt: skip
    with Reader(Tenant(ORGANIZATION), marts.released(con)) as reader:
        frame = reader.freshness()
    assert rows(frame, "account_id", "last_observed_at", "last_complete_day", "is_waiting") == [
        ("a", seen, END, True),
        ("b", None, None, False),
    ]


def test_posting_times_are_empty_until_computed(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    with Reader(Tenant(ORGANIZATION), marts.released(con)) as reader:
        empty = reader.posting_times(["a"])
        assert reader.freshness().height == 2  # the others can be read all the same
    con.execute(f"CREATE TABLE lake.marts.posting_times ({marts.POSTING_TIMES})")
    for owner, account in ((MINE, "a"), (MINE, "b"), (THEIRS, "z")):
        con.execute(
            "INSERT INTO lake.marts.posting_times VALUES (?, ?, 'x', 4, 17, 1.2, 1.1, 1.4, 50, 4, 'own')",
            [owner, account],
        )
    with Reader(Tenant(ORGANIZATION), marts.released(con, "run-2")) as reader:
        frame = reader.posting_times(["a", "z"])
    assert empty.is_empty()
    assert empty.schema == frame.schema
    assert rows(frame, "account_id", "weekday", "hour", "effect") == [("a", 4, 17, 1.2)]


def test_a_reader_stays_in_its_release(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    marts.add_post(con, "a", MINE, START, views=1, engagement=1)
    first = marts.released(con)
    with Reader(Tenant(ORGANIZATION), first) as reader:
        before = reader.overview(START, END)
        con.execute("UPDATE lake.marts.engagement SET views = 2")
        con.execute("CREATE OR REPLACE TABLE lake.marts.dim_accounts AS FROM lake.marts.dim_accounts LIMIT 0")
        second = marts.released(con, "run-2")
        assert reader.overview(START, END).equals(before)
    with Reader(Tenant(ORGANIZATION), second) as reader:
        assert reader.overview(START, END).is_empty()
    with Reader(Tenant(ORGANIZATION), first) as reader:
        assert reader.overview(START, END).equals(before)


def test_a_reader_keeps_its_accounts_while_others_read_many_releases(
    lake_with_marts: duckdb.DuckDBPyConnection,
) -> None:
    con = lake_with_marts
    release = marts.released(con)
    with Reader(Tenant(ORGANIZATION), release) as first:
        for number in range(shared.RELEASES + 1):
            marts.add_account(con, f"later{number}", MINE)
            with Reader(Tenant(ORGANIZATION), marts.released(con, f"later-{number}")) as later:
                assert later.accounts().height == 3 + number
        assert first.accounts()["account_id"].sort().to_list() == ["a", "b"]
    with Reader(Tenant(ORGANIZATION), release) as again:
        assert again.accounts().height == 2


def test_the_fixture_has_the_columns_dbt_promises() -> None:
    promised = {}
    for path in sorted((REPOSITORY / "dbt" / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text())["models"]:
            promised[model["name"]] = [column["name"] for column in model["columns"]]
    here = {name: [each.split()[0] for each in sql.split(", ")] for name, sql in marts.TABLES.items()}
    assert here.keys() <= promised.keys()
    for name, columns in here.items():
        assert set(columns) <= set(promised[name])


READS: dict[str, Callable[[Reader], pl.DataFrame]] = {
    "accounts": lambda reader: reader.accounts(),
    "overview": lambda reader: reader.overview(START, END),
    "overview of a brand": lambda reader: reader.overview(START, END, brand_id="north"),
    "daily": lambda reader: reader.daily(START, END),
    "posts": lambda reader: reader.posts(START, END),
    "posts of a brand": lambda reader: reader.posts(START, END, brand_id="north"),
    "posting_times": lambda reader: reader.posting_times(["a", "b", "z"]),
    "freshness": lambda reader: reader.freshness(),
    "gains": lambda reader: reader.gains(START, END),
    "growth": lambda reader: reader.growth(START, END),
    "growth of a brand": lambda reader: reader.growth(START, END, brand_id="north"),
    "content": lambda reader: reader.content(START, END),
    "content_posts": lambda reader: reader.content_posts(START, END),
    "channels": lambda reader: reader.channels(START, END),
}


def test_every_read_is_listed_here() -> None:
    public = {name for name in vars(Reader) if not name.startswith("_")}
    assert public == {name.split(" ")[0] for name in READS}


def seed(con: duckdb.DuckDBPyConnection, owner: str, account: str) -> None:
    """Something of an account in every mart."""
    own = {"account_id": account, "organization_id": owner}
    marts.add_day(con, account, owner, END, followers=10)
    marts.add_post(con, account, owner, START, views=1, engagement=1)
    marts.insert(con, "fct_account_gains_daily", **own, date=START, gain_days=1, views_gain=1)
    marts.insert(con, "content_performance", **own, published_date=START, kind="photo", index=1.5)
    marts.insert(con, "channel_comparison", **own, month=START, posts=1, broken_metrics=[])
    con.execute(
        "INSERT INTO lake.marts.posting_times VALUES (?, ?, 'x', 4, 17, 1, 1, 1, 1, 1, '')", [owner, account]
    )


@pytest.mark.parametrize("name", [name for name in READS if name != "content"])
def test_another_organization_sees_nothing_of_the_first(
    lake_with_marts: duckdb.DuckDBPyConnection, name: str
) -> None:
    con = lake_with_marts
    con.execute(f"CREATE TABLE lake.marts.posting_times ({marts.POSTING_TIMES})")
    for owner, account in ((MINE, "a"), (MINE, "b"), (THEIRS, "z")):
        seed(con, owner, account)
    release = marts.released(con)
    with Reader(Tenant(ORGANIZATION), release) as reader:
        assert set(READS[name](reader)["account_id"]) <= {"a", "b"}
        assert "a" in set(READS[name](reader)["account_id"])
    with Reader(Tenant(OTHER), release) as reader:
        assert set(READS[name](reader)["account_id"]) == {"z"}
    with Reader(Tenant(uuid.uuid4()), release) as reader:
        assert READS[name](reader).is_empty()


@pytest.mark.parametrize("name", [name for name in READS if "brand" not in name and name != "content"])
def test_a_limited_tenant_reads_its_brands_and_accounts_alone(
    name: str, lake_with_marts: duckdb.DuckDBPyConnection
) -> None:
    con = lake_with_marts
    con.execute(f"CREATE TABLE lake.marts.posting_times ({marts.POSTING_TIMES})")
    brand, mine, sister = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    for account, of_brand in ((str(mine), str(brand)), (str(sister), str(brand)), ("a", None)):
        if of_brand:
            marts.add_account(con, account, MINE, brand_id=of_brand)
        seed(con, MINE, account)
    release = marts.released(con)

    def seen(tenant: Tenant) -> set[str]:
        with Reader(tenant, release) as reader:
            if name == "posting_times":
                return set(reader.posting_times([mine, sister, "a", "b"])["account_id"])
            return set(READS[name](reader)["account_id"])

    assert seen(Tenant(ORGANIZATION)) >= {str(mine), str(sister), "a"}
    assert seen(Tenant(ORGANIZATION, frozenset({brand}))) == {str(mine), str(sister)}
    assert seen(Tenant(ORGANIZATION, frozenset({brand}), frozenset({mine}))) == {str(mine)}
    assert seen(Tenant(ORGANIZATION, None, frozenset({sister}))) == {str(sister)}
    assert seen(Tenant(ORGANIZATION, frozenset())) == set()
    assert seen(Tenant(OTHER, frozenset({brand}))) == set()


def test_what_worked_counts_the_posts_of_the_tenant_alone(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    con.execute(f"CREATE TABLE lake.marts.posting_times ({marts.POSTING_TIMES})")
    brand, account = uuid.uuid4(), uuid.uuid4()
    marts.add_account(con, str(account), MINE, brand_id=str(brand))
    for owner, one in ((MINE, "a"), (MINE, str(account)), (THEIRS, "z"), (THEIRS, "z")):
        seed(con, owner, one)
    release = marts.released(con)

    def photos(tenant: Tenant) -> list[int]:
        with Reader(tenant, release) as reader:
            return reader.content(START, END).filter(facet="kind")["posts"].to_list()

    assert photos(Tenant(ORGANIZATION)) == [2]
    assert photos(Tenant(ORGANIZATION, frozenset({brand}))) == [1]
    assert photos(Tenant(ORGANIZATION, None, frozenset({account}))) == [1]
    assert photos(Tenant(ORGANIZATION, frozenset())) == []
    assert photos(Tenant(OTHER, frozenset({brand}))) == []
    assert photos(Tenant(OTHER)) == [2]


def test_many_threads_read_while_a_build_writes_and_none_is_torn(
    lake_with_marts: duckdb.DuckDBPyConnection,
) -> None:
    con = lake_with_marts
    for number in range(20):
        marts.add_post(con, "a", MINE, START, number, views=1, engagement=1)
    release = marts.released(con)
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with Reader(Tenant(ORGANIZATION), release) as reader:
                seen.append(reader.overview(START, END)["views"][0])

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    writes = 0
    while writes < 8 or (len(seen) < 12 and writes < 500):
        con.execute("UPDATE lake.marts.engagement SET views = views + 1")
        writes += 1
    stop.set()
    for thread in threads:
        thread.join()
    assert len(seen) >= 12
    assert set(seen) == {20}


def test_reads_are_quick_once_attached(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    con = lake_with_marts
    con.execute(
        "INSERT INTO lake.marts.engagement (post_key, organization_id, account_id, published_date, views) "
        "SELECT 'a:' || n, ?, 'a', DATE '2026-10-01' - (n % 365)::INTEGER, n FROM range(200000) t(n)",
        [MINE],
    )
    release = marts.released(con)
    durations = []
    for _ in range(10):
        started = time.perf_counter()
        with Reader(Tenant(ORGANIZATION), release) as reader:
            reader.overview(START - timedelta(days=30), END)
        durations.append(time.perf_counter() - started)
    assert sorted(durations)[5] < 0.25  # some 20 ms on an idle machine


def test_reads_go_on_while_the_database_is_restarted(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = Settings(home=tmp_path_factory.mktemp("restarted"), database_url="")
    url = postgres.start(embedded)
    migrate(url)
    settings = Settings(home=embedded.home, database_url=url)  # or whoever asks for the address starts it
    try:
        with lake.connect(settings) as connection:
            lake.ensure(connection)
            marts.create(connection)
            marts.add_account(connection, "a", MINE)
            release = Release(1, lake.current_snapshot(connection), "run", datetime.now(UTC))
            marts.add_account(connection, "b", MINE)
            later = Release(2, lake.current_snapshot(connection), "run-2", datetime.now(UTC))
        with Reader(Tenant(ORGANIZATION), release, settings) as reader:
            assert reader.freshness().height == 1
        postgres.stop(embedded)
        assert postgres.running_url(embedded) is None
        with Reader(Tenant(ORGANIZATION), release, settings) as reader:
            assert reader.freshness().height == 1  # a release that is held asks the database nothing
        with pytest.raises(lake.LakeError), Reader(Tenant(ORGANIZATION), later, settings):
            pass
        # From another process, as when the installation is started again under a running page.
        restart = (
            f"from foundation import postgres, settings; from pathlib import Path\n"
            f"postgres.start(settings.Settings(home=Path({str(settings.home)!r}), database_url=''))"
        )
        subprocess.run([sys.executable, "-c", restart], cwd=REPOSITORY, check=True, timeout=60)
        monkeypatch.setattr(shared, "SECONDS", 0)
        for _ in range(3):  # held for the first time, then each time anew
            with Reader(Tenant(ORGANIZATION), later, settings) as reader:
                assert reader.freshness().height == 2
    finally:
        shared.close()
        postgres.stop(embedded)


def test_a_reader_is_used_inside_its_block(lake_with_marts: duckdb.DuckDBPyConnection) -> None:
    reader = Reader(Tenant(ORGANIZATION), marts.released(lake_with_marts))
    with pytest.raises(RuntimeError, match="with block"):
        reader.accounts()


@given(st.integers(1, 10**9), st.floats(-0.99, 100))
def test_change_is_a_fraction_of_what_was(previous: int, fraction: float) -> None:
    assert change(previous * (1 + fraction), previous) == pytest.approx(fraction, abs=1e-6)


@pytest.mark.parametrize(("current", "previous"), [(None, 5), (5, None), (5, 0), (None, None)])
def test_no_change_is_made_up(current: float | None, previous: float | None) -> None:
    assert change(current, previous) is None
