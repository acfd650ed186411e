"""Looks ahead for posts that fall due, and asks for a run before they do."""

from datetime import timedelta

import dagster as dg

from foundation.database import utc_now, worker_session
from foundation.settings import get_settings
from pipelines.publishing.jobs import publish
from pipelines.publishing.windows import window_at
from publishing import heartbeat
from publishing.due import due_windows


@dg.sensor(job=publish, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def due_posts(_context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run when something nobody holds falls due soon, was left behind, or has to be looked for.

    A run takes about ten seconds to start, which the look-ahead covers.
    """
    look_ahead_s = get_settings().look_ahead_seconds
    with worker_session() as session:
        heartbeat.beat(session)
        work = due_windows(session, look_ahead_s)
    if not work:
        return dg.SkipReason(f"nothing falls due in the next {look_ahead_s} s")
    window = window_at(utc_now(), timedelta(seconds=look_ahead_s))
    config = {"ops": {"publish_window": {"config": {"until": window.until.isoformat()}}}}
    return dg.RunRequest(run_key=window.key, run_config=config)
