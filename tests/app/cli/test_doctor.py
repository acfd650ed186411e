"""What the doctor finds."""

from __future__ import annotations

from sqlalchemy import text

from app.cli.doctor import Finding, examine
from foundation.database import worker_session
from foundation.settings import Settings
from publishing import heartbeat


def scheduled(settings: Settings) -> Finding:
    return {finding.name: finding for finding in examine(settings)}["scheduled posts"]


def test_that_nothing_looks_for_scheduled_posts_is_said_with_since_when(settings: Settings) -> None:
    never = scheduled(settings)
    assert (never.well, never.detail) == (False, "nothing has looked for any yet; they wait")
    with worker_session() as session:
        heartbeat.beat(session)
    assert scheduled(settings).well
    with worker_session() as session:
        session.execute(text("UPDATE heartbeats SET at = '2022-05-04 03:02:01+00'"))
    silent = scheduled(settings)
    assert (silent.well, silent.detail) == (False, "do not go out since 2022-05-04 03:02 UTC; they wait")
    assert "dagster-daemon.log" in silent.advice
