"""One run publishes what falls due in one window."""

from datetime import datetime

import dagster as dg

from foundation.settings import get_settings
from publishing.publisher import run_window


class Window(dg.Config):
    """Until when the run stays (ISO 8601 with offset)."""

    until: str


@dg.op
def publish_window(context: dg.OpExecutionContext, config: Window) -> None:
    """Claim what falls due, prepare it early, and submit each post at its second."""
    result = run_window(
        owner=f"run {context.run_id[:8]}", until=datetime.fromisoformat(config.until), settings=get_settings()
    )
    context.add_output_metadata(dict(vars(result)))


@dg.job(tags={"allin/kind": "publishing"})
def publish() -> None:
    """Publish the posts of one window."""
    publish_window()
