"""Connected accounts: their tokens, encrypted at rest, refreshed ahead of their end and one at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation import keyring
from foundation.database import Base, utc_now, worker_session
from foundation.settings import Settings, get_settings
from platforms.contract import Account, Credentials, Network, RemoteAccount
from platforms.errors import NeedsReconnect, NetworkError, TemporarilyRejected, TokenRefused
from platforms.registry import network as known_network

REFRESH_AHEAD = timedelta(minutes=10)

CONNECTED, NEEDS_RECONNECT, DISCONNECTED = "connected", "needs_reconnect", "disconnected"


class ConnectedAccount(Base):
    """An account of a brand on a network. Tokens are ciphertexts of the installation's key ring."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    organization_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    network: Mapped[str]
    external_id: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text(f"'{CONNECTED}'"))
    status_reason: Mapped[str | None]
    access_token: Mapped[str]
    refresh_token: Mapped[str | None]
    token_expires_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    connected_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("now()"))
    last_synced_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    def __repr__(self) -> str:
        return f"ConnectedAccount({self.id}, {self.network}, {self.name!r}, {self.status})"


def connect(
    session: Session,
    organization_id: UUID,
    brand_id: UUID,
    remote: RemoteAccount,
    settings: Settings | None = None,
) -> UUID:
    """Connect an account, or connect it again: its id, and with it its history, stays the same.

    A refresh token the network did not send again is kept, never overwritten with nothing.
    """
    sealed = _sealed(remote.network, remote.external_id, remote.credentials, settings or get_settings())
    statement = insert(ConnectedAccount).values(
        id=uuid.uuid4(),
        organization_id=organization_id,
        network=remote.network,
        external_id=remote.external_id,
        brand_id=brand_id,
        name=remote.name,
        status=CONNECTED,
        **{"refresh_token": None, **sealed},
    )
    renewed = {
        "brand_id": brand_id,
        "name": remote.name,
        "status": CONNECTED,
        "status_reason": None,
        **sealed,
    }
    returned = session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "network", "external_id"], set_=renewed
        ).returning(ConnectedAccount.id)
    )
    return returned.scalar_one()


def connected(session: Session, *, network: str | None = None) -> list[ConnectedAccount]:
    """The session's accounts that were not disconnected, needing a reconnect or not, in a stable order."""
    query = select(ConnectedAccount).where(ConnectedAccount.status != DISCONNECTED)
    if network is not None:
        query = query.where(ConnectedAccount.network == network)
    return list(session.scalars(query.order_by(ConnectedAccount.connected_at, ConnectedAccount.id)))


def never_collected(session: Session) -> list[UUID]:
    """The session's connected accounts whose numbers were never fetched to the end."""
    query = select(ConnectedAccount.id).where(
        ConnectedAccount.status == CONNECTED, ConnectedAccount.last_synced_at.is_(None)
    )
    return list(session.scalars(query.order_by(ConnectedAccount.id)))


def usable(
    account_id: UUID,
    settings: Settings | None = None,
    *,
    networks: Callable[[str, Settings], Network] = known_network,
) -> Account:
    """The account with a token that holds, refreshed when less than 10 minutes of it are left.

    Runs in a transaction of its own. One caller refreshes, under the account's row lock; others wait
    and take the new token, which is committed before anyone uses it.

    Raises:
        LookupError: there is no such account.
        NeedsReconnect: a person has to connect it again; the account is marked so.
        TemporarilyRejected, NeedsPerson: it could not be refreshed and the old token is over.
    """
    settings = settings or get_settings()
    with worker_session(settings) as session:
        row = _load(session, account_id, lock=False)
        if not _is_due(row):
            return _account(row, settings)
    dead: NeedsReconnect
    with worker_session(settings) as session:
        row = _load(session, account_id, lock=True)
        if not _is_due(row):  # another one refreshed while this one waited for the lock
            return _account(row, settings)
        try:
            _refresh(row, networks(row.network, settings), settings)
            return _account(row, settings)
        except NeedsReconnect as error:
            row.status, row.status_reason = NEEDS_RECONNECT, error.message
            dead = error
    raise dead


def report(account: Account, error: NetworkError, settings: Settings | None = None) -> None:
    """Take note of what a network said when an account from `usable` was used.

    NeedsReconnect marks the account; TokenRefused has the next `usable` take a new token. Anything
    else says nothing about the token. So does an error about a token that has been replaced since.
    """
    if not isinstance(error, NeedsReconnect | TokenRefused):
        return
    settings = settings or get_settings()
    with worker_session(settings) as session:
        row = session.get(ConnectedAccount, UUID(account.id), with_for_update=True)
        if row is None or row.status != CONNECTED:
            return
        if _opened(row, settings).access_token != account.credentials.access_token:
            return
        if isinstance(error, NeedsReconnect):
            row.status, row.status_reason = NEEDS_RECONNECT, error.message
        elif row.refresh_token:
            row.token_expires_at = utc_now()


def mark_synced(session: Session, account_id: UUID, at: datetime) -> None:
    """Note that the account's numbers were collected at `at` (aware UTC)."""
    row = session.get_one(ConnectedAccount, account_id)
    row.last_synced_at = at


def _load(session: Session, account_id: UUID, *, lock: bool) -> ConnectedAccount:
    query = select(ConnectedAccount).where(ConnectedAccount.id == account_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise LookupError(f"there is no account {account_id}")
    if row.status != CONNECTED:
        reason = row.status_reason or "it was disconnected"
        raise NeedsReconnect(f"{row.name} has to be connected again: {reason}")
    return row


def _is_due(row: ConnectedAccount) -> bool:
    return row.token_expires_at is not None and row.token_expires_at - utc_now() < REFRESH_AHEAD


def _refresh(row: ConnectedAccount, network: Network, settings: Settings) -> None:
    """Replace the row's tokens. A token that still holds outlives a failure to replace it.

    Raises:
        NetworkError: the old token is over, too.
    """
    current = _opened(row, settings)
    try:
        renewed = network.connect.refresh(current)
    except NetworkError as error:
        holds = row.token_expires_at is not None and row.token_expires_at > utc_now()
        without_refresh = isinstance(error, NeedsReconnect) and not row.refresh_token
        if holds and (isinstance(error, TemporarilyRejected) or without_refresh):
            return
        raise
    for column, value in _sealed(row.network, row.external_id, renewed, settings).items():
        setattr(row, column, value)


def _context(network: str, external_id: str) -> str:
    """What a ciphertext belongs to: moved to another account's row, it can't be decrypted."""
    return f"{network}:{external_id}"


def _sealed(
    network: str, external_id: str, credentials: Credentials, settings: Settings
) -> dict[str, str | datetime | None]:
    """The token columns to write; without a new refresh token that column is not among them."""
    ring, context = keyring.load(settings), _context(network, external_id)
    columns: dict[str, str | datetime | None] = {
        "access_token": ring.encrypt(credentials.access_token, context),
        "token_expires_at": credentials.expires_at,
    }
    if credentials.refresh_token:
        columns["refresh_token"] = ring.encrypt(credentials.refresh_token, context)
    return columns


def _opened(row: ConnectedAccount, settings: Settings) -> Credentials:
    ring, context = keyring.load(settings), _context(row.network, row.external_id)
    return Credentials(
        access_token=ring.decrypt(row.access_token, context),
        refresh_token=ring.decrypt(row.refresh_token, context) if row.refresh_token else None,
        expires_at=row.token_expires_at,
    )


def _account(row: ConnectedAccount, settings: Settings) -> Account:
    return Account(
        id=str(row.id),
        organization_id=str(row.organization_id),
        network=row.network,
        external_id=row.external_id,
        name=row.name,
        credentials=_opened(row, settings),
    )
