"""Whether a post has to be approved before it may be scheduled, and the beginning of a round of approval."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from publishing.approvals.asking import ask
from publishing.telling import inbox

_STEPS = """
SELECT jsonb_agg(jsonb_build_object('name', name, 'needs', needs, 'of_client', of_client, 'role', role,
  'person_ids', person_ids, 'client_email', client_email, 'remind_after_hours', remind_after_hours)
  ORDER BY position)
FROM approval_steps WHERE brand_id = :brand_id
"""
_CLEARED = """
SELECT NOT EXISTS (SELECT FROM approval_steps WHERE brand_id = p.brand_id) OR EXISTS (
  SELECT FROM approval_rounds r WHERE r.post_id = p.id AND r.version = p.version AND r.state = 'approved')
FROM posts p WHERE p.id = :post_id
"""
_OPEN = """
INSERT INTO approval_rounds (id, organization_id, post_id, version, steps, state, submitted_by)
VALUES (:id, :organization_id, :post_id, :version, CAST(:steps AS jsonb), 'open', :submitted_by)
"""


def is_needed(session: Session, brand_id: UUID) -> bool:
    """Whether the brand has an approval workflow."""
    query = "SELECT EXISTS (SELECT FROM approval_steps WHERE brand_id = :brand_id)"
    return bool(session.scalar(text(query), {"brand_id": brand_id}))


def is_cleared(session: Session, post_id: UUID) -> bool:
    """Whether the post may go out as it says now: its brand has no workflow, or this version was approved."""
    return bool(session.scalar(text(_CLEARED), {"post_id": post_id}))


def open_round(
    session: Session,
    organization_id: UUID,
    post_id: UUID,
    brand_id: UUID,
    version: int,
    submitted_by: UUID | None,
) -> UUID:
    """Submit this version of a post, with the workflow's steps as they are now, and have the people of the
    first one told; the round's id.

    Raises:
        IntegrityError: a round is open already.
    """
    round_id = uuid4()
    steps = session.scalar(text(_STEPS), {"brand_id": brand_id}) or []
    values = {"id": round_id, "organization_id": organization_id, "post_id": post_id, "version": version}
    session.execute(text(_OPEN), {**values, "steps": json.dumps(steps), "submitted_by": submitted_by})
    ask(session, round_id)
    return round_id


def withdraw(session: Session, post_id: UUID) -> None:
    """End the open round of a post that was changed or deleted; nobody is asked to approve it any more."""
    statement = "UPDATE approval_rounds SET state = 'withdrawn', ended_at = now() "
    session.execute(text(statement + "WHERE post_id = :post_id AND state = 'open'"), {"post_id": post_id})
    inbox.settle_approvals(session, post_id)
