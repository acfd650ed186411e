"""Looking at the outbox, writing into it, and moving its clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, text

from foundation.database import worker_session
from foundation.settings import Settings
from mail import outbox
from mail.message import Email, Look

LINK = "https://app.example.com/confirm?token=s3cret-t0ken"


def enqueue(
    settings: Settings, to: str = "reader@example.com", name: str = "Reader", look: Look | None = None
) -> UUID:
    """One e-mail, committed."""
    email = Email(to, "verify_address", {"link": LINK, "name": name}, look or Look())
    with worker_session(settings) as session:
        return outbox.enqueue(session, email, settings)


def organization(settings: Settings) -> UUID:
    """A new organization."""
    made = uuid4()
    with worker_session(settings) as session:
        session.execute(text("INSERT INTO organizations (id, name) VALUES (:id, 'Acme')"), {"id": made})
    return made


def row(settings: Settings, email_id: UUID) -> RowMapping:
    """A row of the outbox."""
    with worker_session(settings) as session:
        found = session.execute(text("SELECT * FROM emails WHERE id = :id"), {"id": email_id})
        return found.mappings().one()


def states(settings: Settings) -> dict[UUID, str]:
    """The state of every e-mail."""
    with worker_session(settings) as session:
        found = session.execute(text("SELECT id, state FROM emails ORDER BY created_at, id"))
        return {row.id: row.state for row in found}


def pass_time(settings: Settings, by: timedelta) -> None:
    """Let the outbox be as it will be after this time."""
    moved = ("not_before", "lease_until", "handed_over_at", "sent_at", "created_at")
    changes = ", ".join(f"{column} = {column} - :by" for column in moved)
    with worker_session(settings) as session:
        session.execute(text(f"UPDATE emails SET {changes}"), {"by": by})


def wait_until(condition: Callable[[], Any], seconds: float = 15) -> None:
    """Wait for it; fail when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.02)
