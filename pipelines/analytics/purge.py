"""Once a day: what was deleted 30 days ago is removed for good, from PostgreSQL and from the lake; what was
told long ago is forgotten; what killed processes left unfinished is swept up.
"""

import dagster as dg

from foundation.settings import get_settings
from identity import installation
from platforms import media
from publishing import library
from publishing.telling import retention
from warehouse import lake
from warehouse.analysts import copy, readers
from warehouse.forgetting import forget_gone


@dg.op
def remove_deleted_organizations(context: dg.OpExecutionContext) -> None:
    """Remove organizations, and then what the lake and the folders of files have of any that are gone.

    May be repeated.
    """
    settings = get_settings()
    removed = installation.purge(settings)
    with lake.connect(settings) as connection:
        lake.ensure(connection)
        rows = forget_gone(connection, settings)
    files = library.forget_gone(settings)
    copies, roles = copy.forget_gone(settings), readers.drop_gone(settings)
    context.add_output_metadata(
        {
            "organizations": len(removed), "rows": rows, "with_files": files,
            "with_copies": copies, "readers": roles,
        }
    )  # fmt: skip


@dg.op
def forget_what_was_told(context: dg.OpExecutionContext) -> None:
    """Delete old notifications, deliveries and what they told of. May be repeated."""
    context.add_output_metadata(dict(retention.forget(get_settings())))


@dg.op
def sweep_unfinished_files(context: dg.OpExecutionContext) -> None:
    """Remove files that a killed process was writing. May be repeated."""
    context.add_output_metadata({"files": media.tidy(get_settings())})


@dg.job(tags={"allin/kind": "analytics"})
def purge() -> None:
    """Remove for good what was deleted 30 days ago, and what is kept no longer."""
    remove_deleted_organizations()
    forget_what_was_told()
    sweep_unfinished_files()


nightly_purge = dg.ScheduleDefinition(
    name="nightly_purge",
    job=purge,
    cron_schedule="41 2 * * *",  # between two hourly refreshes
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="What was deleted 30 days ago, or is kept no longer, is removed for good.",
)
