"""Who is to be told of a happening.

Members alone, and those only who see its brand and may do something about it; nobody where it is about an
approval that is not waited for any more. The happening's details may say more: `person_ids` names the people
it is for, whatever its kind; `by_person_id` who did it, and so knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from identity.permissions import Permission, Role, permissions_of
from publishing.happenings import Kind
from publishing.telling.models import Happening
from publishing.telling.wishes import DEFAULTS, Wish

_MEMBERS: Final = """
SELECT m.person_id AS id, m.role, m.limited, s.in_app, s.by_email
FROM allin.memberships m
JOIN allin.organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
LEFT JOIN allin.notification_settings s
  ON s.organization_id = m.organization_id AND s.person_id = m.person_id AND s.kind = :kind
WHERE m.organization_id = :organization_id AND (NOT m.limited OR EXISTS (
  SELECT FROM allin.membership_brands b
  WHERE b.organization_id = m.organization_id AND b.person_id = m.person_id AND b.brand_id = :brand_id))
ORDER BY m.person_id
"""
_AUTHORS: Final = """
SELECT created_by FROM allin.posts WHERE id = :post_id
UNION SELECT submitted_by FROM allin.approval_rounds WHERE post_id = :post_id
"""
# Locked: who ends the step at this moment waits, and marks read what is written here.
_STILL_ASKED: Final = """
SELECT true FROM allin.approval_rounds
WHERE id = :round_id AND state = 'open' AND steps -> step ->> 'name' = :step FOR SHARE
"""
_CAN_HELP: Final[Mapping[Kind, Permission]] = {
    Kind.FAILED: Permission.POSTS_WRITE,
    Kind.UNKNOWN: Permission.POSTS_WRITE,
    Kind.MISSED: Permission.POSTS_WRITE,
    Kind.NEEDS_APPROVAL: Permission.POSTS_APPROVE,
    Kind.NEEDS_RECONNECT: Permission.ACCOUNTS_CONNECT,
}


@dataclass(frozen=True)
class Recipient:
    """A member, and where they want to hear of it."""

    person_id: UUID
    wish: Wish


def of(session: Session, happening: Happening) -> list[Recipient]:
    """Who is told, each with what they want; nobody of an organization that was deleted."""
    values = {
        "organization_id": happening.organization_id,
        "brand_id": happening.brand_id,
        "kind": happening.kind,
    }
    kind = Kind(happening.kind)
    if kind is Kind.NEEDS_APPROVAL and not _still_asked(session, happening):
        return []
    members = session.execute(text(_MEMBERS), values).all()
    named = _named(session, kind, happening)
    who_did_it = _ids([happening.details.get("by_person_id")])
    return [
        Recipient(row.id, _wish(kind, row))
        for row in members
        if row.id not in who_did_it and (_helps(kind, row) if named is None else row.id in named)
    ]


def _still_asked(session: Session, happening: Happening) -> bool:
    """Whether the round still waits at the step that the happening is about."""
    about = {name: happening.details.get(name) for name in ("round_id", "step")}
    return about["round_id"] is None or bool(session.scalar(text(_STILL_ASKED), about))


def may_concern(kind: Kind, held: Set[Permission]) -> bool:
    """Whether somebody who holds these permissions can be told of the kind at all."""
    if kind is Kind.COMMENTED:
        return not held.isdisjoint({Permission.POSTS_WRITE, Permission.POSTS_APPROVE})
    return _CAN_HELP.get(kind, Permission.POSTS_WRITE) in held


def _named(session: Session, kind: Kind, happening: Happening) -> frozenset[UUID] | None:
    """Whom it is for by name; None: whoever can help."""
    given = happening.details.get("person_ids")
    if isinstance(given, list):
        return _ids(given)
    if kind in _CAN_HELP:
        return None
    return _ids(session.scalars(text(_AUTHORS), {"post_id": happening.post_id}))


def _ids(values: Iterable[Any]) -> frozenset[UUID]:
    return frozenset(UUID(str(value)) for value in values if value is not None)


def _helps(kind: Kind, row: Row[Any]) -> bool:
    return _CAN_HELP[kind] in permissions_of(Role(row.role), limited=row.limited)


def _wish(kind: Kind, row: Row[Any]) -> Wish:
    return DEFAULTS[kind] if row.in_app is None else Wish(row.in_app, row.by_email)
