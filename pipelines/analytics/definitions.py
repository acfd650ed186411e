"""The analytics code location, assembled."""

from __future__ import annotations

import gc

import dagster as dg

from assets.ingest import raw_assets
from assets.models import dbt_models, dbt_resource
from assets.predictions import posting_times_mart
from assets.release import candidate, mart_audits, release
from pipelines.analytics import health, jobs, purge, schedules, sensors

defs = dg.Definitions(
    assets=[*raw_assets, dbt_models, posting_times_mart, candidate, release],
    asset_checks=[mart_audits],
    jobs=[jobs.ingest, jobs.build, jobs.refresh, purge.purge, health.accounts_health],
    schedules=[schedules.hourly, schedules.daily, purge.nightly_purge, health.hourly_health],
    sensors=[sensors.new_accounts, sensors.unfinished_builds],
    resources={"dbt": dbt_resource()},
    executor=dg.in_process_executor,
)

# What is loaded now stays as long as the process: looking through it at each collection of garbage, of which
# answers in JSON make many, costs collecting a tenth of its time.
gc.freeze()
