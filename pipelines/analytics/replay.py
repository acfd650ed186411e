"""Days of raw answers parsed again: a build whose models take exactly the answers of a day, or of a range.

A partition is a day (UTC), for backfills from Dagster's pages; the accounts are a loop inside. A range in one
run is what `allin replay` asks for, by configuration.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dagster as dg

from pipelines.analytics.jobs import RAW, TAGS


@dg.daily_partitioned_config(start_date="2020-01-01", timezone="UTC", end_offset=1)
def one_day(start: datetime, _end: datetime) -> dict[str, Any]:
    """The configuration of a day; the last one is today."""
    return {"ops": {"dbt_models": {"config": {"first_day": f"{start:%Y-%m-%d}"}}}}


replay = dg.define_asset_job(
    "replay",
    dg.AssetSelection.all() - RAW,
    config=one_day,
    description="Parse a day's raw answers again, audit what comes of it, release it.",
    tags=TAGS,
)
