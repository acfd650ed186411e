"""Whose request this is: asked of the database at every request, so who is put out is out at once.

It is the one question that every request asks, so it is one statement, prepared once, without a transaction
around it. When a session or key was last used is noted beside it, at most once a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from foundation.database import utc_now
from foundation.settings import Settings
from identity.autocommit import door_statements
from identity.errors import SignInError
from identity.opaque import digest
from identity.permissions import Permission, Role
from identity.principal import Principal, Visitor

KEY_PREFIX: Final = "allin_"
NOTED_EVERY: Final = timedelta(minutes=1)
REFUSED: Final = "This token or key is not valid, or not any more. Sign in again, or use another key."

_BRANDS = """
  (SELECT array_agg(b.brand_id) FROM membership_brands b
   WHERE b.organization_id = m.organization_id AND b.person_id = m.person_id)
"""
# The same rule as in `identity.entering`.
_SESSION = text(
    f"""
    SELECT s.id, s.last_seen_at, s.provider_id IS NOT NULL,
      p.id, p.email, p.name, p.super_admin,
      o.id, o.name, m.role, m.limited, CASE WHEN m.limited THEN {_BRANDS} END
    FROM session_tokens t
    JOIN sessions s ON s.id = t.session_id
    JOIN people p ON p.id = s.person_id
    LEFT JOIN (memberships m JOIN organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL)
      ON m.person_id = s.person_id AND m.organization_id = s.organization_id
      AND CASE
        WHEN s.provider_id IS NOT NULL THEN EXISTS (
          SELECT FROM identity_providers i
          WHERE i.id = s.provider_id AND i.organization_id = m.organization_id AND i.enabled)
        WHEN m.role = 'OWNER' THEN true
        ELSE NOT EXISTS (
          SELECT FROM identity_providers i
          WHERE i.organization_id = m.organization_id AND i.enabled AND i.enforced)
      END
    WHERE t.token_hash = :digest AND t.kind = :kind AND t.expires_at > :now
      AND s.revoked_at IS NULL AND s.expires_at > :now
    """  # noqa: S608 - put together from constants
)
_KEY = text(
    f"""
    SELECT k.id, k.last_used_at, k.scopes, k.limited,
      (SELECT array_agg(a.account_id) FROM api_key_accounts a WHERE k.limited AND a.api_key_id = k.id),
      p.id, p.email, p.name, o.id, o.name, m.role, m.limited, CASE WHEN m.limited THEN {_BRANDS} END
    FROM api_keys k
    JOIN memberships m ON m.organization_id = k.organization_id AND m.person_id = k.person_id
    JOIN organizations o ON o.id = k.organization_id AND o.deleted_at IS NULL
    JOIN people p ON p.id = k.person_id
    WHERE k.key_hash = :digest AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > :now)
    """  # noqa: S608 - put together from constants
)


def _note(table: str, column: str) -> TextClause:
    """The statement that notes a use; it waits neither for the disk nor for another that does the same."""
    return text(
        f"""
        UPDATE {table} SET {column} = :now FROM (SELECT set_config('synchronous_commit', 'off', true)) soon
        WHERE id = (
          SELECT id FROM {table} WHERE id = :id AND ({column} IS NULL OR {column} <= :due)
          FOR UPDATE SKIP LOCKED)
        """  # noqa: S608 - put together from constants
    )


_NOTE_SESSION = _note("sessions", "last_seen_at")
_NOTE_KEY = _note("api_keys", "last_used_at")


def signed_in(token: str | None, *, settings: Settings | None = None) -> Visitor | Principal | None:
    """Whose session a browser's cookie opens: a member's, or of someone who is in no organization (any more).

    None: it is unknown, expired or ended, or confined to an organization that it may not enter any more.
    """
    return _of_session(token, "cookie", settings) if token else None


def authenticate(bearer: str, *, settings: Settings | None = None) -> Visitor | Principal:
    """Whose access token or API key this is.

    Raises:
        SignInError: nobody's, or not any more.
    """
    is_key = bearer.startswith(KEY_PREFIX)
    found = _of_key(bearer, settings) if is_key else _of_session(bearer, "access", settings)
    if found is None:
        raise SignInError(REFUSED)
    return found


def _of_session(token: str, kind: str, settings: Settings | None) -> Visitor | Principal | None:
    now = utc_now()
    values = {"digest": digest(token), "kind": kind, "now": now}
    with door_statements(settings) as connection:
        row = connection.execute(_SESSION, values).one_or_none()
        if row is None:
            return None
        session_id, seen_at, confined, person_id, email, name, super_admin, *membership = row
        _note_use(connection, _NOTE_SESSION, session_id, seen_at, now)
    # An organization's provider may vouch for anybody, so its word gives nothing beyond the organization.
    visitor = (person_id, email, name, super_admin and not confined, session_id, confined)
    organization_id, organization_name, role, limited, brand_ids = membership
    if organization_id is None:
        return None if confined else Visitor(*visitor)
    if confined and role == Role.OWNER:
        # An ADMIN can set up a provider that vouches for an OWNER, and must not become more by it.
        role = Role.ADMIN
    return Principal(*visitor, organization_id, organization_name, Role(role), _limit(limited, brand_ids))


def _of_key(key: str, settings: Settings | None) -> Principal | None:
    now = utc_now()
    with door_statements(settings) as connection:
        row = connection.execute(_KEY, {"digest": digest(key), "now": now}).one_or_none()
        if row is None:
            return None
        key_id, used_at, scopes, to_accounts, account_ids, *member = row
        _note_use(connection, _NOTE_KEY, key_id, used_at, now)
    person_id, email, name, organization_id, organization_name, role, limited, brand_ids = member
    return Principal(
        person_id=person_id,
        email=email,
        name=name,
        super_admin=False,  # a key opens one organization, not the installation
        session_id=None,
        confined=False,
        organization_id=organization_id,
        organization_name=organization_name,
        role=Role(role),
        brand_ids=_limit(limited, brand_ids),
        scopes=_scopes(scopes),
        account_ids=_limit(to_accounts, account_ids),
        api_key_id=key_id,
    )


def _limit(limited: bool, ids: Sequence[UUID] | None) -> frozenset[UUID] | None:
    """What a limited caller sees; one whose every brand is gone sees nothing."""
    return frozenset(ids or ()) if limited else None


def _scopes(kept: Iterable[str]) -> frozenset[Permission]:
    return frozenset(permission for permission in Permission if permission.value in set(kept))


def _note_use(
    connection: Connection, statement: TextClause, row_id: UUID, noted_at: datetime | None, now: datetime
) -> None:
    if noted_at is None or noted_at <= now - NOTED_EVERY:
        values: dict[str, Any] = {"now": now, "id": row_id, "due": now - NOTED_EVERY}
        connection.execute(statement, values)
