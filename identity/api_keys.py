"""API keys: each acts as the member who made it, within its scopes. Shown once, stored hashed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, func, select, tuple_

from foundation.database import utc_now
from identity import inputs
from identity.audit import Action, Target, record
from identity.errors import ForbiddenError, InvalidError, NotFoundError
from identity.models import ApiKey, ApiKeyAccount, Person
from identity.opaque import digest, new_token
from identity.paging import DEFAULT_LIMIT, Page, after, moment, one_more, page
from identity.permissions import Permission, held, require
from identity.resolving import KEY_PREFIX
from identity.work import Work
from platforms.account_rows import ConnectedAccount

SHOWN: Final = 12  # characters of a key that stay readable, to tell keys apart


@dataclass(frozen=True)
class ApiKeyInfo:
    """A key without the key: `prefix` is its beginning. Times are aware UTC.

    `account_ids` None is every account its maker sees. A key is dead once `revoked_at` is set or
    `expires_at` has passed.
    """

    id: UUID
    name: str
    prefix: str
    person_id: UUID
    person_email: str
    scopes: frozenset[Permission]
    account_ids: frozenset[UUID] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def create(
    work: Work,
    name: str,
    scopes: Collection[Permission],
    account_ids: Collection[UUID] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKeyInfo, str]:
    """A new key of the caller, for these accounts (None: all they see).

    It ends at `expires_at` (aware; None: never). Returns what is known of it, and the key itself, which
    can't be had again.

    Raises:
        ForbiddenError: the caller may not; nor may a key make keys.
        InvalidError: a scope the caller does not hold, an account they don't see, or a time that has passed.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    if work.principal.api_key_id is not None:
        raise ForbiddenError("An API key can't make another. Sign in to make one.")
    named, granted = inputs.name(name, "name"), _granted(work, scopes)
    accounts = None if account_ids is None else _seen(work, account_ids)
    if expires_at is not None and expires_at <= utc_now():
        raise InvalidError("Choose a time in the future.", field="expires_at")
    key = KEY_PREFIX + new_token()
    row = ApiKey(
        id=uuid4(),
        organization_id=work.principal.organization_id,
        person_id=work.principal.person_id,
        name=named,
        prefix=key[:SHOWN],
        key_hash=digest(key),
        scopes=sorted(granted),
        limited=accounts is not None,
        expires_at=expires_at,
    )
    work.session.add(row)
    work.session.flush()
    work.session.add_all(
        ApiKeyAccount(organization_id=row.organization_id, api_key_id=row.id, account_id=account_id)
        for account_id in accounts or ()
    )
    work.session.flush()
    after_ = {
        "scopes": row.scopes,
        "accounts": None if accounts is None else sorted(map(str, accounts)),
        "expires_at": expires_at and expires_at.isoformat(),
    }
    record(work, Action.CREATED, _target(row), after=after_)
    return get(work, row.id), key


def listed(work: Work, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[ApiKeyInfo]:
    """The organization's keys, newest first, the dead ones too.

    Raises:
        ForbiddenError: the caller may not see them.
        InvalidError: the limit or the cursor can't be used.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    query = _keys().order_by(ApiKey.created_at.desc(), ApiKey.id.desc()).limit(one_more(limit))
    if place := after(cursor, moment, UUID):
        query = query.where(tuple_(ApiKey.created_at, ApiKey.id) < place)
    rows = work.session.execute(query).all()
    return page(rows, limit, _info, lambda row: [row.created_at, row.id])


def get(work: Work, key_id: UUID) -> ApiKeyInfo:
    """One key.

    Raises:
        ForbiddenError: the caller may not see it.
        NotFoundError: there is none.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    row = work.session.execute(_keys().where(ApiKey.id == key_id)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such key.")
    return _info(row)


def revoke(work: Work, key_id: UUID) -> None:
    """End a key at once; one that is ended already stays so.

    Raises:
        ForbiddenError: the caller may not.
        NotFoundError: there is none.
    """
    require(work.principal, Permission.API_KEYS_MANAGE)
    row = work.session.scalar(select(ApiKey).where(ApiKey.id == key_id).with_for_update())
    if row is None:
        raise NotFoundError("There is no such key.")
    if row.revoked_at is None:
        row.revoked_at = utc_now()
        work.session.flush()
        record(work, Action.REVOKED, _target(row))


def _granted(work: Work, scopes: Collection[Permission]) -> set[str]:
    if not scopes:
        raise InvalidError("Choose what the key may do.", field="scopes")
    if beyond := set(scopes) - held(work.principal):
        names = ", ".join(sorted(beyond))
        raise InvalidError(f"A key can't do more than you may: leave out {names}.", field="scopes")
    return {scope.value for scope in scopes}


def _seen(work: Work, account_ids: Collection[UUID]) -> frozenset[UUID]:
    wanted = frozenset(account_ids)
    if not wanted:
        raise InvalidError("Choose at least one account, or all of them.", field="account_ids")
    found = work.session.scalars(select(ConnectedAccount.id).where(ConnectedAccount.id.in_(wanted))).all()
    if set(found) != wanted:
        raise InvalidError("One of these accounts does not exist.", field="account_ids")
    return wanted


def _keys() -> Select[Any]:
    accounts = (
        select(func.array_agg(ApiKeyAccount.account_id))
        .where(ApiKeyAccount.api_key_id == ApiKey.id)
        .correlate(ApiKey)
        .scalar_subquery()
    )
    columns = [column for column in ApiKey.__table__.columns if column.name != "key_hash"]
    return select(*columns, Person.email, accounts.label("account_ids")).join(
        Person, Person.id == ApiKey.person_id
    )


def _info(row: Row[Any]) -> ApiKeyInfo:
    return ApiKeyInfo(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        person_id=row.person_id,
        person_email=row.email,
        scopes=frozenset(map(Permission, row.scopes)),
        account_ids=frozenset(row.account_ids or ()) if row.limited else None,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


def _target(row: ApiKey) -> Target:
    return Target("api_key", row.id, f"{row.name} ({row.prefix}…)")
