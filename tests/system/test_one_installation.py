"""An installation from its first start to its last: a post and its numbers, being killed, coming back."""

from __future__ import annotations

import json
import signal
from datetime import timedelta
from typing import Any

import psutil
import pytest

from bench.rig import Rig
from bench.scheduled_post import schedule, wait_until_accepted
from foundation.database import utc_now
from tests.system.seeing import one_line, processes

# The first one waits for a whole installation, its first build, a post, and another build.
pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def _ask(rig: Rig, statement: str) -> list[dict[str, Any]]:
    answer = rig.run("sql", statement, "--format", "json")
    assert answer.returncode == 0, answer.stderr
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def test_a_scheduled_post_goes_out_at_its_second_and_comes_back_as_numbers(installation: Rig) -> None:
    scheduled = schedule(installation, ahead_s=30)
    lateness = wait_until_accepted(installation, scheduled)
    assert len(lateness) == scheduled.accounts == 2  # once on each account
    assert min(lateness) >= 0
    assert max(lateness) < 5  # how late exactly is the benchmark's to say

    for command in ("ingest", "build"):
        done = installation.run(command)
        assert done.returncode == 0, done.stderr + done.stdout
    rows = _ask(
        installation,
        "select p.network, p.published_at, e.views, f.views as fact "
        "from dim_posts p join engagement e using (post_key) join fct_post_metrics_daily f using (post_key) "
        f"where p.text = '{scheduled.text}'",
    )
    assert {row["network"] for row in rows} == {"facebook", "x"}
    assert all(row["views"] == row["fact"] > 0 for row in rows)


def test_the_first_release_tells_the_sandbox_s_truth(installation: Rig) -> None:
    """Followers as modelled are those of the world, day by day, with its missed days as gaps."""
    truth = installation.sandbox("/_sandbox/truth")["accounts"]
    rows = _ask(
        installation,
        "select a.external_id, count(*) filter (where is_gap) as gaps, count(followers) as known "
        "from follower_growth join dim_accounts a using (account_id) "
        "where a.network = 'facebook' group by all",
    )
    assert len(rows) == 3
    for row in rows:
        assert row["known"] > 330
        assert row["gaps"] == pytest.approx(len(truth[row["external_id"]]["missed_days"]), abs=2)


def test_a_report_of_last_month_is_written_from_the_release(installation: Rig) -> None:
    out = installation.home.parent / "reports"
    month = f"{utc_now().replace(day=1) - timedelta(days=1):%Y-%m}"
    done = installation.run("report", "--brand", "Lumenwerk", "--month", month, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == [f"lumenwerk-{month}.csv", f"lumenwerk-{month}.pdf"]


def test_the_doctor_finds_nothing_wrong(installation: Rig) -> None:
    done = installation.run("doctor")
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout


def test_killed_with_9_it_starts_again_and_down_leaves_nothing(installation: Rig) -> None:
    rig = installation
    before = rig.run("sql", "select count(*) as n from dim_posts", "--format", "csv").stdout
    again = rig.run("up")
    assert "already running" in one_line(again)

    killed = [psutil.Process(rig.pid), *processes(rig)]
    assert len(killed) > 8
    for process in killed:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(killed, timeout=10)

    seconds = rig.up()
    assert seconds < 120
    assert rig.run("sql", "select count(*) as n from dim_posts", "--format", "csv").stdout >= before
    rig.kill()  # now only the terminal's own process: the others live on without it
    assert processes(rig)
    rig.up()
    assert "an earlier start was killed" in rig.printed

    rig.kill()
    done = rig.run("down")
    assert done.returncode == 0, done.stderr
    assert processes(rig) == []
    doctor = rig.run("doctor")
    assert doctor.returncode == 1
    assert "make run" in doctor.stdout
