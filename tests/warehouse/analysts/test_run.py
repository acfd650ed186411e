"""What people's SQL can do: read its own file within limits. What it can't: anything else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from foundation.settings import Settings
from warehouse.analysts import run
from warehouse.analysts.run import QueryError

SECRET = "sentinel-of-the-others"


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Small limits, so that reaching them takes no time."""
    home = tmp_path_factory.mktemp("home")
    return Settings(home=home, sql_seconds=20, sql_memory_mb=128)


@pytest.fixture(scope="module")
def mine(limits: Settings) -> Path:
    """The file of an organization; beside it another's, a text file and an extension."""
    folder = limits.home / "analysts"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "mine.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE posts AS SELECT range AS id, 'post ' || range AS words, "
            "TIMESTAMPTZ '2026-10-01 12:00:00+00' + to_days(range::INTEGER) AS published_at FROM range(1000)"
        )
    with duckdb.connect(str(folder / "theirs.duckdb")) as connection:
        connection.execute(f"CREATE TABLE posts AS SELECT '{SECRET}' AS words")
    (folder / "theirs.csv").write_text(f"words\n{SECRET}\n")
    return folder / "mine.duckdb"


@pytest.fixture(autouse=True)
def _nothing_written(mine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No statement leaves a file behind; and the environment holds a secret to look for."""
    monkeypatch.setenv("ALLIN_KEYS", SECRET)
    before = sorted(mine.parent.rglob("*"))
    yield
    assert sorted(mine.parent.rglob("*")) == before


def ask(mine: Path, limits: Settings, statement: str, rows: int = 100) -> pl.DataFrame:
    return run.run(mine, statement, owner="me", rows=rows, settings=limits).frame


def test_rows_come_with_their_types_and_the_cut_is_told(mine: Path, limits: Settings) -> None:
    answer = run.run(
        mine,
        "CREATE TEMP TABLE few AS FROM posts WHERE id < 5; "
        "SELECT id, words, published_at, INTERVAL 2 DAY AS span, NULL::INTEGER AS unknown, 1 AS id FROM few "
        "ORDER BY words DESC",
        owner="me",
        rows=3,
        settings=limits,
    )
    assert answer.cut
    assert answer.frame.columns == ["id", "words", "published_at", "span", "unknown", "id_2"]
    assert answer.frame.row(0) == (
        4, "post 4", datetime(2026, 10, 5, 12, tzinfo=UTC), timedelta(days=2), None, 1,
    )  # fmt: skip
    assert answer.frame["id"].to_list() == [4, 3, 2]
    printing = "PRAGMA enable_profiling; CALL enable_logging('QueryLog', storage = 'stdout'); "
    named = ask(mine, limits, printing + "SELECT 1 AS a, 2 AS a, 3 AS a_2")
    assert (named.columns, named.row(0)) == (["a", "a_3", "a_2"], (1, 2, 3))
    exactly = run.run(mine, "FROM posts LIMIT 3", owner="me", rows=3, settings=limits)
    assert (exactly.cut, exactly.frame.height) == (False, 3)


HOSTILE = [
    "ATTACH 'theirs.duckdb' AS o; SELECT * FROM o.posts",
    "ATTACH '{folder}/theirs.duckdb' AS o; SELECT * FROM o.posts",
    "ATTACH 'host=127.0.0.1' AS p (TYPE postgres); SELECT * FROM p.allin.people",
    "ATTACH 'ducklake:{folder}/x' AS l",
    "SELECT * FROM read_csv('{folder}/theirs.csv')",
    "SELECT * FROM '{folder}/theirs.csv'",
    "SELECT * FROM query_table('{folder}/theirs.csv')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_text('/proc/' || getenv('PPID') || '/environ')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT getenv('ALLIN_KEYS')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM postgres_query('lake', 'SELECT 1')",
    "COPY posts TO '{folder}/out.csv'",
    "COPY posts TO '/dev/stdout'",
    "EXPORT DATABASE '{folder}/out'",
    "INSTALL httpfs; LOAD httpfs",
    "LOAD '{folder}/theirs.duckdb_extension'",
    "SET enable_external_access = true; SELECT * FROM '{folder}/theirs.csv'",
    "SET lock_configuration = false",
    "SET memory_limit = '64GB'",
    "PRAGMA threads=64",
    "SET temp_directory = '{folder}'",
    "CALL enable_logging('QueryLog', storage = 'file', storage_path = '{folder}/log')",
    "CALL enable_profiling(format = 'json', save_location = '{folder}/profile.json'); SELECT 1",
    "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
    "INSERT INTO posts VALUES (1, 'x', now())",
    "DELETE FROM posts",
    "DROP TABLE posts",
    "SELECT * FROM job",  # variables of the process that runs it
    "SELECT * FROM connection",
]


@pytest.mark.parametrize("statement", HOSTILE)
def test_no_other_file_no_network_no_secret_no_change(mine: Path, limits: Settings, statement: str) -> None:
    with pytest.raises(QueryError) as refused:
        ask(mine, limits, statement.replace("{folder}", str(mine.parent)))
    assert SECRET not in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert "INTERNAL" not in str(refused.value)
    assert "longer" not in str(refused.value)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT repeat('x', 1_000_000_000) || id FROM posts", "memory|took longer"),
        ("SELECT count(*) FROM posts a, posts b, posts c, posts d", "took longer than 1 s"),
        (
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
            "took longer",
        ),
        ("SELECT list(id) FROM range(1000000000) r(id)", "more than the 128 MB of memory"),
        ("SELECT a.words, b.words FROM posts a, posts b, range(20) ORDER BY 2, 1", "more than the 128 MB"),
        ("SELECT repeat(words, 200) FROM posts a, range(500)", "larger than 256 MB"),
    ],
)
def test_what_is_too_much_is_ended_and_said(mine: Path, limits: Settings, statement: str, words: str) -> None:
    started = time.monotonic()
    seconds = 1 if "longer" in words else 20
    with pytest.raises(QueryError, match=words):
        ask(mine, limits.model_copy(update={"sql_seconds": seconds}), statement, rows=1_000_000)
    assert time.monotonic() - started < 15
    assert ask(mine, limits, "SELECT count(*) AS n FROM posts").item() == 1000


def test_a_query_is_stopped_at_once_and_its_place_is_free(mine: Path, limits: Settings) -> None:
    endless = "SELECT count(*) FROM posts a, posts b, posts c, posts d"
    running = [run.start(mine, endless, owner="busy", settings=limits) for _ in range(run.OF_ONE)]
    with pytest.raises(QueryError, match="running already"):
        run.start(mine, "SELECT 1", owner="busy", settings=limits)
    assert ask(mine, limits, "SELECT 1").height == 1  # another organization waits for nobody
    for one in running:
        one.stop()
        with pytest.raises(QueryError, match="was stopped"):
            one.answer()
        assert one.done
        assert one.seconds < 4
    assert run.run(mine, "SELECT 1", owner="busy", settings=limits).frame.height == 1


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("", "Write a query first"),
        (" ; \n", "Write a query first"),
        ("SELECT " + "1," * run.LONGEST, "at most 100,000 characters"),
        ("SELECT wrds FROM posts", "words"),
        ("SELEC 1", "syntax error"),
        ("SELECT union_value(a := 1) AS u", "cast it"),
        ("SELECT [{'t': TIMESTAMPTZ 'infinity'}] AS t", "t has times that can't be shown: cast it"),
        ("SELECT error(repeat('x', 1_000_000))", "^Invalid Input Error: x{1900,2000}$"),
        ("SELECT $1", "Values were not provided"),
    ],
)
def test_a_mistake_is_told_to_its_writer(mine: Path, limits: Settings, statement: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        ask(mine, limits, statement)
