"""Runs whose process was killed: noted as failed, so that their place and their pools are free again.

Dagster's own monitoring asks the code server that started a run. It can't tell of one that was started from
the command line, nor of those that a power failure ended together with the server: they would count as under
way for good, and hold up every later one.
"""

from __future__ import annotations

from socket import gethostname

import dagster as dg
import psutil

from foundation.settings import get_settings
from warehouse import releases

# The machine that a run was started on, where that is not the code servers'.
HOST = "allin/host"
UNDER_WAY = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
GONE = "the process of this run was killed"


def sweep(instance: dg.DagsterInstance) -> list[str]:
    """Note runs of this machine that lost their process as failed, and free their pools; returns the ids."""
    dead = [
        run
        for run in instance.get_runs(filters=dg.RunsFilter(statuses=UNDER_WAY))
        if run.tags.get(HOST, gethostname()) == gethostname() and _is_dead(instance, run.run_id)
    ]
    for run in dead:
        instance.report_run_failed(run, GONE)
        if instance.event_log_storage.supports_global_concurrency_limits:
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        reason = f"run {run.run_id[:8]} was killed before its audit"
        releases.fail_if_running(run.run_id, [reason], get_settings())
    return [run.run_id for run in dead]


def _is_dead(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether the process that said it executes the run is gone, or another one has its number by now."""
    for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT).records:
        event = record.event_log_entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event is not None else None
        if pid is not None:
            return not _lives(int(str(pid.value)), record.timestamp)
    return False


def _lives(pid: int, since: float) -> bool:
    try:
        process = psutil.Process(pid)
        return process.create_time() <= since and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING, jobs=[])
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Runs whose process was killed are noted as failed."""
    found = sweep(context.instance)
    return dg.SkipReason(f"noted as failed: {', '.join(found)}" if found else "every run has its process")
