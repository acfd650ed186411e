"""Connected accounts: connect, list, and use them with tokens refreshed ahead of their end, one at a time."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.postgres import PostgresError
from foundation.settings import Settings, get_settings
from foundation.turns import turn
from platforms.account_rows import (
    CONNECTED,
    DISCONNECTED,
    NEEDS_RECONNECT,
    UNREACHABLE,
    ConnectedAccount,
    is_wanted,
    opened,
    opened_account,
    sealed,
)
from platforms.contract import Account, Network, RemoteAccount
from platforms.errors import NeedsReconnect, NetworkError, TokenRefused
from platforms.registry import network as known_network

__all__ = [
    "CONNECTED",
    "DISCONNECTED",
    "NEEDS_RECONNECT",
    "ConnectedAccount",
    "connect",
    "connected",
    "mark_synced",
    "never_collected",
    "report",
    "usable",
]

REFRESH_AHEAD = timedelta(minutes=10)
WRITING_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # between tries to write new tokens

log = logging.getLogger(__name__)


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
    tokens = sealed(remote.network, remote.external_id, remote.credentials, settings or get_settings())
    statement = insert(ConnectedAccount).values(
        id=uuid.uuid4(),
        organization_id=organization_id,
        network=remote.network,
        external_id=remote.external_id,
        brand_id=brand_id,
        name=remote.name,
        handle=remote.handle,
        server=remote.server,
        status=CONNECTED,
        **{"refresh_token": None, **tokens},
    )
    renewed = {
        "brand_id": brand_id,
        "name": remote.name,
        "handle": remote.handle,
        "server": remote.server,
        "status": CONNECTED,
        "status_reason": None,
        "check_problem": None,
        "checked_at": None,  # it is asked about soon
        "access_ends_at": None,
        **tokens,
    }
    returned = session.execute(
        statement.on_conflict_do_update(
            index_elements=["organization_id", "network", "external_id"], set_=renewed
        ).returning(ConnectedAccount.id)
    )
    return returned.scalar_one()


def connected(session: Session, *, network: str | None = None) -> list[ConnectedAccount]:
    """The session's accounts that were not disconnected, needing a reconnect or not, in a stable order.

    Those of deleted organizations are left out, and those that are there for imported history alone.
    """
    query = select(ConnectedAccount).where(ConnectedAccount.status.not_in(UNREACHABLE), is_wanted())
    if network is not None:
        query = query.where(ConnectedAccount.network == network)
    return list(session.scalars(query.order_by(ConnectedAccount.connected_at, ConnectedAccount.id)))


def never_collected(session: Session) -> list[UUID]:
    """The session's connected accounts whose numbers were never fetched to the end."""
    query = select(ConnectedAccount.id).where(
        ConnectedAccount.status == CONNECTED, ConnectedAccount.last_synced_at.is_(None), is_wanted()
    )
    return list(session.scalars(query.order_by(ConnectedAccount.id)))


def usable(
    account_id: UUID,
    settings: Settings | None = None,
    *,
    networks: Callable[[str, Settings], Network] = known_network,
) -> Account:
    """The account with a token that holds, refreshed when less than 10 minutes of it are left.

    Runs in short transactions of its own; none is open while the network is asked. One caller
    refreshes; others wait and take the new token, which is committed before anyone uses it.

    Raises:
        LookupError: there is no such account, or its organization was deleted.
        NeedsReconnect: a person has to connect it again; the account is marked so.
        TemporarilyRejected, NeedsPerson: it could not be refreshed and the old token is over.
    """
    settings = settings or get_settings()
    row = _read(account_id, settings)
    if _is_due(row):
        with turn(f"refresh:{account_id}", settings):
            row = _read(account_id, settings)
            if _is_due(row):  # or else another one refreshed while this one waited for its turn
                row = _refreshed(row, networks(row.network, settings), settings)
    return opened_account(row, settings)


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
        if opened(row, settings).access_token != account.credentials.access_token:
            return
        if isinstance(error, NeedsReconnect):
            row.status, row.status_reason = NEEDS_RECONNECT, error.message
        elif row.refresh_token:
            row.token_expires_at = utc_now()


def mark_synced(session: Session, account_id: UUID, at: datetime) -> None:
    """Note that the account's numbers were collected at `at` (aware UTC), if it is still there."""
    session.execute(
        update(ConnectedAccount).where(ConnectedAccount.id == account_id).values(last_synced_at=at)
    )


def _read(account_id: UUID, settings: Settings) -> ConnectedAccount:
    with worker_session(settings) as session:
        row = session.scalar(select(ConnectedAccount).where(ConnectedAccount.id == account_id, is_wanted()))
    return _still_connected(_there(row, account_id))


def _there(row: ConnectedAccount | None, account_id: UUID) -> ConnectedAccount:
    if row is None:
        raise LookupError(f"there is no account {account_id}")
    return row


def _still_connected(row: ConnectedAccount) -> ConnectedAccount:
    if row.status != CONNECTED:
        reason = row.status_reason or "it is not connected"
        raise NeedsReconnect(f"{row.name} has to be connected again: {reason}")
    return row


def _is_due(row: ConnectedAccount) -> bool:
    return row.token_expires_at is not None and row.token_expires_at - utc_now() < REFRESH_AHEAD


def _refreshed(row: ConnectedAccount, network: Network, settings: Settings) -> ConnectedAccount:
    """The account with new tokens, or as it is while its token holds and is not known to be dead.

    Raises:
        NetworkError: the old token is over, or its refresh token is dead for good.
    """
    try:
        renewed = network.connect.refresh(opened(row, settings))
    except NetworkError as error:
        is_dead = isinstance(error, NeedsReconnect)
        holds = row.token_expires_at is not None and row.token_expires_at > utc_now()
        if holds and not (is_dead and row.refresh_token):
            log.warning("account %s goes on with its old token: %s", row.id, error.message)
            return row
        if not is_dead:
            raise
        row = _write(row, {"status": NEEDS_RECONNECT, "status_reason": error.message}, settings)
        if row.status != CONNECTED:
            raise
        return row  # a person has connected it again meanwhile
    return _still_connected(_write(row, sealed(row.network, row.external_id, renewed, settings), settings))


def _write(row: ConnectedAccount, values: Mapping[str, Any], settings: Settings) -> ConnectedAccount:
    """Write what a refresh brought, and return the row as it then is.

    Through a short loss of the database too: the old refresh token is used up, and the new one known
    only here. Where the stored one is no longer the old one, a person connected the account again
    (or the answer to a commit was lost), and what is stored stays.
    """
    statement = (
        update(ConnectedAccount)
        .where(
            ConnectedAccount.id == row.id,
            ConnectedAccount.refresh_token.is_not_distinct_from(row.refresh_token),
        )
        .values(**values)
    )

    def commit() -> ConnectedAccount:
        with worker_session(settings) as session:
            session.execute(statement)
            return _there(session.get(ConnectedAccount, row.id), row.id)

    for pause_s in WRITING_PAUSES_S:
        try:
            return commit()
        except (SQLAlchemyError, PostgresError) as error:
            log.warning("writing account %s failed (%s); trying again", row.id, type(error).__name__)
            time.sleep(pause_s)
    return commit()
