"""What starts a refresh before its hour, and what notes the end of a build that could not."""

from __future__ import annotations

import dagster as dg

from foundation.database import worker_session
from foundation.settings import get_settings
from pipelines.analytics.jobs import build, refresh
from platforms.accounts import never_collected
from warehouse import releases


@dg.sensor(job=refresh, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def new_accounts(_context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """An account was connected: fetch its history now. Once for each set of new accounts."""
    with worker_session() as session:
        new = sorted(str(account_id) for account_id in never_collected(session))
    if not new:
        return dg.SkipReason("every connected account has been collected")
    return dg.RunRequest(run_key="new:" + ",".join(new))


@dg.run_failure_sensor(
    monitored_jobs=[build, refresh],
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def unfinished_builds(context: dg.RunFailureSensorContext) -> None:
    """A run failed without saying why (killed, or a fault of ours): note it for people to see."""
    reason = f"run {context.dagster_run.run_id[:8]} ended before its audit; Dagster has its log"
    releases.fail_if_running(context.dagster_run.run_id, [reason], get_settings())
