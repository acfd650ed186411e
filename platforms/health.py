"""Whether accounts can still be used: asked daily and before a post is due, so that people know in time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from foundation.database import utc_now, worker_session
from foundation.settings import Settings, get_settings
from platforms.account_rows import CONNECTED, ConnectedAccount, is_wanted
from platforms.accounts import report, usable
from platforms.contract import Network, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, NetworkError
from platforms.limits import on_behalf_of
from platforms.registry import network as known_network

EVERY = timedelta(days=1)
WARN_AHEAD = timedelta(days=7)  # of the moment a person has to consent again
AT_ONCE = 8  # accounts asked about at the same time

log = logging.getLogger(__name__)


def check(
    account_id: UUID,
    settings: Settings | None = None,
    *,
    networks: Callable[[str, Settings], Network] = known_network,
) -> str | None:
    """Ask the network how the account stands, and keep what it says; the problem for people, None when fine.

    Raises:
        LookupError: there is no such account.
        NetworkError: the network did not say (no answer, a limit); what was known of the account stays.
    """
    settings = settings or get_settings()
    try:
        standing = _standing(account_id, settings, networks)
    except NeedsReconnect as error:
        _note(account_id, settings)  # the account is marked, unless it was connected again meanwhile
        return error.message
    except NeedsPerson as error:
        _note(account_id, settings, check_problem=error.message)
        return error.message
    values: dict[str, Any] = {"options": dict(standing.options)}
    values |= {} if standing.scopes is None else {"scopes": sorted(standing.scopes)}
    problem = ending(standing.ends_at, utc_now())
    _note(account_id, settings, check_problem=problem, access_ends_at=standing.ends_at, **values)
    return problem


def check_all(
    account_ids: Iterable[UUID],
    settings: Settings | None = None,
    *,
    networks: Callable[[str, Settings], Network] = known_network,
) -> dict[UUID, str]:
    """Check these accounts, a few at a time; the problems for people. One that fails keeps no other back."""
    settings = settings or get_settings()
    wanted = list(account_ids)

    def one(account_id: UUID) -> str | None:
        try:
            return check(account_id, settings, networks=networks)
        except (NetworkError, LookupError) as error:
            log.warning("account %s could not be checked: %s", account_id, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, the others are checked
            log.error("account %s could not be checked: %s", account_id, type(error).__name__)
        return None

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="health") as pool:
        found = zip(wanted, pool.map(one, wanted), strict=True)
        return {account_id: problem for account_id, problem in found if problem}


def _standing(account_id: UUID, settings: Settings, networks: Callable[[str, Settings], Network]) -> Standing:
    account = usable(account_id, settings, networks=networks)
    try:
        network = networks(account.network, settings)
        with on_behalf_of(account, network.label, network.capabilities, settings):
            return network.connect.standing(account)
    except NetworkError as error:
        report(account, error, settings)
        raise


def due(settings: Settings | None = None, now: datetime | None = None) -> list[UUID]:
    """The connected accounts not checked since a day before `now` (aware UTC)."""
    since = (now or utc_now()) - EVERY
    query = select(ConnectedAccount.id).where(
        ConnectedAccount.status == CONNECTED,
        is_wanted(),
        or_(ConnectedAccount.checked_at.is_(None), ConnectedAccount.checked_at < since),
    )
    with worker_session(settings) as session:
        return list(session.scalars(query.order_by(ConnectedAccount.checked_at.nulls_first())))


def ending(ends_at: datetime | None, now: datetime) -> str | None:
    """What to tell people about an access that ends at `ends_at`: nothing until a week before."""
    if ends_at is None or ends_at - now > WARN_AHEAD:
        return None
    days = max((ends_at - now).days, 0)
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    return f"The permission ends {when}; connect the account again before that."


def _note(account_id: UUID, settings: Settings, **values: object) -> None:
    statement = update(ConnectedAccount).where(ConnectedAccount.id == account_id)
    with worker_session(settings) as session:
        session.execute(statement.values(checked_at=utc_now(), **values))
