"""`allin replay`: raw answers of chosen days parsed again, with what changed by it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import typer
from rich.markup import escape
from rich.table import Table

from app.cli.console import fail, out
from app.cli.watching import watched
from app.supervision.programs import child_environment, install_dagster_configuration
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings, get_settings
from warehouse import comparison, lake, releases
from warehouse.comparison import MartDifference, MetricDifference
from warehouse.releases import BuildStatus
from warehouse.replay import Replay, ReplayError, parsed_days, require_raw
from warehouse.trial import TrialError, trial

NAMES = "SELECT account_id, account_name || ' (' || network || ')' FROM lake.raw.accounts"


def replay(
    first: str = typer.Option(..., "--from", help="First day (UTC), as 2026-11-01."),
    last: str = typer.Option("", "--to", help="Last day; empty: the first one."),
    network: str = typer.Option("", "--network", help="Only this network's answers, as facebook."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would change, and change nothing."),
) -> None:
    """Parse raw answers of these days again, audit and release what comes of it, and show what changed."""
    settings = get_settings()
    with postgres.borrowed(settings) as url:
        migrate(url)
        try:
            wanted = Replay(*parsed_days(first, last), network or None)
            with lake.connect(settings) as connection:
                lake.ensure(connection)
                require_raw(connection, wanted, settings)
            if dry_run:
                _try(settings, wanted)
            else:
                _release(settings, wanted, url)
        except (ReplayError, TrialError) as error:
            fail(str(error))
            raise typer.Exit(1) from None


def _try(settings: Settings, wanted: Replay) -> None:
    """Build in a copy of the lake, of which nothing stays."""
    with trial(settings) as copy:
        with lake.connect(copy) as connection:
            before = lake.current_snapshot(connection)
        log = settings.home / "logs" / "replay-dry-run.log"
        variables = {**os.environ, **lake.environment(copy), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        good = watched("dry run", _dbt(wanted, settings.home / "dbt-trial"), variables, log)
        with lake.connect(copy) as connection:
            _show(connection, before, lake.current_snapshot(connection))
    if not good:
        fail(f"a model or a test failed, so a replay would not be released; its log is {log}")
        raise typer.Exit(1)
    out.print("Nothing was changed. Without --dry-run it is audited and released.")


def _dbt(wanted: Replay, target: Path) -> list[str]:
    project = str(REPOSITORY / "dbt")
    return [
        str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build", "--exclude-resource-type",
        "unit_test", "--vars", json.dumps(wanted.variables), "--project-dir", project, "--profiles-dir",
        project, "--target-path", str(target), "--log-path", str(target),
    ]  # fmt: skip


def _release(settings: Settings, wanted: Replay, url: str) -> None:
    """Run Dagster's job `replay`: models, audits, release; its run appears there like any other."""
    standing = releases.current(settings)
    with lake.connect(settings) as connection:
        before = standing.snapshot_id if standing else lake.current_snapshot(connection)
    log = settings.home / "logs" / "replay.log"
    good = watched("replay", _job(settings, wanted), child_environment(settings, url), log)
    build = releases.last_build(settings)
    now = releases.current(settings)
    if not good or now is None or now == standing:
        fail(_why(build, log))
        raise typer.Exit(1)
    with lake.connect(settings) as connection:
        _show(connection, before, now.snapshot_id)
    out.print(f"release {now.id} of {now.released_at:%Y-%m-%d %H:%M} UTC")


def _job(settings: Settings, wanted: Replay) -> list[str]:
    install_dagster_configuration(settings)
    days = {"first_day": f"{wanted.first}", "last_day": f"{wanted.last}", "network": wanted.network or ""}
    path = settings.dagster_home / "replay.json"
    path.write_text(json.dumps({"ops": {"dbt_models": {"config": days}}}))
    return [sys.executable, "-m", "pipelines.run_job", "replay", str(path)]


def _why(build: releases.Build | None, log: Path) -> str:
    if build is not None and build.status is BuildStatus.HELD:
        return "the replay is good, and releases are held back; `allin releases resume` lets the next one out"
    if build is not None and build.status in (BuildStatus.REFUSED, BuildStatus.FAILED):
        reasons = "\n  ".join(build.reasons)
        fate = "was refused" if build.status is BuildStatus.REFUSED else "failed"
        return f"the replay {fate}; the release before stands:\n  {reasons}"
    return f"the replay failed and the release before stands; its log is {log}"


def _show(connection: duckdb.DuckDBPyConnection, before: int, after: int) -> None:
    found = comparison.compare(connection, before, after)
    if not found:
        out.print("No number changed.")
        return
    names = {str(key): str(name) for key, name in connection.execute(NAMES).fetchall()}
    for mart in found:
        out.print(_heading(mart))
        if mart.metrics:
            out.print(_metrics(mart.metrics, names))


def _heading(mart: MartDifference) -> str:
    return (
        f"[bold]{mart.mart}[/bold]: {mart.added:,} rows added, {mart.removed:,} removed, "
        f"{mart.changed:,} changed"
    )


def _metrics(metrics: Sequence[MetricDifference], names: dict[str, str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("  metric", no_wrap=True)
    for name in ("rows changed", "before", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("mostly")
    for one in metrics:
        mostly = ", ".join(
            f"{names.get(each.account_id, each.account_id)} {_number(each.before)} → {_number(each.after)}"
            for each in one.accounts[:3]
        )
        table.add_row(
            f"  {'mean of ' if one.is_mean else ''}{one.metric}",
            f"{one.changed:,}",
            _number(one.before),
            _number(one.after),
            escape(mostly),
        )
    return table


def _number(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
