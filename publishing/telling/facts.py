"""What a happening is about, as it stands when it is told: the post, its account and its brand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.settings import Settings
from platforms import registry
from publishing.happenings import Kind
from publishing.telling.models import Happening

_ABOUT: Final = """
SELECT p.text, p.title, b.name AS brand, b.timezone, a.name AS account, a.network, u.due_at, u.state
FROM (SELECT) nothing
LEFT JOIN allin.posts p ON p.id = :post_id
LEFT JOIN allin.publications u ON u.id = :publication_id
LEFT JOIN allin.accounts a ON a.id = :account_id
LEFT JOIN allin.brands b ON b.id = :brand_id
"""
# Of the details, what people and programs are told.
_TOLD: Final = ("problem", "advice", "permalink", "by_name", "words", "reminder", "still_works")


@dataclass(frozen=True)
class Facts:
    """A happening with the names around it; what it is not about is None. Times are aware UTC.

    `details` holds texts alone, of names that are meant to be told.
    """

    id: int
    kind: Kind
    happened_at: datetime
    organization_id: UUID
    brand_id: UUID | None
    post_id: UUID | None
    publication_id: UUID | None
    account_id: UUID | None
    text: str | None
    brand: str | None
    timezone: str | None
    account: str | None
    network: str | None
    label: str | None
    due_at: datetime | None
    state: str | None
    details: dict[str, str]


def of(session: Session, happening: Happening, settings: Settings) -> Facts:
    """Look up what a happening is about; what was deleted since is missing."""
    ids: dict[str, Any] = {
        name: getattr(happening, name) for name in ("brand_id", "post_id", "publication_id", "account_id")
    }
    row = session.execute(text(_ABOUT), ids).one()
    return Facts(
        id=happening.id,
        kind=Kind(happening.kind),
        happened_at=happening.happened_at,
        organization_id=happening.organization_id,
        **ids,
        text=row.text or row.title,
        brand=row.brand,
        timezone=row.timezone,
        account=row.account,
        network=row.network,
        label=_label(row.network, settings),
        due_at=row.due_at,
        state=row.state,
        details={name: str(said) for name in _TOLD if (said := happening.details.get(name))},
    )


def _label(network: str | None, settings: Settings) -> str | None:
    return None if network is None else registry.network(network, settings).label
