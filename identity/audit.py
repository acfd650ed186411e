"""The audit trail: who did what to what, when and from where. Append-only, by the database's own rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from identity.models import AuditEvent
from identity.principal import Origin, Visitor
from identity.work import Door, Work

OPERATOR = "operator"  # at the command line of the installation
REDACTED = "(secret)"
_SECRET_PARTS = ("secret", "password", "token", "hash", "code")


class Action(StrEnum):
    """What can have happened; later features add theirs here."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    SESSION_REUSED = "session_reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - names what happened
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODE_USED = "recovery_code_used"
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    RESTORED = "restored"
    INVITED = "invited"
    INVITED_AGAIN = "invited_again"
    REVOKED = "revoked"
    JOINED = "joined"
    LEFT = "left"
    REMOVED = "removed"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    QUERIED = "queried"
    IMPORTED = "imported"
    EXPORTED = "exported"


@dataclass(frozen=True)
class Target:
    """What it happened to: its kind ("brand"), its id, and the name people know it by."""

    type: str
    id: UUID | str | None
    name: str = ""


def record(
    work: Work,
    action: Action,
    target: Target,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one line of the caller's organization's trail, in the transaction of what it tells of.

    `before` and `after` hold the settings that changed, as JSON values; secrets among them are blotted out.
    """
    principal = work.principal
    write(
        work.session,
        work.origin,
        principal,
        action,
        target,
        principal.organization_id,
        before=before,
        after=after,
    )


def record_at_door(
    door: Door,
    action: Action,
    target: Target,
    *,
    who: Visitor | str,
    organization_id: UUID | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one line of what happened at the door; `who` is a visitor, or an address or `OPERATOR`."""
    write(door.session, door.origin, who, action, target, organization_id, before=before, after=after)


def write(
    session: Session,
    origin: Origin,
    who: Visitor | str,
    action: Action,
    target: Target,
    organization_id: UUID | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one line with whatever session is at hand."""
    person = None if isinstance(who, str) else who
    session.execute(
        insert(AuditEvent).values(
            organization_id=organization_id,
            person_id=person.person_id if person else None,
            api_key_id=getattr(person, "api_key_id", None),
            actor=person.email if person else who,
            action=action.value,
            target_type=target.type,
            target_id=None if target.id is None else str(target.id),
            target=target.name,
            ip=origin.ip,
            user_agent=origin.user_agent and origin.user_agent[:400],
            before=_without_secrets(before),
            after=_without_secrets(after),
        )
    )


def _without_secrets(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: REDACTED if any(part in name.lower() for part in _SECRET_PARTS) else value
        for name, value in values.items()
    }
