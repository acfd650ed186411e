"""Once a day: what was deleted 30 days ago is removed for good, from PostgreSQL and from the lake."""

import dagster as dg

from foundation.settings import get_settings
from identity import installation
from warehouse import lake
from warehouse.forgetting import forget_gone


@dg.op
def remove_deleted_organizations(context: dg.OpExecutionContext) -> None:
    """Remove organizations, and then what the lake has of any that are gone. May be repeated."""
    settings = get_settings()
    removed = installation.purge(settings)
    with lake.connect(settings) as connection:
        lake.ensure(connection)
        rows = forget_gone(connection, settings)
    context.add_output_metadata({"organizations": len(removed), "rows": rows})


@dg.job(tags={"allin/kind": "analytics"})
def purge() -> None:
    """Remove for good what was deleted 30 days ago."""
    remove_deleted_organizations()


nightly_purge = dg.ScheduleDefinition(
    name="nightly_purge",
    job=purge,
    cron_schedule="41 2 * * *",  # between two hourly refreshes
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="What was deleted 30 days ago is removed for good.",
)
