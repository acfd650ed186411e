"""One run publishes what falls due in one window."""

from datetime import datetime

import dagster as dg

from foundation.database import utc_now
from foundation.settings import get_settings
from pipelines.publishing.windows import end_of_stay
from publishing.publisher import run_window


class Window(dg.Config):
    """Until when the run stays (ISO 8601 with offset); a little longer where it starts late."""

    until: str


@dg.op
def publish_window(context: dg.OpExecutionContext, config: Window) -> None:
    """Claim what falls due, prepare it early, and submit each post at its second."""
    until = end_of_stay(datetime.fromisoformat(config.until), utc_now())
    result = run_window(owner=f"run {context.run_id[:8]}", until=until, settings=get_settings())
    context.add_output_metadata(dict(vars(result)))


@dg.job(tags={"allin/kind": "publishing"})
def publish() -> None:
    """Publish the posts of one window."""
    publish_window()
