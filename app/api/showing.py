"""From what publishing reads to what the API answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.api.schemas import posts as models
from identity.errors import NotFoundError
from publishing import reading
from publishing.models import Attempt, PostRevision
from publishing.reading import Found, OnAccount

_OF_POST = (
    "id", "brand_id", "version", "text", "link", "kind", "title", "media", "parts", "first_comment", "labels",
    "campaign_id", "recurrence_id", "occurrence", "created_by", "created_at", "updated_at",
)  # fmt: skip
_OF_PUBLICATION = (
    "id", "post_id", "account_id", "network", "part", "follows_id", "state", "due_at", "sent_at",
    "published_at", "confirm_at", "external_id", "permalink", "problem", "advice", "asks_person",
    "attempt_count",
)  # fmt: skip


def post(found: Found) -> models.Post:
    """A post with its publications."""
    return models.Post.model_validate(
        {**_of_post(found), "publications": [_of_publication(one) for one in found.publications]}
    )


def post_in_full(
    found: Found, ledgers: dict[Any, list[Attempt]], revisions: Sequence[PostRevision]
) -> models.PostInFull:
    """Everything about a post."""
    publications = [publication_in_full(one, ledgers.get(one.row.id, [])) for one in found.publications]
    return models.PostInFull.model_validate(
        {**_of_post(found), "publications": publications, "revisions": [_revision(one) for one in revisions]}
    )


def read_post(session: Session, post_id: UUID) -> models.PostInFull:
    """Everything about a post as it is now.

    Raises:
        NotFoundError: there is none.
    """
    session.flush()
    found = reading.post(session, post_id)
    if found is None:
        raise NotFoundError("There is no such post.")
    ledgers = reading.attempts_of(session, [one.row.id for one in found.publications])
    return post_in_full(found, ledgers, reading.revisions(session, post_id))


def publication(one: OnAccount) -> models.Publication:
    """A publication."""
    return models.Publication.model_validate(_of_publication(one))


def publication_in_full(one: OnAccount, ledger: Sequence[Attempt]) -> models.PublicationInFull:
    """A publication with its ledger."""
    attempts = [models.Attempt.model_validate(attempt) for attempt in ledger]
    return models.PublicationInFull.model_validate({**_of_publication(one), "attempts": attempts})


def _of_post(found: Found) -> dict[str, Any]:
    offset = found.post.campaign_offset
    return {
        **{name: getattr(found.post, name) for name in _OF_POST},
        "state": found.state,
        "campaign_offset_s": None if offset is None else round(offset.total_seconds()),
    }


def _of_publication(one: OnAccount) -> dict[str, Any]:
    return {
        **{name: getattr(one.row, name) for name in _OF_PUBLICATION},
        "account_name": one.account_name,
        "content": one.content.as_json(),
        "sent": one.row.sent is not None,
    }


def _revision(revision: PostRevision) -> dict[str, Any]:
    kept = dict(revision.content)
    return {
        "version": revision.version,
        "content": kept,
        **{name: kept.get(name, default) for name, default in _OF_REVISION.items()},
        "made_by": revision.made_by,
        "made_at": revision.made_at,
    }


_OF_REVISION: dict[str, Any] = {"parts": [], "first_comment": "", "labels": []}
