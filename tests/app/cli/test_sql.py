"""`allin sql` and `allin export`: one statement, a prompt, one organization, files."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli.main import app
from foundation.database import worker_session
from foundation.settings import REPOSITORY, get_settings
from identity.permissions import Role
from tests import databases
from tests.app.world import World, connected_world, released_world
from tests.warehouse import marts_fixture
from warehouse import lake

Allin = Callable[..., Result]
FIRST, FURTHER = "allin> ", "   ... "
BEGUN = ("SELECT count(*) AS n\n", "SELECT 'begun\n")


@pytest.fixture(scope="module")
def world(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two organizations with released numbers: the world's four accounts, and one account of another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", databases.copy(server_url))
        patch.setenv("ALLIN_HOME", str(tmp_path_factory.mktemp("sql") / "home"))
        get_settings.cache_clear()
        made, _ = released_world(get_settings())
        other = connected_world(Role.OWNER, "eve@example.com")
        with lake.connect() as connection:
            marts_fixture.add_account(connection, "theirs", str(other.organization_id))
            connection.execute(
                "UPDATE lake.marts.engagement SET kind = '=1+1' WHERE published_date = current_date"
            )
            marts_fixture.released(connection, "run-2")
        yield made
    get_settings.cache_clear()


@pytest.fixture
def allin(world: World) -> Allin:
    """Run the command; standard output and error come apart."""
    assert world
    return lambda *given, typed="": CliRunner().invoke(app, list(given), input=typed)


def trail(world: World) -> list[tuple[str, str, dict[str, str]]]:
    """Actor, action and what of the organization's trail, oldest first."""
    query = text("SELECT actor, action, after FROM audit_events WHERE organization_id = :id ORDER BY at")
    with worker_session() as session:
        return [tuple(row) for row in session.execute(query, {"id": world.organization_id})]


def test_a_statement_is_answered_over_all_organizations_or_one(world: World, allin: Allin) -> None:
    count = "SELECT count(*) AS accounts FROM dim_accounts"
    assert allin("sql", count, "--format", "csv").stdout == "accounts\n5\n"
    mine = str(world.organization_id)
    assert allin("sql", count, "--format", "csv", "--organization", mine).stdout == "accounts\n4\n"
    assert allin("sql", count, "--format", "json", "--release", "1").stdout == '[{"accounts":4}]\n'
    assert [line for line in trail(world) if line[1] == "queried"] == [
        ("operator", "queried", {"query": count})
    ]
    whole = "SELECT ['a', '=b'] AS labels, '=1+1' AS text, '\\xAA'::BLOB AS bytes, INTERVAL 1 DAY AS span"
    assert '"a, =b",\'=1+1,' in allin("sql", whole, "--format", "csv").stdout
    assert '"labels":["a","=b"]' in allin("sql", whole, "--format", "json").stdout
    assert allin("sql", whole).exit_code == 0
    assert "times that can't be shown" in allin("sql", "SELECT DATE 'infinity' AS t").stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("SELECT nothing FROM dim_accounts",), "nothing"),
        (("",), "nothing was asked"),
        (("SELECT 1", "--release", "99"), "no release 99"),
        (("SELECT 1", "--organization", "Nobody"), "no organization named Nobody"),
        (("SELECT * FROM read_text('/etc/passwd')",), "disabled by configuration"),
        (("DELETE FROM dim_accounts",), "read-only"),
    ],
)
def test_what_has_no_answer_says_why_in_a_line(allin: Allin, given: tuple[str, ...], words: str) -> None:
    result = allin("sql", *given)
    assert result.exit_code == 1
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_what_is_piped_in_is_answered_in_turn(allin: Allin) -> None:
    typed = """\
.format csv
SELECT 1 AS one;
SELECT ';' AS semicolon,
  2 AS two;
.release 1
SELECT count(*) AS accounts
FROM dim_accounts;
SELECT 3 AS three"""
    result = allin("sql", typed=typed)
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if not line.startswith("release")]
    assert lines == ["one", "1", "semicolon,two", ";,2", "accounts", "4", "three", "3"]
    failed = allin("sql", typed="SELEC 1;\nSELECT 7 AS seven;\n.nothing\n")
    assert failed.exit_code == 1
    assert "seven" in failed.stdout
    assert "no command .nothing" in failed.stderr


def test_at_a_terminal_there_is_a_prompt_with_history_and_completion(world: World) -> None:
    assert world
    typed = [
        BEGUN[0], "FROM dim_acc\t;\n", ".tables\n", ".schema dim_accounts\n", ".schema x\n",
        BEGUN[1], "\x03", "SELECT 40 + 2 AS sum;\n", ".format csv\n", ".release 1\n", ".help\n",
    ]  # fmt: skip
    said = at_a_terminal([*typed, ".quit\n"])
    for words in (
        "   ...",
        "fct_account_metrics_daily",
        "timezone",
        "there is no table x",
        "42",
        "release 1,",
    ):
        assert words in said, said
    history = get_settings().home / "sql_history"
    assert "SELECT 40 + 2 AS sum;" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def at_a_terminal(typed: list[str]) -> str:
    """What `allin sql` writes when these keys are pressed, each part once it asks as it should."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(REPOSITORY)
        os.environ["TERM"] = "dumb"
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs tests in the background ignores it
        os.execv(sys.executable, [sys.executable, "-m", "app.cli.main", "sql"])  # noqa: S606
    try:
        said = _read_until(terminal, FIRST)
        for keys in typed:
            os.write(terminal, keys.encode())
            said += _read_until(terminal, FURTHER if keys in BEGUN else FIRST)
        return said
    finally:
        os.close(terminal)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _read_until(terminal: int, prompt: str) -> str:
    """All that is written up to a prompt; also when it ends, or says nothing for long."""
    said = ""
    while not said.endswith(prompt) and select.select([terminal], [], [], 60)[0]:
        try:
            said += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # it ended
            break
    return said


def test_an_export_is_whole_and_of_one_organization(world: World, allin: Allin, tmp_path: Path) -> None:
    of = ("export", "--organization", str(world.organization_id))
    for file_format in ("parquet", "csv"):
        folder = tmp_path / file_format
        result = allin(*of, "--to", str(folder), "--format", file_format)
        assert result.exit_code == 0, result.output
        assert {path.suffix for path in folder.iterdir()} == {f".{file_format}"}
        assert "4  dim_accounts" in result.stdout
    accounts = pl.read_parquet(tmp_path / "parquet" / "dim_accounts.parquet")
    assert set(accounts["organization_id"]) == {str(world.organization_id)}
    kinds = set(pl.read_csv(tmp_path / "csv" / "engagement.csv", infer_schema_length=None)["kind"])
    assert kinds == {"status", "'=1+1"}  # which a spreadsheet does not run
    file = tmp_path / "all.duckdb"
    assert allin(*of, "--to", str(file), "--format", "duckdb", "--release", "1").exit_code == 0
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("SELECT release_id FROM release").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM dim_accounts").fetchall() == [(4,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.duckdb", "csv", "parquet"]
    exported = {"parquet", "csv", "duckdb"}
    assert {line[2]["format"] for line in trail(world) if line[1] == "exported"} == exported


def test_an_export_replaces_an_earlier_one_when_told_and_never_anything_else(
    world: World, allin: Allin, tmp_path: Path
) -> None:
    of = ("export", "--organization", str(world.organization_id), "--to")
    folder = tmp_path / "marts"
    assert allin(*of, str(folder)).exit_code == 0
    again = allin(*of, str(folder))
    assert again.exit_code == 1
    assert "--force" in again.stderr
    assert allin(*of, str(folder), "--format", "csv", "--force").exit_code == 0
    assert {path.suffix for path in folder.iterdir()} == {".csv"}
    own = tmp_path / "own"
    own.mkdir()
    for mine in (folder / "letter.txt", folder / "clients.csv", own / "release.csv", tmp_path / "list.csv"):
        mine.write_text("mine")
        more = ("--format", "duckdb") if mine.parent == tmp_path else ()
        target = mine.parent if mine.parent != tmp_path else mine
        refused = allin(*of, str(target), "--force", *more)
        assert refused.exit_code == 1, mine
        assert "no earlier export" in " ".join(refused.stderr.split())
        assert mine.read_text() == "mine"
        mine.rename(tmp_path / f"{mine.name}.kept")
    readonly = allin(*of, "/proc/marts")
    assert readonly.exit_code == 1
    assert "can't be written" in " ".join(readonly.stderr.split())


def test_what_the_page_about_sql_shows_runs_as_it_stands(
    world: World,
    allin: Allin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (REPOSITORY / "docs" / "sql.md").read_text()
    (commands,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    for line in commands.replace("$ORGANIZATION", str(world.organization_id)).splitlines():
        program, *words = shlex.split(line)
        result = allin(*words)
        assert (program, result.exit_code) == ("allin", 0), (line, result.output)
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(example, {})  # noqa: S102 - it is ours
    assert "median_engagement" in capsys.readouterr().out
