"""When numbers are refreshed."""

from __future__ import annotations

import dagster as dg

from pipelines.analytics.jobs import refresh

hourly = dg.ScheduleDefinition(
    name="hourly_refresh",
    job=refresh,
    cron_schedule="7 1-23 * * *",  # not on the hour, when everybody asks; 00 is the daily one's
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="New posts and moving numbers.",
)

daily = dg.ScheduleDefinition(
    name="daily_refresh",
    job=refresh,
    cron_schedule="12 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The same, and the day's follower snapshot right after midnight UTC.",
)
