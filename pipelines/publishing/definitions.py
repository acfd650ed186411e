"""The publishing code location, assembled: it loads neither dbt nor the models."""

from __future__ import annotations

import dagster as dg

from pipelines.publishing.jobs import publish
from pipelines.publishing.sensors import due_posts

defs = dg.Definitions(jobs=[publish], sensors=[due_posts], executor=dg.in_process_executor)
