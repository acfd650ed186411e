"""What a recurrence says each time: a draft without its time, as it is stored, and as it is composed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from platforms.message import Kind
from publishing.content import files
from publishing.drafts import Draft
from publishing.scheduling.models import Recurrence


def stored(draft: Draft) -> dict[str, Any]:
    """What is kept of a draft, as JSON: neither its accounts nor its time."""
    return {
        "text": draft.text,
        "link": draft.link,
        "kind": draft.kind.value,
        "title": draft.title,
        "media": [asdict(file) for file in draft.media],
        "own": {str(account_id): dict(own) for account_id, own in draft.own.items()},
        "parts": list(draft.parts),
        "first_comment": draft.first_comment,
        "labels": list(draft.labels),
    }


def composed(recurrence: Recurrence, occurrence: datetime, due_at: datetime) -> Draft:
    """The draft of one occurrence (wall-clock, without zone), due at a moment (aware UTC)."""
    kept = recurrence.content
    return Draft(
        brand_id=recurrence.brand_id,
        account_ids=list(recurrence.account_ids),
        text=kept["text"],
        link=kept["link"],
        due_at=due_at,
        created_by=recurrence.created_by,
        kind=Kind(kept["kind"]),
        title=kept["title"],
        media=files(kept["media"]),
        own={UUID(account_id): own for account_id, own in kept["own"].items()},
        parts=kept["parts"],
        first_comment=kept["first_comment"],
        labels=kept["labels"],
        recurrence_id=recurrence.id,
        occurrence=occurrence,
    )
