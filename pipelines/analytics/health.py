"""Once a day, and before a post is due: can every account still be used?"""

import dagster as dg

from foundation.settings import get_settings
from platforms import health
from publishing.due import accounts_due


@dg.op
def check_accounts(context: dg.OpExecutionContext) -> None:
    """Ask the networks about every account that was not checked for a day, or is about to publish."""
    settings = get_settings()
    due = dict.fromkeys([*accounts_due(settings), *health.due(settings)])
    found = health.check_all(due, settings)
    problems = {str(account_id): words for account_id, words in found.items()}
    context.add_output_metadata({"checked": len(due), "problems": dg.MetadataValue.json(problems)})


@dg.job(tags={"allin/kind": "analytics"})
def accounts_health() -> None:
    """Know before people do when an account needs them."""
    check_accounts()


hourly_health = dg.ScheduleDefinition(
    name="hourly_health",
    job=accounts_health,
    cron_schedule="37 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Accounts not checked for a day, and those with a post in the next three hours.",
)
