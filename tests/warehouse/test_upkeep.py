"""What the night does to the lake, and what it never does to who reads a released snapshot."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from foundation.database import utc_now, worker_session
from foundation.settings import REPOSITORY, Settings
from tests.warehouse.conftest import new_account
from warehouse import expiry, lake, releases, rollbacks, upkeep
from warehouse.forgetting import forget_gone
from warehouse.holds import ReleaseError
from warehouse.releases import Release

SUM = "SELECT count(*), sum(n) FROM lake.marts.t AT (VERSION => ?)"
ANSWER = (
    "INSERT INTO lake.raw.answers SELECT 'a' || i || {mark!r}, {organization!r}, 'account', {network!r}, "
    "'posts', '{{}}', now(), now(), 200, '{{}}', 'run', now() - INTERVAL {days} DAY "
    "FROM range({count}) AS r(i)"
)
NIGHT = """
from datetime import timedelta
from foundation.database import utc_now
from foundation.settings import get_settings
from warehouse import lake, upkeep
with lake.connect() as connection:
    print("ready", flush=True)
    while True:
        for _ in upkeep.tidy(connection, get_settings(), utc_now() + timedelta(days=2)):
            pass
        print("night", flush=True)
"""


# A build in one transaction, where no file may be larger than 100 kB.
NO_ROOM = """
import resource, signal
from warehouse import lake
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with lake.connect() as connection:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    connection.execute("BEGIN")
    connection.execute("DELETE FROM lake.marts.t")
    connection.execute("INSERT INTO lake.marts.t SELECT md5(range::VARCHAR), range FROM range(100000)")
    connection.execute("COMMIT")
"""


def nights(connection: duckdb.DuckDBPyConnection, settings: Settings, number: int = 3) -> None:
    """So many nights, the first two days from now: everything of this test is old by then."""
    for night in range(number):
        for done in upkeep.tidy(connection, settings, utc_now() + timedelta(days=2 + night)):
            assert done.number is not None, done


def release(connection: duckdb.DuckDBPyConnection) -> Release:
    run = uuid.uuid4().hex
    releases.start_build(run)
    return releases.release(run, lake.current_snapshot(connection))


def written(settings: Settings) -> set[str]:
    """The files there are."""
    return {str(path.relative_to(settings.lake)) for path in Path(settings.lake).rglob("*.parquet")}


def read(connection: duckdb.DuckDBPyConnection, one: Release) -> tuple[object, ...]:
    row = connection.execute(SUM, [one.snapshot_id]).fetchone()
    assert row is not None
    return row


@pytest.fixture
def history(connection: duckdb.DuckDBPyConnection) -> list[Release]:
    """Twelve commits to a mart, in files and in the catalog, with deletions; each fourth is released."""
    connection.execute("CREATE TABLE lake.marts.t (organization_id VARCHAR, n BIGINT)")
    made = []
    for commit in range(12):
        rows = 3 if commit % 2 else 2000
        connection.execute(f"INSERT INTO lake.marts.t SELECT 'o', range FROM range({rows})")
        connection.execute("DELETE FROM lake.marts.t WHERE n % 12 = ?", [commit])
        if commit % 4 == 3:
            made.append(release(connection))
    return made


def test_released_numbers_stay_what_they_were_and_all_else_goes(
    connection: duckdb.DuckDBPyConnection, settings: Settings, history: list[Release]
) -> None:
    before = [read(connection, one) for one in history]
    reader = connection.cursor()
    reading = reader.execute("SELECT n FROM lake.marts.t AT (VERSION => ?)", [history[0].snapshot_id])
    reading.fetchmany(10)
    files = len(written(settings))
    stray = Path(settings.lake) / "marts" / "t" / "ducklake-half-written.parquet"
    stray.write_bytes(b"PAR1")
    nights(connection, settings)
    assert [read(connection, one) for one in history] == before
    assert len(reading.fetchall()) == before[0][0] - 10  # type: ignore[operator]
    assert len(written(settings)) < files / 2
    assert not stray.exists()
    kept = {
        row[0] for row in connection.execute("SELECT snapshot_id FROM ducklake_snapshots('lake')").fetchall()
    }
    assert kept - {lake.current_snapshot(connection)} == {one.snapshot_id for one in history}
    with lake.connect_at(settings, history[0].snapshot_id) as pinned:
        assert pinned.execute("SELECT count(*), sum(n) FROM t").fetchone() == before[0]


def test_a_long_history_of_small_files_is_merged_to_one_a_month(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    months = 10  # more than are merged at a time
    connection.execute("CREATE TABLE lake.marts.t (month INTEGER, n BIGINT)")
    connection.execute("ALTER TABLE lake.marts.t SET PARTITIONED BY (month)")
    for _ in range(3):
        connection.execute(f"INSERT INTO lake.marts.t SELECT range % {months}, range FROM range(1000)")
    sizes = "SELECT file_count FROM ducklake_table_info('lake') WHERE table_name = 't'"
    assert connection.execute(sizes).fetchone() == (3 * months,)
    assert upkeep.compact(connection) == 1
    assert connection.execute(sizes).fetchone() == (months,)
    assert connection.execute("SELECT count(*), sum(n) FROM lake.marts.t").fetchone() == (3000, 3 * 499_500)


def test_what_is_young_or_under_way_is_left_alone(
    connection: duckdb.DuckDBPyConnection, settings: Settings, history: list[Release]
) -> None:
    connection.execute("INSERT INTO lake.marts.t VALUES ('o', 1)")
    candidate = lake.current_snapshot(connection)
    connection.execute("INSERT INTO lake.marts.t VALUES ('o', 2)")
    assert history
    assert expiry.expire_snapshots(connection, utc_now() + expiry.GRACE / 2, settings) == 0
    releases.start_build("auditing")
    with worker_session() as session:
        session.execute(text("UPDATE builds SET started_at = started_at - interval '1 hour'"))
    assert expiry.expire_snapshots(connection, utc_now() + timedelta(days=2), settings) == 0
    one = releases.release("auditing", candidate)
    assert expiry.expire_snapshots(connection, utc_now() + timedelta(days=2), settings) > 0
    assert read(connection, one)[0] != 0
    releases.start_build("killed long ago")
    connection.execute("INSERT INTO lake.marts.t VALUES ('o', 3)")
    assert expiry.expire_snapshots(connection, utc_now() + timedelta(days=8), settings) == 1


def test_releases_are_kept_as_long_as_is_set_and_the_one_people_see_for_good(
    connection: duckdb.DuckDBPyConnection, settings: Settings, history: list[Release]
) -> None:
    first, second, third = history
    back = rollbacks.rollback("operator", "why", second.id)
    for one, days in ((first, 9), (second, 9), (third, 9), (back, 8)):
        with worker_session() as session:
            session.execute(
                text("UPDATE releases SET released_at = :at WHERE id = :id"),
                {"at": utc_now() - timedelta(days=days), "id": one.id},
            )
    limited = settings.model_copy(update={"releases_kept_days": 7})
    assert expiry.expire_releases(utc_now(), settings) == []
    assert sorted(expiry.expire_releases(utc_now(), limited)) == [first.id, third.id]
    assert expiry.expire_releases(utc_now(), limited) == []
    nights(connection, limited)
    assert read(connection, back) == read(connection, second)
    with pytest.raises(ReleaseError, match=r"no longer kept, since .*older than 7 days"):
        releases.as_of(first.id)
    with pytest.raises(duckdb.Error, match="No snapshot found"):
        read(connection, first)


def test_raw_answers_go_when_their_network_has_it_so_and_leave_the_files(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    for network, days in (("youtube", 31), ("youtube", 29), ("x", 400)):
        connection.execute(
            ANSWER.format(mark=f"{network}{days}", organization="o", network=network, days=days, count=200)
        )
    old, young = (f"SELECT count(*) FROM lake.raw.answers WHERE answer_id LIKE '%{n}'" for n in (31, 29))
    one = release(connection)
    expired = [path for path in written(settings) if "youtube" in path]
    assert upkeep.forget_raw(connection, settings, utc_now()) == 200
    assert connection.execute(old).fetchone() == (0,)
    unlimited = settings.model_copy(update={"youtube_raw_days": 0})
    nights(connection, unlimited)
    assert connection.execute(young).fetchone() == (200,)
    assert connection.execute("SELECT count(*) FROM lake.raw.answers WHERE network = 'x'").fetchone() == (
        200,
    )
    assert releases.as_of(one.id) == one  # its marts are what is kept of it
    for path in Path(settings.lake).rglob("network=youtube/**/*.parquet"):
        found = duckdb.execute("SELECT count(*) FROM read_parquet(?) WHERE answer_id LIKE '%31'", [str(path)])
        assert found.fetchone() == (0,), path
    assert not set(expired) <= written(settings)


def test_who_is_removed_for_good_leaves_the_files_and_the_earlier_releases(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    gone, kept = new_account("Gone").organization_id, new_account("Kept").organization_id
    connection.execute("CREATE TABLE lake.marts.t (organization_id VARCHAR, n BIGINT)")
    for organization in (gone, kept):
        connection.execute(ANSWER.format(mark="", organization=organization, network="x", days=0, count=300))
        connection.execute(f"INSERT INTO lake.marts.t SELECT '{organization}', range FROM range(300)")
    first, current = release(connection), release(connection)
    with worker_session() as session:
        session.execute(text("DELETE FROM organizations WHERE id = :id"), {"id": gone})
    assert forget_gone(connection, settings) == 600
    assert expiry.expire_releases(utc_now(), settings) == []  # the same snapshot as what people see
    free = release(connection)
    with pytest.raises(ReleaseError, match="removed for good"):
        rollbacks.rollback("operator", "why", current.id)
    nights(connection, settings)
    for one in (first, current):
        with pytest.raises(ReleaseError, match="organization that was removed for good"):
            releases.as_of(one.id)
    assert read(connection, free) == (300, 44850)
    for path in Path(settings.lake).rglob("*.parquet"):
        assert gone not in path.read_bytes().decode("latin-1"), path
    with worker_session() as session:
        assert session.scalar(text("SELECT count(*) FROM erasures")) == 0


@pytest.mark.parametrize("killed_at", ["before the rows go", "before it is noted that they went"])
def test_a_purge_that_was_killed_is_brought_to_its_end(
    connection: duckdb.DuckDBPyConnection, settings: Settings, killed_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = str(uuid.uuid4())
    connection.execute(ANSWER.format(mark="", organization=gone, network="x", days=0, count=5))
    before = lake.current_snapshot(connection)

    def die(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        place = "_forget" if killed_at == "before the rows go" else "current_snapshot"
        patch.setattr(f"warehouse.forgetting.{place}", die)
        with pytest.raises(KeyboardInterrupt):
            forget_gone(connection, settings)
    forget_gone(connection, settings)
    with worker_session() as session:
        rows = session.execute(text("SELECT organization_id::text, snapshot_id FROM erasures")).all()
    assert [row[0] for row in rows] == [gone]
    assert rows[0][1] > before
    assert connection.execute("SELECT count(*) FROM lake.raw.answers").fetchone() == (0,)


@pytest.mark.timeout(120)
def test_killed_at_any_line_and_two_at_once_beside_a_writer(
    connection: duckdb.DuckDBPyConnection, settings: Settings, history: list[Release]
) -> None:
    before = [read(connection, one) for one in history]
    chance = random.Random(7)
    for _ in range(1):
        two = [
            subprocess.Popen(
                [sys.executable, "-c", NIGHT],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for one in two:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n", one.communicate()[1]
        until = time.monotonic() + chance.uniform(0.3, 1.2)
        while time.monotonic() < until:
            lake.retrying(lambda: connection.execute("INSERT INTO lake.marts.t SELECT 'o', 1 FROM range(50)"))
            lake.retrying(lambda: connection.execute("DELETE FROM lake.marts.t WHERE n = 1"))
        for one in two:
            one.kill()
            _, errors = one.communicate(timeout=30)
            assert one.returncode == -signal.SIGKILL, errors
            assert "Error" not in errors, errors
        assert [read(connection, one) for one in history] == before
    nights(connection, settings)
    assert [read(connection, one) for one in history] == before
    named = {Path(path).name for (path,) in connection.execute(
        "SELECT data_file FROM ducklake_list_files('lake', 't', schema => 'marts')").fetchall()}  # fmt: skip
    assert named <= {Path(path).name for path in written(settings)}


def test_a_build_that_finds_no_room_leaves_what_is_there(
    connection: duckdb.DuckDBPyConnection, settings: Settings, history: list[Release]
) -> None:
    before = [read(connection, one) for one in history]
    snapshot = lake.current_snapshot(connection)
    build = subprocess.run(
        [sys.executable, "-c", NO_ROOM], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert build.returncode != 0
    assert "the disk of the warehouse is full" in str(upkeep.shortage(settings, build.stderr))
    assert lake.current_snapshot(connection) == snapshot
    assert [read(connection, one) for one in history] == before
    connection.execute("INSERT INTO lake.marts.t SELECT md5(range::VARCHAR), range FROM range(100000)")
    nights(connection, settings, 1)
    assert [read(connection, one) for one in history] == before


def test_a_full_disk_is_said_in_words(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upkeep.shortage(settings) is None  # there is no lake yet
    Path(settings.lake).mkdir(parents=True)
    assert upkeep.shortage(settings) is None
    assert "disk of the warehouse is full" in str(
        upkeep.shortage(settings, "IO Error: No space left on device")
    )
    usage = type("usage", (), {"free": 1024})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert "(0 MB free)" in str(upkeep.shortage(settings))
