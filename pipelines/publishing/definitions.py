"""The publishing code location, assembled: it loads neither dbt nor the models."""

from __future__ import annotations

import dagster as dg

from pipelines.publishing.jobs import publish
from pipelines.publishing.recurring import hourly_recurring, recurring
from pipelines.publishing.sensors import due_posts

defs = dg.Definitions(
    jobs=[publish, recurring],
    schedules=[hourly_recurring],
    sensors=[due_posts],
    executor=dg.in_process_executor,
)
