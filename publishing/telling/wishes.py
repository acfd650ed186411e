"""How people want to be told of each kind: in the app, by e-mail, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from publishing.happenings import Kind
from publishing.telling.models import NotificationSetting


@dataclass(frozen=True)
class Wish:
    """Where someone wants to hear of a kind."""

    in_app: bool
    by_email: bool


EVERYWHERE: Final = Wish(in_app=True, by_email=True)
IN_APP: Final = Wish(in_app=True, by_email=False)
NOWHERE: Final = Wish(in_app=False, by_email=False)

# What someone has to do something about comes by e-mail too; that all went well does not come by itself.
DEFAULTS: Final[Mapping[Kind, Wish]] = {
    Kind.FAILED: EVERYWHERE,
    Kind.UNKNOWN: EVERYWHERE,
    Kind.MISSED: EVERYWHERE,
    Kind.NEEDS_RECONNECT: EVERYWHERE,
    Kind.NEEDS_APPROVAL: EVERYWHERE,
    Kind.CHANGES_REQUESTED: EVERYWHERE,
    Kind.COMMENTED: EVERYWHERE,
    Kind.APPROVED: IN_APP,
    Kind.PUBLISHED: NOWHERE,
}


def of_person(session: Session, organization_id: UUID, person_id: UUID) -> dict[Kind, Wish]:
    """What the person wants in this organization, of every kind."""
    rows = session.scalars(
        select(NotificationSetting).where(
            NotificationSetting.organization_id == organization_id, NotificationSetting.person_id == person_id
        )
    )
    chosen = {row.kind: Wish(row.in_app, row.by_email) for row in rows}
    return {kind: chosen.get(kind.value, default) for kind, default in DEFAULTS.items()}


def choose(session: Session, organization_id: UUID, person_id: UUID, wishes: Mapping[Kind, Wish]) -> None:
    """Keep what the person wants of these kinds; of others it stays."""
    for kind, wish in wishes.items():
        values = {"in_app": wish.in_app, "by_email": wish.by_email}
        key = {"organization_id": organization_id, "person_id": person_id, "kind": kind.value}
        statement = insert(NotificationSetting).values(**key, **values)
        session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
