"""Connecting accounts: a consent begun for a brand, its answer, and the choice of what to connect.

The network is never asked inside a transaction. What comes back belongs to the person, the session and the
organization that began it: anybody else's `state` opens nothing, and each opens once. What a program begins
for a person, that person answers in a browser: it is bound to them, and to no session.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID, uuid4

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from foundation.database import utc_now
from foundation.settings import Settings, get_settings
from identity.audit import Action, Target, record
from identity.connection_seals import read, seal, unseal, written
from identity.errors import ConflictError, IdentityError, InvalidError, NotFoundError
from identity.models import Brand, Connection
from identity.opaque import digest, new_token
from identity.permissions import Permission, require
from identity.principal import Origin, Principal
from identity.work import Work, working
from platforms import accounts, registry
from platforms.account_rows import DISCONNECTED, ConnectedAccount
from platforms.capabilities import Feature
from platforms.contract import Connector, Consent, Network, RemoteAccount
from platforms.errors import NetworkError

LIFETIME: Final = timedelta(hours=1)
CALLBACK: Final = "/connect/callback"
T = TypeVar("T")
Networks = Callable[[str, Settings], Network]
GONE: Final = "This connection was begun by somebody else, was used already, or has expired. Start again."

UNANSWERED: Final = "The network has not answered yet."


class ConnectError(IdentityError):
    """The network did not let the account be connected; the message is for people."""


@dataclass(frozen=True)
class Begun:
    """A consent that has begun. Without a `url` the accounts can be chosen at once."""

    id: UUID
    url: str | None


@dataclass(frozen=True)
class Choice:
    """An account that can be connected. `missing` are the scopes a feature lacks, by feature."""

    external_id: str
    name: str
    handle: str
    brand: str | None  # whose it is already
    brand_id: UUID | None
    missing: Mapping[Feature, frozenset[str]]


@dataclass(frozen=True)
class Answered:
    """A consent that was answered: what it reaches. `expires_at` is aware UTC."""

    id: UUID
    network: str
    brand_id: UUID
    choices: tuple[Choice, ...]
    expires_at: datetime


def begin(
    principal: Principal,
    network: str,
    brand_id: UUID,
    inputs: Mapping[str, str],
    origin: Origin,
    settings: Settings | None = None,
    *,
    by_program: bool = False,
    networks: Networks = registry.network,
) -> Begun:
    """Begin to connect accounts of a network to a brand; `inputs` are the connector's fields.

    `by_program`: it is answered in another session of the same person than this one, or in none.

    Raises:
        ForbiddenError: the caller may not connect accounts of this brand.
        NotFoundError: no such brand or network.
        InvalidError, ConnectError: the network refuses to begin.
    """
    settings = settings or get_settings()
    require(principal, Permission.ACCOUNTS_CONNECT, brand_id)
    connector = _connector(network, settings, networks)
    with working(principal, origin, settings=settings) as work:
        if work.session.get(Brand, brand_id) is None:
            raise NotFoundError("There is no such brand.")
    state, connection_id = new_token(), uuid4()
    consent = _asked(lambda: connector.begin(inputs, callback(settings), state))
    kept = {"url": consent.url, "kept": dict(consent.kept)}  # what was typed (a password) is not kept
    with working(principal, origin, settings=settings) as work:
        work.session.execute(delete(Connection).where(Connection.expires_at < utc_now()))
        work.session.add(
            Connection(
                id=connection_id,
                organization_id=principal.organization_id,
                brand_id=brand_id,
                person_id=principal.person_id,
                session_id=None if by_program else principal.session_id,
                network=network,
                state_hash=digest(state),
                sealed=seal(settings, connection_id, kept),
                expires_at=utc_now() + LIFETIME,
            )
        )
    if consent.url is None:
        finish(principal, {"state": state}, origin, settings, networks=networks)
    return Begun(connection_id, consent.url)


def finish(
    principal: Principal,
    answer: Mapping[str, str],
    origin: Origin,
    settings: Settings | None = None,
    *,
    networks: Networks = registry.network,
) -> Answered:
    """Take what the network sent to the callback (its query parameters, once), and find the accounts.

    Raises:
        NotFoundError: the answer belongs to nothing that this caller began.
        ConnectError: the person said no, or the network did not keep its word.
    """
    settings = settings or get_settings()
    row = _claimed(principal, answer.get("state", ""), origin, settings)
    connector = _connector(row.network, settings, networks)
    kept = unseal(settings, row.id, row.sealed)
    consent = Consent(kept["url"], kept["kept"])
    credentials = _asked(lambda: connector.finish(consent, answer, callback(settings)))
    found = _asked(lambda: connector.accounts(credentials))
    if not found:
        label = networks(row.network, settings).label
        raise ConnectError(
            f"{label} shows no account to this person that AllIN can use. Nothing was connected."
        )
    with working(principal, origin, settings=settings) as work:
        mine = _mine(work, row.id)
        mine.found = seal(settings, row.id, [written(remote) for remote in found])
    return answered(principal, row.id, settings, networks=networks)


def answered(
    principal: Principal,
    connection_id: UUID,
    settings: Settings | None = None,
    *,
    networks: Networks = registry.network,
) -> Answered:
    """What a consent reaches.

    Raises:
        NotFoundError: nothing of this caller's, or not answered.
    """
    settings = settings or get_settings()
    with working(principal, settings=settings) as work:
        row = _mine(work, connection_id)
        require(principal, Permission.ACCOUNTS_CONNECT, row.brand_id)
        if row.found is None:
            raise NotFoundError(UNANSWERED)
        owners = _owners(work, row.network)
    found = [read(one) for one in unseal(settings, row.id, row.found)]
    scopes = networks(row.network, settings).capabilities.scopes
    choices = []
    for remote in found:
        missing = missing_scopes(scopes, remote.credentials.scopes)
        brand, brand_id = owners.get(remote.external_id, (None, None))
        choices.append(Choice(remote.external_id, remote.name, remote.handle, brand, brand_id, missing))
    return Answered(row.id, row.network, row.brand_id, tuple(choices), row.expires_at)


def choose(
    principal: Principal,
    connection_id: UUID,
    external_ids: Collection[str],
    origin: Origin,
    settings: Settings | None = None,
) -> list[UUID]:
    """Connect the chosen accounts to the brand, all or none; returns their ids. Ends the connection.

    Raises:
        NotFoundError: nothing of this caller's, or not answered.
        InvalidError: nothing is chosen, or something the consent does not reach.
        ConflictError: an account is another brand's.
    """
    settings = settings or get_settings()
    try:
        with working(principal, origin, settings=settings) as work:
            row = _mine(work, connection_id)
            require(principal, Permission.ACCOUNTS_CONNECT, row.brand_id)
            if row.found is None:
                raise NotFoundError(UNANSWERED)
            found = {remote.external_id: remote for remote in map(read, unseal(settings, row.id, row.found))}
            if not external_ids or not set(external_ids) <= set(found):
                raise InvalidError("Choose at least one of the accounts shown.", field="accounts")
            made = [_connect(work, row, found[external_id]) for external_id in dict.fromkeys(external_ids)]
            work.session.delete(row)
            return made
    except DBAPIError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        # Row-level security: the account is of a brand that this caller does not see.
        raise ConflictError("One of these accounts is connected to another brand already.") from None


def callback(settings: Settings) -> str:
    """The one address that networks send people back to; it is registered with each network's app."""
    return f"{settings.public_url}{CALLBACK}"


def missing_scopes(
    needed: Mapping[Feature, frozenset[str]], granted: Collection[str] | None
) -> dict[Feature, frozenset[str]]:
    """What each feature lacks; nothing where the network does not say what it granted."""
    if granted is None:
        return {}
    lacking = {feature: scopes - frozenset(granted) for feature, scopes in needed.items()}
    return {feature: scopes for feature, scopes in lacking.items() if scopes}


def _connect(work: Work, row: Connection, remote: RemoteAccount) -> UUID:
    there = work.session.scalar(
        select(ConnectedAccount).where(
            ConnectedAccount.network == row.network, ConnectedAccount.external_id == remote.external_id
        )
    )
    if there and there.status != DISCONNECTED and there.brand_id != row.brand_id:
        raise ConflictError(
            f"{remote.name} is connected to another brand already; disconnect it there first."
        )
    account_id = accounts.connect(
        work.session, work.principal.organization_id, row.brand_id, remote, work.settings
    )
    after = {"network": row.network, "brand": str(row.brand_id)}
    record(work, Action.CONNECTED, Target("account", account_id, remote.name), after=after)
    return account_id


def _claimed(principal: Principal, state: str, origin: Origin, settings: Settings) -> Connection:
    """The connection a state belongs to, marked as answered: a second answer finds nothing."""
    with working(principal, origin, settings=settings) as work:
        row = work.session.scalar(
            select(Connection).where(Connection.state_hash == digest(state)).with_for_update()
        )
        if row is None or not _is_of(row, principal) or row.answered_at is not None:
            raise NotFoundError(GONE)
        require(principal, Permission.ACCOUNTS_CONNECT, row.brand_id)
        row.answered_at = utc_now()
        work.session.flush()
        work.session.expunge(row)
        return row


def _mine(work: Work, connection_id: UUID) -> Connection:
    row = work.session.get(Connection, connection_id, with_for_update=True)
    if row is None or not _is_of(row, work.principal):
        raise NotFoundError(GONE)
    return row


def _is_of(row: Connection, principal: Principal) -> bool:
    theirs = row.person_id == principal.person_id and row.session_id in (None, principal.session_id)
    return theirs and row.expires_at > utc_now()


def _owners(work: Work, network: str) -> dict[str, tuple[str, UUID]]:
    """The brands of accounts that are connected already, by external id."""
    query = (
        select(ConnectedAccount.external_id, Brand.name, Brand.id)
        .join(Brand, Brand.id == ConnectedAccount.brand_id)
        .where(ConnectedAccount.network == network, ConnectedAccount.status != DISCONNECTED)
    )
    return {external_id: (name, brand_id) for external_id, name, brand_id in work.session.execute(query)}


def _connector(network: str, settings: Settings, networks: Networks) -> Connector:
    try:
        return networks(network, settings).connect
    except LookupError as error:
        raise NotFoundError(str(error)) from None


def _asked(ask: Callable[[], T]) -> T:
    """What a network answers; its refusals in words for people."""
    try:
        return ask()
    except NetworkError as error:
        raise ConnectError(error.message) from None
