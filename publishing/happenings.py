"""What happened, written in the transaction of what it tells of: the outbox of all who are to be told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "allin_happenings"


class Kind(StrEnum):
    """What people and webhooks are told of."""

    PUBLISHED = "post.published"
    FAILED = "post.failed"
    UNKNOWN = "post.unknown"
    MISSED = "post.missed"
    NEEDS_APPROVAL = "post.needs_approval"
    APPROVED = "post.approved"
    CHANGES_REQUESTED = "post.changes_requested"
    COMMENTED = "post.commented"
    NEEDS_RECONNECT = "account.needs_reconnect"


_NOTE = """
WITH noted AS (INSERT INTO allin.happenings
  (organization_id, kind, brand_id, post_id, publication_id, account_id, details)
VALUES (:organization_id, :kind,
  coalesce((SELECT brand_id FROM allin.posts WHERE id = :post_id),
           (SELECT brand_id FROM allin.accounts WHERE id = :account_id)),
  :post_id, :publication_id, :account_id, CAST(:details AS jsonb)) RETURNING id)
SELECT pg_notify(:channel, '') FROM noted
"""


def note(
    session: Session,
    organization_id: UUID,
    kind: Kind,
    *,
    post_id: UUID | None = None,
    publication_id: UUID | None = None,
    account_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note that something happened; it is told once the caller's transaction commits.

    No secrets in `details`.
    """
    session.execute(
        text(_NOTE),
        {
            "channel": CHANNEL,
            "organization_id": organization_id,
            "kind": kind.value,
            "post_id": post_id,
            "publication_id": publication_id,
            "account_id": account_id,
            "details": json.dumps(dict(details or {}), default=str),
        },
    )


def was_noted(session: Session, kind: Kind, post_id: UUID, publication_id: UUID, since: datetime) -> bool:
    """Whether it happened to a publication of the post since then (aware)."""
    statement = (
        "SELECT EXISTS (SELECT FROM allin.happenings WHERE post_id = :post_id "
        "AND publication_id = :publication_id AND kind = :kind AND happened_at >= :since)"
    )
    values = {"kind": kind.value, "post_id": post_id, "publication_id": publication_id, "since": since}
    return bool(session.scalar(text(statement), values))
