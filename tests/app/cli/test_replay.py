"""`allin replay`: a dry run shows what would change and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import replay
from app.cli.main import app
from foundation.database import worker_session
from foundation.settings import REPOSITORY, Settings
from platforms.contract import Answer, Entity
from platforms.registry import NETWORK_KEYS
from tests import lakes
from tests.dbt.lakes import x_post
from tests.warehouse.conftest import new_account
from warehouse import lake, releases
from warehouse.landing import land, land_registry, registry
from warehouse.replay import Replay

FACTS = "fct_post_metrics_daily"
ABSENT = " ".join(f"path:models/staging/{key}" for key in NETWORK_KEYS if key != "x")
# All models would take half a minute.
SELECTED = ("--select", f"+{FACTS}", "--exclude", ABSENT, "--exclude-resource-type", "test")
LIKES = "post.public_metrics.like_count"
DAYS = (10, 11, 12)  # of March
READ = f"SELECT date, reactions FROM lake.marts.{FACTS} ORDER BY ALL"
# What a build of every model says of itself at its end.
COMPLETE = """
INSERT INTO lake.intermediate.built SELECT now(), list(DISTINCT table_name) FROM duckdb_tables()
WHERE database_name = 'lake' AND schema_name IN ('staging', 'marts')
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the models, which the command takes for its own, and of which it builds only some."""
    copied = shutil.copytree(REPOSITORY / "dbt", tmp_path / "dbt")
    monkeypatch.setattr(replay, "REPOSITORY", tmp_path)
    whole = replay._dbt
    monkeypatch.setattr(replay, "_dbt", lambda wanted, target: [*whole(wanted, target), *SELECTED])
    return copied


@pytest.fixture
def built(settings: Settings, project: Path) -> Settings:
    """A lake with a post that was seen on three days, built."""
    assert project.is_dir()
    account = new_account("Café Nord", network="x")
    with lakes.fresh(settings) as connection, worker_session() as session:
        land_registry(connection, registry(session))
        for day in DAYS:
            at = datetime(2026, 3, day, 9, tzinfo=UTC)
            text = json.dumps({"data": [x_post("1", "2026-03-10T08:00:00", like_count=day, reply_count=3)]})
            answer = Answer(Entity.POSTS, {"path": "p", "params": {}}, at, 200, text)
            land(connection, account, [answer], at, "run")
        words = replay._dbt(Replay(date(2026, 3, 1), date(2026, 3, 1)), settings.home / "dbt-trial")
        place = words.index("--vars")
        words = [*words[:place], *words[place + 2 :]]
        environment = {**os.environ, **lake.environment(settings)}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        connection.execute(COMPLETE)
    return settings


@pytest.mark.timeout(180)
def test_a_changed_definition_is_replayed_for_its_days_and_shown(
    built: Settings, project: Path, database_url: str
) -> None:
    model = project / "models/staging/x/stg_x__posts.sql"
    model.write_text(model.read_text().replace(f"counter('{LIKES}')", f"counter('{LIKES} + 1000')"))
    with lake.connect(built) as connection:
        before = lake.current_snapshot(connection)
    result = CliRunner().invoke(app, ["replay", "--from", "2026-03-11", "--network", "x", "--dry-run"])
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    assert f"{FACTS}: 0 rows added, 0 removed, 2 changed" in words
    # The count of the day itself, and what the day after gained; else both days stay, and the one before.
    assert "reactions 1 33 1,033 Café Nord (x) 33 → 1,033" in words
    assert "reactions_gain 2 " in words
    assert "comments" not in words
    assert "views" not in words
    assert "Nothing was changed" in words
    with lake.connect(built) as connection:
        assert lake.current_snapshot(connection) == before
        assert connection.execute(READ).fetchall() == [(date(2026, 3, day), day) for day in DAYS]
    with psycopg.connect(database_url) as pg:
        assert pg.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'lake_trial'").fetchone() == (0,)
    assert releases.last_build(built) is None


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "tomorrow"], "is no day"),
        (["--from", "2026-11-02", "--to", "2026-11-01"], "give the first day first"),
        (["--from", "2026-11-02", "--network", "myspace"], "there is no network 'myspace'"),
        (["--from", "2026-11-02"], "nothing to parse again"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_a_line(words: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["replay", *words])
    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())
