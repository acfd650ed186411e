"""Queries that people keep: for themselves, or for everybody of the organization who may ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError

from foundation.database import utc_now
from identity.audit import Action, Target, record
from identity.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from identity.permissions import Permission, may, require
from identity.work import Work
from warehouse.analysts.models import SavedQuery
from warehouse.analysts.run import LONGEST

LONGEST_NAME: Final = 80  # characters
MOST: Final = 200  # of an organization
TAKEN: Final = "There is a query of this name already. Choose another name."


@dataclass(frozen=True)
class Kept:
    """A kept query; `own` when the caller wrote it. `updated_at` is aware UTC."""

    id: UUID
    name: str
    statement: str
    shared: bool
    own: bool
    updated_at: datetime


def listed(work: Work) -> list[Kept]:
    """The caller's own queries and those that were shared, by name.

    A member who is limited to brands sees their own alone: others may name brands that are not theirs.

    Raises:
        ForbiddenError: the caller may not read numbers.
    """
    require(work.principal, Permission.ANALYTICS_READ)
    query = select(SavedQuery).where(_visible(work)).order_by(func.lower(SavedQuery.name), SavedQuery.id)
    return [_kept(row, work) for row in work.session.scalars(query)]


def keep(work: Work, name: str, statement: str, *, shared: bool) -> Kept:
    """Keep a query under a new name.

    Raises:
        ForbiddenError: the caller may not read numbers, or, limited to brands, share with everybody.
        InvalidError: there is no name or no query, or one is too long.
        ConflictError: the name is taken, or there are as many as there can be.
    """
    require(work.principal, Permission.ANALYTICS_READ)
    if shared and work.principal.brand_ids is not None:
        raise ForbiddenError
    if (work.session.scalar(select(func.count()).select_from(SavedQuery)) or 0) >= MOST:
        raise ConflictError(f"There are {MOST} saved queries already. Delete one that is no longer used.")
    row = SavedQuery(
        id=uuid4(),
        organization_id=work.principal.organization_id,
        person_id=work.principal.person_id,
        name=_name(name),
        statement=_statement(statement),
        shared=shared,
        updated_at=utc_now(),
    )
    work.session.add(row)
    _flush(work)
    record(work, Action.CREATED, _target(row))
    return _kept(row, work)


def change(work: Work, query_id: UUID, statement: str) -> None:
    """Keep another statement under the same name.

    Raises:
        ForbiddenError: it is somebody else's, and the caller is no administrator.
        NotFoundError: there is none.
        InvalidError: there is no query, or it is too long.
    """
    row = _own(work, query_id)
    row.statement, row.updated_at = _statement(statement), utc_now()
    _flush(work)
    record(work, Action.UPDATED, _target(row))


def delete(work: Work, query_id: UUID) -> None:
    """Delete a query.

    Raises:
        ForbiddenError: it is somebody else's, and the caller is no administrator.
        NotFoundError: there is none.
    """
    row = _own(work, query_id)
    target = _target(row)
    work.session.delete(row)
    _flush(work)
    record(work, Action.DELETED, target)


def may_change(work: Work, kept: Kept) -> bool:
    """Whether the caller may change or delete it."""
    return kept.own or may(work.principal, Permission.ORGANIZATION_UPDATE)


def _own(work: Work, query_id: UUID) -> SavedQuery:
    require(work.principal, Permission.ANALYTICS_READ)
    row = work.session.scalar(
        select(SavedQuery).where(SavedQuery.id == query_id, _visible(work)).with_for_update()
    )
    if row is None:
        raise NotFoundError("There is no such query any more.")
    if not may_change(work, _kept(row, work)):
        raise ForbiddenError
    return row


def _visible(work: Work) -> ColumnElement[bool]:
    own = SavedQuery.person_id == work.principal.person_id
    limited = work.principal.brand_ids is not None or work.principal.account_ids is not None
    return own if limited else or_(own, SavedQuery.shared)


def _flush(work: Work) -> None:
    try:
        work.session.flush()
    except IntegrityError:
        raise ConflictError(TAKEN) from None


def _name(name: str) -> str:
    given = " ".join(name.split())
    if not given:
        raise InvalidError("Give the query a name.", field="name")
    if len(given) > LONGEST_NAME:
        raise InvalidError(f"A name can have at most {LONGEST_NAME} characters.", field="name")
    return given


def _statement(statement: str) -> str:
    given = statement.strip().replace("\x00", "")
    if not given:
        raise InvalidError("Write a query first.", field="statement")
    if len(given) > LONGEST:
        raise InvalidError(f"A query can have at most {LONGEST:,} characters.", field="statement")
    return given


def _kept(row: SavedQuery, work: Work) -> Kept:
    own = row.person_id == work.principal.person_id
    return Kept(row.id, row.name, row.statement, row.shared, own, row.updated_at)


def _target(row: SavedQuery) -> Target:
    return Target("saved_query", row.id, row.name)
