"""Once a night, after the purge: the lake's small files are merged, and what nobody keeps is removed."""

import dagster as dg

from foundation.settings import get_settings
from warehouse import lake
from warehouse.upkeep import tidy


@dg.op(pool="build")
def tidy_lake(context: dg.OpExecutionContext) -> None:
    """Forget old raw answers, expire snapshots, merge files, remove those out of use. May be repeated."""
    settings = get_settings()
    with lake.connect(settings, goes_over_all=True) as connection:
        lake.ensure(connection)
        done = {}
        for step, count in tidy(connection, settings):
            context.log.info(
                f"{step}: {'others were writing, so the next night' if count is None else count}"
            )
            done[step] = count
    context.add_output_metadata(done)


@dg.job(tags={"allin/kind": "analytics"})
def upkeep() -> None:
    """Keep the lake small. Nothing that people can look at changes."""
    tidy_lake()


nightly_upkeep = dg.ScheduleDefinition(
    name="nightly_upkeep",
    job=upkeep,
    cron_schedule="41 3 * * *",  # an hour after the purge, between two refreshes
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Small files are merged, expired snapshots and old raw answers are removed.",
)
