"""Running the analytics jobs in this process."""

from __future__ import annotations

import dagster as dg


def run(job: str) -> dg.ExecuteInProcessResult:
    """Run a job of the analytics location; a failure is in the result."""
    from pipelines.analytics.definitions import defs  # reads the settings: only once they are a test's

    with dg.DagsterInstance.ephemeral() as instance:
        return defs.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)
