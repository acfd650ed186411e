"""Every hour: the coming posts of recurrences, so that they are there to be seen long before they go out."""

import dagster as dg

from foundation.settings import get_settings
from publishing.scheduling.materialising import materialise_all


@dg.op
def make_coming_posts(context: dg.OpExecutionContext) -> None:
    """Make the posts of the next 60 days. May be repeated: each is made once."""
    made = materialise_all(get_settings())
    context.add_output_metadata({"recurrences": len(made), "posts": sum(made.values())})


@dg.job(tags={"allin/kind": "publishing"})
def recurring() -> None:
    """Make the coming posts of recurrences."""
    make_coming_posts()


hourly_recurring = dg.ScheduleDefinition(
    name="hourly_recurring",
    job=recurring,
    cron_schedule="23 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Posts that come again, made 60 days ahead.",
)
