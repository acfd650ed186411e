"""`python -m pipelines.run_job JOB [CONFIGURATION]`: run an analytics job in this process.

What the command line starts. The configuration is a file of JSON. The run appears in Dagster and waits for
its pools like any other; before it, runs that were killed give theirs back.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from socket import gethostname

import dagster as dg

from foundation.settings import get_settings
from pipelines.dead_runs import HOST, sweep
from warehouse import releases, upkeep


def main(job: str, configuration: str | None = None) -> bool:
    """Run it; returns whether it succeeded.

    Raises:
        dagster.DagsterInvalidDefinitionError: there is no such job.
    """
    from pipelines.analytics.definitions import defs  # reads the settings and dbt's models

    config = json.loads(Path(configuration).read_text()) if configuration else None
    with dg.DagsterInstance.get() as instance:
        sweep(instance)
        done = defs.resolve_job_def(job).execute_in_process(
            instance=instance, run_config=config, tags={HOST: gethostname()}, raise_on_error=False
        )
    if not done.success:
        settings = get_settings()
        reason = f"run {done.run_id[:8]} ended before its audit; its log says why"
        releases.fail_if_running(done.run_id, [upkeep.shortage(settings) or reason], settings)
    return done.success


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
