"""The lines of the audit trail as sentences and as changes from one value to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.settings import roles, scopes
from app.views.times import moment
from identity.audit import OPERATOR, Action
from identity.permissions import Permission, Role
from identity.trail import Event

NOTHING: Final = "–"
# What it means where a line names no value.
WITHOUT: Final[Mapping[str, str]] = {
    "brands": "all",
    "accounts": "all",
    "expires_at": "never",
    "missed_after_minutes": "as installed",
}
ABOUT_ONESELF: Final[Mapping[str, str]] = {
    Action.SIGNED_IN: "signed in",
    Action.SIGN_IN_FAILED: "could not sign in",
    Action.SIGNED_OUT: "signed out",
    Action.SIGNED_OUT_EVERYWHERE: "signed out everywhere",
    Action.SESSION_REUSED: "was signed out, because a token that was used up came again",
    Action.PASSWORD_CHANGED: "changed their password",
    Action.EMAIL_CHANGED: "changed their e-mail address",
    Action.SECOND_FACTOR_ADDED: "turned on their second factor",
    Action.SECOND_FACTOR_REMOVED: "turned off their second factor",
    Action.RECOVERY_CODE_USED: "signed in with a recovery code",
    Action.JOINED: "joined the organization",
    Action.LEFT: "left the organization",
}
VERBS: Final[Mapping[str, str]] = {
    Action.CREATED: "added",
    Action.UPDATED: "changed",
    Action.DELETED: "deleted",
    Action.RESTORED: "brought back",
    Action.INVITED: "invited",
    Action.INVITED_AGAIN: "invited again",
    Action.REVOKED: "revoked",
    Action.REMOVED: "removed",
    Action.CONNECTED: "connected",
    Action.DISCONNECTED: "disconnected",
    Action.QUERIED: "queried",
    Action.IMPORTED: "imported",
    Action.EXPORTED: "exported",
}
KINDS: Final[Mapping[str, str]] = {
    "organization": "the organization",
    "brand": "the brand",
    "account": "the account",
    "member": "the member",
    "invitation": "the invitation of",
    "api_key": "the API key",
    "identity_provider": "the identity provider",
    "person": "the person",
    "session": "the session",
    "identity": "the sign-in of",
    "numbers": "what becomes of the numbers of",
    "release": "the numbers of",
    "saved_query": "the saved query",
    "reader": "the database reader",
    "file": "the file",
    "import": "the import of",
}
FIELDS: Final[Mapping[str, str]] = {
    "accent_colour": "second colour",
    "missed_after_minutes": "minutes until a post is missed",
    "provision_role": "role of new people",
    "client_id": "client id",
    "client_secret": "client secret",
    "enforced": "required for members",
    "expires_at": "end",
    "exported_at": "exported at",
    "left_out": "rows left out",
    "scopes": "what it may do",
}
# What each action is called where one chooses among them.
CHOICES: Final[Mapping[Action, str]] = {
    action: (ABOUT_ONESELF.get(action) or VERBS.get(action) or action.value.replace("_", " ")).capitalize()
    for action in Action
}


@dataclass(frozen=True)
class Change:
    """One value that changed; `before` or `after` is a dash where there was or is none."""

    field: str
    before: str
    after: str


def sentence(event: Event) -> tuple[str, str]:
    """Who, and what they did: ``("a@example.com", "changed the role of b@example.com: Member → Editor")``."""
    who = "Whoever runs this installation" if event.actor == OPERATOR else event.actor
    return who, _deed(event)


def changes(event: Event, brands: Mapping[UUID, str]) -> list[Change]:
    """What is known of the values before and after, in the order they were written."""
    before, after = event.before or {}, event.after or {}
    return [
        Change(
            FIELDS.get(field, field.replace("_", " ")),
            told(field, before.get(field), brands) if field in before else NOTHING,
            told(field, after.get(field), brands) if field in after else NOTHING,
        )
        for field in {**before, **after}
    ]


def told(field: str, value: Any, brands: Mapping[UUID, str]) -> str:
    """A value in words; a list of brands by their names, a moment in UTC."""
    if value is None or value == "":
        return WITHOUT.get(field, NOTHING)
    if field == "brands":
        return ", ".join(_brand(one, brands) for one in value) or NOTHING
    if field == "accounts" and isinstance(value, list):
        return "1 account" if len(value) == 1 else f"{len(value)} accounts"
    if field == "scopes":
        return ", ".join(map(_scope, value))
    if field == "expires_at":
        return _moment(str(value))
    if field in ("role", "provision_role"):
        return _role(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _deed(event: Event) -> str:
    if event.action == Action.SIGN_IN_FAILED:
        return _failure(event)
    if event.action in ABOUT_ONESELF:
        return ABOUT_ONESELF[event.action]
    if event.action in (Action.INVITED, Action.INVITED_AGAIN):
        role = (event.after or {}).get("role")
        return f"{VERBS[event.action]} {event.target}" + (f" as {_role(role)}" if role else "")
    if event.action == Action.UPDATED:
        return _update(event)
    verb = VERBS.get(event.action, event.action.replace("_", " "))
    return " ".join(part for part in (verb, _kind(event), event.target) if part)


def _failure(event: Event) -> str:
    wrong = (event.after or {}).get("wrong")
    if wrong:
        return f"could not sign in: wrong {wrong}"
    return "could not sign in" + (f" by {event.target}" if event.target_type == "identity_provider" else "")


def _update(event: Event) -> str:
    before, after = event.before or {}, event.after or {}
    old, new = before.get("role"), after.get("role")
    if old != new and old and new:
        return f"changed the role of {event.target}: {_role(old)} → {_role(new)}"
    fields = ", ".join(
        FIELDS.get(field, field.replace("_", " ")) for field in after if before.get(field) != after[field]
    )
    if event.target_type == "person" and event.target == event.actor:
        return f"changed their {fields}"
    of = f"{_kind(event)} {event.target}".strip()
    return f"changed {of}" + (f": {fields}" if fields else "")


def _kind(event: Event) -> str:
    return KINDS.get(event.target_type, f"the {event.target_type.replace('_', ' ')}")


def _role(value: Any) -> str:
    """A role in words; a trail is long, and may hold one that there is no more."""
    return roles.LABELS[Role(value)] if str(value) in Role.__members__ else str(value)


def _scope(value: Any) -> str:
    return scopes.words(Permission(value)) if value in set(Permission) else str(value)


def _moment(value: str) -> str:
    try:
        return moment(datetime.fromisoformat(value), ZoneInfo("UTC"))
    except ValueError:
        return value


def _brand(value: Any, brands: Mapping[UUID, str]) -> str:
    try:
        return brands.get(UUID(str(value)), f"a brand that is gone ({str(value)[:8]})")
    except ValueError:
        return str(value)
