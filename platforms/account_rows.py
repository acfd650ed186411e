"""A connected account as it is stored: its row, with tokens encrypted at rest."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, DateTime, Text, Uuid, column, exists, table, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from foundation import keyring
from foundation.database import SCHEMA, Base
from foundation.settings import Settings
from platforms.contract import Account, Credentials

CONNECTED, NEEDS_RECONNECT, DISCONNECTED = "connected", "needs_reconnect", "disconnected"
IMPORTED = "imported"  # there for history from files alone: it has no tokens, and no network is asked
UNREACHABLE = (DISCONNECTED, IMPORTED)


class ConnectedAccount(Base):
    """An account of a brand on a network. Tokens are ciphertexts of the installation's key ring."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    network: Mapped[str]
    external_id: Mapped[str]
    name: Mapped[str]
    handle: Mapped[str] = mapped_column(server_default=text("''"))
    server: Mapped[str] = mapped_column(server_default=text("''"))
    status: Mapped[str] = mapped_column(server_default=text(f"'{CONNECTED}'"))
    status_reason: Mapped[str | None]
    access_token: Mapped[str]
    refresh_token: Mapped[str | None]
    extra: Mapped[str | None]
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    token_expires_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    access_ends_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    checked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    check_problem: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    connected_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("now()"))
    last_synced_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    def __repr__(self) -> str:
        return f"ConnectedAccount({self.id}, {self.network}, {self.name!r}, {self.status})"


_ORGANIZATIONS = table(
    "organizations", column("id", Uuid()), column("deleted_at", DateTime(timezone=True)), schema=SCHEMA
)


def is_wanted() -> ColumnElement[bool]:
    """The account's organization was not deleted: of one that was, no network is asked anything."""
    present = _ORGANIZATIONS.c.id == ConnectedAccount.organization_id
    return exists().where(present, _ORGANIZATIONS.c.deleted_at.is_(None)).correlate(ConnectedAccount)


def _context(network: str, external_id: str) -> str:
    """What a ciphertext belongs to: moved to another account's row, it can't be decrypted."""
    return f"{network}:{external_id}"


def sealed(
    network: str, external_id: str, credentials: Credentials, settings: Settings
) -> dict[str, str | datetime | list[str] | None]:
    """The columns to write; what the network did not send again (refresh token, scopes) is not among them."""
    ring, context = keyring.load(settings), _context(network, external_id)
    columns: dict[str, str | datetime | list[str] | None] = {
        "access_token": ring.encrypt(credentials.access_token, context),
        "token_expires_at": credentials.expires_at,
    }
    if credentials.refresh_token:
        columns["refresh_token"] = ring.encrypt(credentials.refresh_token, context)
    if credentials.scopes is not None:
        columns["scopes"] = sorted(credentials.scopes)
    if credentials.extra:
        columns["extra"] = ring.encrypt(json.dumps(dict(credentials.extra)), context)
    return columns


def opened(row: ConnectedAccount, settings: Settings) -> Credentials:
    """The row's tokens, decrypted. Raises KeyRingError."""
    ring, context = keyring.load(settings), _context(row.network, row.external_id)
    return Credentials(
        access_token=ring.decrypt(row.access_token, context),
        refresh_token=ring.decrypt(row.refresh_token, context) if row.refresh_token else None,
        expires_at=row.token_expires_at,
        scopes=frozenset(row.scopes) if row.scopes is not None else None,
        extra=json.loads(ring.decrypt(row.extra, context)) if row.extra else {},
    )


def opened_account(row: ConnectedAccount, settings: Settings) -> Account:
    """The account with its tokens, for a connector. Raises KeyRingError."""
    return Account(
        id=str(row.id),
        organization_id=str(row.organization_id),
        network=row.network,
        external_id=row.external_id,
        name=row.name,
        credentials=opened(row, settings),
        server=row.server,
    )
