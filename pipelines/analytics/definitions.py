"""The analytics code location, assembled."""

from __future__ import annotations

import gc

import dagster as dg

from assets.gates import raw_contract
from assets.ingest import raw_assets
from assets.mirror import mirrored_marts
from assets.models import dbt_models, dbt_resource
from assets.predictions import posting_times_mart
from assets.release import candidate, mart_audits, release
from pipelines.analytics import health, jobs, purge, replay, schedules, sensors, upkeep
from pipelines.dead_runs import dead_runs

defs = dg.Definitions(
    assets=[*raw_assets, raw_contract, dbt_models, posting_times_mart, candidate, release, mirrored_marts],
    asset_checks=[mart_audits],
    jobs=[
        jobs.ingest,
        jobs.build,
        jobs.refresh,
        purge.purge,
        jobs.mirror,
        replay.replay,
        upkeep.upkeep,
        health.accounts_health,
    ],
    schedules=[
        schedules.hourly,
        schedules.daily,
        purge.nightly_purge,
        upkeep.nightly_upkeep,
        health.hourly_health,
    ],
    sensors=[sensors.new_accounts, sensors.unfinished_builds, sensors.stepped_back, dead_runs],
    resources={"dbt": dbt_resource()},
    executor=dg.in_process_executor,
)

# What is loaded now stays as long as the process: looking through it at each collection of garbage, of which
# answers in JSON make many, costs collecting a tenth of its time.
gc.freeze()
