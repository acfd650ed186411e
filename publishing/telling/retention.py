"""What was told is forgotten in time: deliveries first, then notifications, then what they told of."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import Settings

AT_ONCE: Final = 5_000  # rows of one transaction, so that no long one holds up who works meanwhile

_OLD: Final = {
    "deliveries": """
DELETE FROM allin.webhook_deliveries WHERE id IN (
  SELECT id FROM allin.webhook_deliveries
  WHERE state IN ('delivered', 'failed') AND created_at < now() - :kept LIMIT :at_once)
""",
    "notifications": """
DELETE FROM allin.notifications WHERE id IN (
  SELECT id FROM allin.notifications WHERE created_at < now() - :kept ORDER BY id LIMIT :at_once)
""",
    # Lines of e-mails, and whatever is left of it, go with it.
    "happenings": """
DELETE FROM allin.happenings WHERE id IN (
  SELECT id FROM allin.happenings WHERE told_at < now() - :kept ORDER BY id LIMIT :at_once)
""",
}


def forget(settings: Settings) -> dict[str, int]:
    """Delete what is older than the settings keep it; how many of each. May be repeated at any time.

    What was not told yet stays, however old; so does a delivery that is still being tried.
    """
    notifications = timedelta(days=settings.keep_notifications_days)
    deliveries = timedelta(days=settings.keep_deliveries_days)
    kept = {
        "deliveries": deliveries,
        "notifications": notifications,
        "happenings": max(deliveries, notifications),
    }
    return {name: _forget(statement, kept[name], settings) for name, statement in _OLD.items()}


def _forget(statement: str, kept: timedelta, settings: Settings) -> int:
    total = 0
    while True:
        with worker_session(settings) as session:
            found = session.execute(text(statement), {"kept": kept, "at_once": AT_ONCE})
            deleted = int(found.rowcount)  # type: ignore[attr-defined]
        total += deleted
        if deleted < AT_ONCE:
            return total
