"""Reminding: who has not decided is asked again after the step's hours, once for each such interval.

Of a post that comes again only once its time is near: its posts are made for months ahead.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.database import worker_session
from foundation.settings import Settings
from publishing.approvals.asking import ask
from publishing.approvals.letters import NEAR

AT_ONCE: Final = 50  # rounds in one transaction
_DUE: Final = """
SELECT r.id FROM allin.approval_rounds r
JOIN allin.posts p ON p.id = r.post_id AND p.deleted_at IS NULL AND p.version = r.version
JOIN allin.organizations o ON o.id = r.organization_id AND o.deleted_at IS NULL
WHERE r.state = 'open' AND (r.steps -> r.step ->> 'remind_after_hours')::integer > 0
  AND r.asked_at <= now() - make_interval(hours => (r.steps -> r.step ->> 'remind_after_hours')::integer)
  AND EXISTS (SELECT FROM allin.publications u WHERE u.post_id = p.id AND u.state = 'in_review'
    AND (p.recurrence_id IS NULL OR u.due_at <= now() + :near))
ORDER BY r.asked_at
LIMIT :at_once FOR UPDATE OF r SKIP LOCKED
"""
_ASKED: Final = "UPDATE allin.approval_rounds SET asked_at = now() WHERE id = :id"


def remind(settings: Settings) -> int:
    """Ask again wherever the hours of a step have passed since its people were asked last; how often it did.

    May be called by any number of processes at any time. One that dies in the middle has reminded nobody.
    """
    total = 0
    while True:
        with worker_session(settings) as session:
            reminded = _some(session)
        total += reminded
        if reminded < AT_ONCE:
            return total


def _some(session: Session) -> int:
    due = session.scalars(text(_DUE), {"at_once": AT_ONCE, "near": NEAR}).all()
    for round_id in due:
        session.execute(text(_ASKED), {"id": round_id})
        ask(session, round_id, reminder=True)
    return len(due)
