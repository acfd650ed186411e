"""The connected accounts of an organization: what people see of them, and taking one away."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, tuple_

from foundation.database import utc_now
from foundation.settings import Settings, get_settings
from identity.audit import Action, Target, record
from identity.connecting import ConnectError, Networks, missing_scopes
from identity.errors import NotFoundError
from identity.models import Brand
from identity.paging import DEFAULT_LIMIT, Page, after, one_more, page
from identity.permissions import Permission, require
from identity.principal import Origin, Principal
from identity.work import Work, working
from platforms import health, registry
from platforms.account_rows import (
    CONNECTED,
    DISCONNECTED,
    IMPORTED,
    ConnectedAccount,
    opened_account,
)
from platforms.capabilities import Feature
from platforms.errors import NetworkError

GONE: Final = "There is no such account."
HOURLY_MINUTE, DAILY_MINUTE = 7, 12  # of the hourly refresh, and of the daily one right after midnight UTC

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AccountInfo:
    """A connected account, without its tokens. Times are aware UTC.

    `problem` is what a person has to know, None when all is well. `missing` are the scopes that a feature
    lacks. `access_ends_at` is when a person has to consent again, None for never or unknown. `next_sync_at`
    is when its numbers are fetched next, None while it has to be connected again or is an imported one.
    """

    id: UUID
    brand_id: UUID
    brand_name: str
    network: str
    external_id: str
    name: str
    handle: str
    status: str
    problem: str | None
    scopes: tuple[str, ...] | None
    missing: Mapping[Feature, frozenset[str]]
    connected_at: datetime
    last_synced_at: datetime | None
    checked_at: datetime | None
    access_ends_at: datetime | None
    next_sync_at: datetime | None

    @property
    def needs_attention(self) -> bool:
        """Whether a person should do something."""
        if self.status == IMPORTED:
            return False
        return self.status != CONNECTED or self.problem is not None or bool(self.missing)


def listed(work: Work, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[AccountInfo]:
    """The accounts that the caller sees and that were not disconnected, by brand, network and name.

    Raises:
        ForbiddenError: the caller's role or key may not read accounts.
        InvalidError: the limit or the cursor can't be used.
    """
    require(work.principal, Permission.ACCOUNTS_READ)
    order = (Brand.name, ConnectedAccount.network, ConnectedAccount.name, ConnectedAccount.id)
    query = (
        select(ConnectedAccount, Brand.name)
        .join(Brand, Brand.id == ConnectedAccount.brand_id)
        .where(ConnectedAccount.status != DISCONNECTED)
        .order_by(*order)
        .limit(one_more(limit))
    )
    if place := after(cursor, str, str, str, UUID):
        query = query.where(tuple_(*order) > place)
    rows = work.session.execute(query).all()
    return page(
        rows,
        limit,
        lambda row: _info(row[0], row[1], work.settings),
        lambda row: [row[1], row[0].network, row[0].name, row[0].id],
    )


def get(work: Work, account_id: UUID) -> AccountInfo:
    """One account.

    Raises:
        ForbiddenError: the caller's role or key may not read accounts.
        NotFoundError: there is none that the caller may see.
    """
    require(work.principal, Permission.ACCOUNTS_READ)
    row = _find(work, account_id)
    brand = work.session.get_one(Brand, row.brand_id)
    return _info(row, brand.name, work.settings)


def check(
    principal: Principal,
    account_id: UUID,
    settings: Settings | None = None,
    *,
    networks: Networks = registry.network,
) -> str | None:
    """Ask the network now how the account stands; the problem for people, None when fine.

    Raises:
        ForbiddenError, NotFoundError: as for `disconnect`.
        ConnectError: the network did not say.
    """
    settings = settings or get_settings()
    with working(principal, settings=settings) as work:
        require(principal, Permission.ACCOUNTS_CONNECT, _find(work, account_id).brand_id)
    try:
        return health.check(account_id, settings, networks=networks)
    except NetworkError as error:
        raise ConnectError(f"It could not be checked: {error.message}. Try again in a while.") from None


def disconnect(
    principal: Principal,
    account_id: UUID,
    origin: Origin,
    settings: Settings | None = None,
    *,
    networks: Networks = registry.network,
) -> None:
    """Take an account away: its access is given back to the network, its tokens are removed here.

    Its posts and numbers stay; connected again, it goes on where it was. A network that does not answer
    does not keep the account. One that is there for imported history alone has nothing to give back.

    Raises:
        ForbiddenError: the caller may not disconnect accounts of this brand.
        NotFoundError: there is none that the caller may see.
    """
    settings = settings or get_settings()
    with working(principal, origin, settings=settings) as work:
        row = _find(work, account_id)
        require(principal, Permission.ACCOUNTS_CONNECT, row.brand_id)
        account = opened_account(row, settings) if row.status != IMPORTED else None
    if account is not None:
        try:
            networks(account.network, settings).connect.revoke(account)
        except NetworkError as error:
            log.warning("account %s: its access could not be given back: %s", account_id, error.message)
    with working(principal, origin, settings=settings) as work:
        row = _find(work, account_id, lock=True)
        row.status, row.status_reason = DISCONNECTED, "it was disconnected"
        row.access_token, row.refresh_token, row.extra, row.token_expires_at = "", None, None, None
        record(
            work, Action.DISCONNECTED, Target("account", row.id, row.name), before={"network": row.network}
        )


def next_sync(now: datetime | None = None) -> datetime:
    """When numbers are fetched next (aware UTC): a few minutes past each hour."""
    now = now or utc_now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    return next(at for at in map(_sync_in, (hour, hour + timedelta(hours=1))) if at > now)


def _sync_in(hour: datetime) -> datetime:
    return hour.replace(minute=HOURLY_MINUTE if hour.hour else DAILY_MINUTE)


def _find(work: Work, account_id: UUID, *, lock: bool = False) -> ConnectedAccount:
    row = work.session.get(ConnectedAccount, account_id, with_for_update=lock)
    if row is None or row.status == DISCONNECTED:
        raise NotFoundError(GONE)
    return row


def _info(row: ConnectedAccount, brand_name: str, settings: Settings) -> AccountInfo:
    capabilities = registry.network(row.network, settings).capabilities
    return AccountInfo(
        id=row.id,
        brand_id=row.brand_id,
        brand_name=brand_name,
        network=row.network,
        external_id=row.external_id,
        name=row.name,
        handle=row.handle,
        status=row.status,
        problem=row.status_reason if row.status != CONNECTED else row.check_problem,
        scopes=tuple(row.scopes) if row.scopes is not None else None,
        missing=missing_scopes(capabilities.scopes, row.scopes),
        connected_at=row.connected_at,
        last_synced_at=row.last_synced_at,
        checked_at=row.checked_at,
        access_ends_at=row.access_ends_at,
        next_sync_at=next_sync() if row.status == CONNECTED else None,
    )
