"""Leases on publications: taken with SKIP LOCKED, kept by a heartbeat, fenced by owner, version and time.

A lease does not change the state: a claimed publication is still ``scheduled`` and can be cancelled
until the second it is sent. All lease times are the database's clock, so machines need not agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from foundation.settings import get_settings
from platforms.message import Message, ReplyTo
from publishing.content import Content, of_publication
from publishing.models import ACCOUNTS, ORGANIZATIONS, Post, Publication
from publishing.states import State

BEFORE = aliased(Publication, name="before")  # the one a part continues
FIRST = aliased(Publication, name="first")  # the one its thread begins with
Claimable = tuple[Publication, Post, str, int | None, str | None, str | None]


class LeaseLostError(RuntimeError):
    """The publication was changed, cancelled or taken over since it was claimed: leave it alone."""


@dataclass(frozen=True)
class Claim:
    """A publication this process may work on, frozen as it was when claimed. Times are aware UTC."""

    publication_id: UUID
    organization_id: UUID
    account_id: UUID
    account_name: str
    network: str
    message: Message
    content: Content
    due_at: datetime
    send_at: datetime  # due_at, or later where a retry has to wait
    prepared: Mapping[str, Any]
    attempt_count: int
    sent_at: datetime | None
    owner: str
    version: int
    missed_after: timedelta | None = None  # the organization's own limit


def is_state(state: State) -> ColumnElement[bool]:
    """Equality with a literal, so that the planner can prove a partial index fits."""
    return Publication.state == literal_column(f"'{state.value}'")


def is_free() -> ColumnElement[bool]:
    """Nobody holds a lease that is still good."""
    return or_(Publication.lease_until.is_(None), Publication.lease_until < func.clock_timestamp())


def is_wanted() -> ColumnElement[bool]:
    """Its organization was not deleted: of one that was, nothing is sent and nothing is looked for."""
    present = ORGANIZATIONS.c.id == Publication.organization_id
    return exists().where(present, ORGANIZATIONS.c.deleted_at.is_(None)).correlate(Publication)


# Asked before and after every step, with the values of `mine`: built once.
IS_MINE = and_(
    Publication.id == bindparam("of"),
    Publication.version == bindparam("at_version"),
    Publication.lease_owner == bindparam("by"),
    Publication.lease_until > func.clock_timestamp(),
    is_wanted(),
)
_HELD = select(Publication).where(IS_MINE).with_for_update()


def may_follow() -> ColumnElement[bool]:
    """It is the first of its post on its account, or the one before it is public, and known by its id."""
    is_public = exists().where(
        BEFORE.id == Publication.follows_id,
        BEFORE.state == State.PUBLISHED.value,
        BEFORE.external_id.is_not(None),
    )
    return or_(Publication.follows_id.is_(None), is_public.correlate(Publication))


def due_statement(until: datetime) -> Select[Claimable]:
    """Free scheduled publications that fall due up to `until`, soonest first."""
    return (
        _claimable()
        .where(is_state(State.SCHEDULED), Publication.due_at <= until, _may_start(until), may_follow())
        .order_by(Publication.due_at)
    )


def claim_due(
    session: Session,
    owner: str,
    until: datetime,
    *,
    limit: int,
    lease: timedelta,
    only: Collection[UUID] | None = None,
    without: Collection[str] = (),
) -> list[Claim]:
    """Take up to `limit` publications that fall due up to `until`, of networks other than those `without`;
    `only` narrows to these ids.
    """
    statement = due_statement(until)
    if without:
        statement = statement.where(Publication.network.not_in(without))
    if only is not None:
        statement = statement.where(Publication.id.in_(only))
    return _take(session, statement, owner, limit, lease)


def claim_unknown(
    session: Session, owner: str, now: datetime, *, limit: int, lease: timedelta
) -> list[Claim]:
    """Take up to `limit` unknown publications whose next look is due."""
    statement = (
        _claimable()
        .where(is_state(State.UNKNOWN), Publication.not_before <= now)
        .order_by(Publication.not_before)
    )
    return _take(session, statement, owner, limit, lease)


def claim_unsettled(
    session: Session, owner: str, now: datetime, *, limit: int, lease: timedelta
) -> list[Claim]:
    """Take up to `limit` publications that their network took, may still refuse, and is to be asked for."""
    statement = (
        _claimable()
        .where(is_state(State.PUBLISHED), Publication.confirm_at <= now)
        .order_by(Publication.confirm_at)
    )
    return _take(session, statement, owner, limit, lease)


def held(session: Session, claim: Claim) -> Publication:
    """The claimed row, locked for this transaction.

    Raises:
        LeaseLostError: it is no longer ours, or its organization was deleted.
    """
    found = session.scalars(_HELD, mine(claim)).one_or_none()
    if found is None:
        raise lost(claim)
    return found


def mine(claim: Claim) -> dict[str, Any]:
    """The values that `IS_MINE` asks for."""
    return {"of": claim.publication_id, "at_version": claim.version, "by": claim.owner}


def lost(claim: Claim) -> LeaseLostError:
    """The claim is no longer ours."""
    return LeaseLostError(f"the lease on publication {claim.publication_id} is lost")


def extend(session: Session, owner: str, ids: Collection[UUID], lease: timedelta) -> None:
    """The heartbeat: the owner's leases that are still good run `lease` from now."""
    mine = (
        select(Publication.id)
        .where(
            Publication.id.in_(ids),
            Publication.lease_owner == owner,
            Publication.lease_until > func.clock_timestamp(),
        )
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Publication)
        .where(Publication.id.in_(session.scalars(mine).all()))
        .values(lease_until=func.clock_timestamp() + lease, updated_at=Publication.updated_at)
    )


def release(session: Session, claims: Collection[Claim]) -> None:
    """Give unsent claims back, so that the next publisher need not wait for the leases to run out."""
    for claim in claims:
        session.execute(
            update(Publication)
            .where(
                Publication.id == claim.publication_id,
                Publication.version == claim.version,
                Publication.lease_owner == claim.owner,
                Publication.state.in_([State.SCHEDULED, State.UNKNOWN, State.PUBLISHED]),
            )
            .values(lease_owner=None, lease_until=None)
        )


def _claimable() -> Select[Claimable]:
    return (
        select(
            Publication,
            Post,
            ACCOUNTS.c.name,
            ORGANIZATIONS.c.missed_after_minutes,
            BEFORE.external_id,
            FIRST.external_id,
        )
        .join(Post, Post.id == Publication.post_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .join(ORGANIZATIONS, ORGANIZATIONS.c.id == Publication.organization_id)
        .outerjoin(BEFORE, and_(BEFORE.id == Publication.follows_id, BEFORE.state == State.PUBLISHED.value))
        .outerjoin(
            FIRST,
            and_(
                FIRST.post_id == Publication.post_id,
                FIRST.account_id == Publication.account_id,
                FIRST.part == 0,
                Publication.part > 0,
            ),
        )
        .where(is_free(), is_wanted())
        .with_for_update(skip_locked=True, of=Publication)
    )


def _may_start(until: datetime) -> ColumnElement[bool]:
    return or_(Publication.not_before.is_(None), Publication.not_before <= until)


def _take(
    session: Session, statement: Select[Claimable], owner: str, limit: int, lease: timedelta
) -> list[Claim]:
    rows = session.execute(statement.limit(limit)).all()
    # A post that was changed while this statement ran is read as it was before; now that its publications are
    # locked nobody changes it.
    ids = {row[0].post_id for row in rows}
    session.scalars(select(Post).where(Post.id.in_(ids)).execution_options(populate_existing=True)).all()
    if rows:  # all at once: they are locked, so that their versions are known
        session.execute(
            update(Publication)
            .where(Publication.id.in_([row[0].id for row in rows]))
            .values(
                lease_owner=owner,
                lease_until=func.clock_timestamp() + lease,
                version=Publication.version + 1,
            )
            .execution_options(synchronize_session=False)
        )
    return [_claim(*row, owner=owner) for row in rows]


def _claim(
    publication: Publication,
    post: Post,
    account_name: str,
    minutes: int | None,
    before: str | None,
    first: str | None,
    *,
    owner: str,
) -> Claim:
    """What was just taken, as it was read before."""
    due_at = publication.due_at
    if due_at is None:
        raise ValueError(f"publication {publication.id} is {publication.state} without a time")
    content = of_publication(post, publication)
    reply_to = ReplyTo(before, first or before) if before else None
    return Claim(
        publication_id=publication.id,
        organization_id=publication.organization_id,
        account_id=publication.account_id,
        account_name=account_name,
        network=publication.network,
        message=content.message(publication.organization_id, get_settings(), reply_to=reply_to),
        content=content,
        due_at=due_at,
        send_at=max(due_at, publication.not_before or due_at),
        prepared=dict(publication.prepared),
        attempt_count=publication.attempt_count,
        sent_at=publication.sent_at,
        owner=owner,
        version=publication.version + 1,
        missed_after=timedelta(minutes=minutes) if minutes is not None else None,
    )
