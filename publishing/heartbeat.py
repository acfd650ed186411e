"""The sign of life of scheduled publishing: written by the sensor, read by every view of posts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

NAME = "publishing"
SILENCE = timedelta(minutes=1)  # the sensor ticks every few seconds; a busy machine may skip some


def beat(session: Session) -> None:
    """Note that scheduled posts are being looked for right now. Needs a worker's session."""
    session.execute(
        text(
            "INSERT INTO heartbeats (name, at) VALUES (:name, now()) "
            "ON CONFLICT (name) DO UPDATE SET at = now()"
        ),
        {"name": NAME},
    )


def silent_since(session: Session) -> datetime | None:
    """When scheduled publishing was last alive (aware UTC), if that is too long ago; None when it is alive.

    An installation whose publishing never ran says so as silent since the beginning of time.
    """
    row = session.execute(
        text("SELECT at FROM heartbeats WHERE name = :name AND at > now() - :silence"),
        {"name": NAME, "silence": SILENCE},
    ).one_or_none()
    if row is not None:
        return None
    last: datetime | None = session.scalar(
        text("SELECT at FROM heartbeats WHERE name = :name"), {"name": NAME}
    )
    return last or datetime.min.replace(tzinfo=UTC)
