"""What starts a refresh before its hour, what follows a step back, and what notes the end of a build that
could not.
"""

import dagster as dg

from foundation.database import utc_now, worker_session
from foundation.settings import get_settings
from pipelines.analytics.jobs import build, mirror, refresh
from pipelines.analytics.replay import replay
from platforms.accounts import never_collected
from warehouse import releases, upkeep

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.sensor(job=refresh, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def new_accounts(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Accounts were connected: fetch their history now. Asked again every ten minutes while that fails."""
    if context.instance.get_runs_count(dg.RunsFilter(job_name=refresh.name, statuses=UNDER_WAY)):
        return dg.SkipReason("a refresh is under way")
    with worker_session() as session:
        new = sorted(str(account_id) for account_id in never_collected(session))
    if not new and (releases.current() is not None or releases.last_build() is None):
        return dg.SkipReason("every connected account has been collected")
    asked = utc_now().replace(second=0, microsecond=0)
    return dg.RunRequest(run_key=f"{asked.isoformat()[:15]}:{','.join(new)}")


@dg.run_failure_sensor(
    monitored_jobs=[build, refresh, replay],
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def unfinished_builds(context: dg.RunFailureSensorContext) -> None:
    """A run failed without saying why (killed, or a fault of ours): note it for people to see."""
    settings = get_settings()
    reason = f"run {context.dagster_run.run_id[:8]} ended before its audit; Dagster has its log"
    releases.fail_if_running(context.dagster_run.run_id, [upkeep.shortage(settings) or reason], settings)


@dg.sensor(job=mirror, minimum_interval_seconds=15, default_status=dg.DefaultSensorStatus.RUNNING)
def stepped_back() -> dg.RunRequest | dg.SkipReason:
    """Somebody went back to an earlier release: its numbers go to the mirror, too."""
    current = releases.current()
    if current is None or current.origin_id is None:
        return dg.SkipReason("people see what the last good build released")
    return dg.RunRequest(run_key=f"release-{current.id}")
