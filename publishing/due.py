"""What waits for a publisher: the sensor's question, and the sweeps that keep the queue honest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from publishing import ledger
from publishing.changes import BY_HAND, UNKNOWN_BEFORE, follows_unknown
from publishing.claim import is_free, is_state, is_wanted, may_follow
from publishing.models import ACCOUNTS, ORGANIZATIONS, Post, Publication
from publishing.outcomes import Subject, missed, orphaned
from publishing.policy import Policy
from publishing.senders import Senders
from publishing.states import State

CHECKED_AHEAD = timedelta(hours=3)  # time for people to connect an account again
NOBODY = "No publisher was running at its time."
PART_BEFORE = "The part before it is not public."
SEND_BEFORE = "Settle the part before it first: “Try again now” then sends this one, too. Or cancel it."
SWEEP = 200  # rows moved by one sweep; the next poll takes the rest


@dataclass(frozen=True)
class DueWork:
    """What a publisher would find. Truthy when there is anything; `next_at` is aware UTC."""

    scheduled: int
    next_at: datetime | None
    orphaned: int
    unknown: int
    unsettled: int = 0

    def __bool__(self) -> bool:
        return bool(self.scheduled or self.orphaned or self.unknown or self.unsettled)


def accounts_due(settings: Settings, within: timedelta = CHECKED_AHEAD) -> list[UUID]:
    """The accounts that are to publish `within` this time and were not checked for as long."""
    now = utc_now()
    query = (
        select(Publication.account_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .where(
            is_state(State.SCHEDULED),
            Publication.due_at <= now + within,
            is_wanted(),
            or_(ACCOUNTS.c.checked_at.is_(None), ACCOUNTS.c.checked_at < now - within),
        )
        .distinct()
    )
    with worker_session(settings) as session:
        return list(session.scalars(query))


def due_windows(session: Session, look_ahead_s: float) -> DueWork:
    """What nobody holds and falls due within `look_ahead_s` seconds, or is due to be looked for now.

    Needs a worker's session: it counts over all organizations.
    """
    now = utc_now()
    until = now + timedelta(seconds=look_ahead_s)
    start = func.greatest(Publication.due_at, Publication.not_before)
    scheduled, next_at = session.execute(
        select(func.count(), func.min(start)).where(
            is_state(State.SCHEDULED),
            Publication.due_at <= until,
            or_(Publication.not_before.is_(None), Publication.not_before <= until),
            is_free(),
            is_wanted(),
            may_follow(),
        )
    ).one()
    orphans = session.scalar(
        select(func.count()).select_from(Publication).where(is_state(State.PUBLISHING), is_free())
    )
    unknown = session.scalar(
        select(func.count())
        .select_from(Publication)
        .where(is_state(State.UNKNOWN), Publication.not_before <= now, is_free(), is_wanted())
    )
    unsettled = session.scalar(
        select(func.count())
        .select_from(Publication)
        .where(is_state(State.PUBLISHED), Publication.confirm_at <= now, is_free(), is_wanted())
    )
    return DueWork(scheduled, next_at, orphans or 0, unknown or 0, unsettled or 0)


def recover_orphans(session: Session, senders: Senders, policy: Policy) -> list[State]:
    """Take over what a dead publisher was sending; returns the new states."""
    now = utc_now()
    states = []
    for publication, text, name in session.execute(
        _with_words().where(is_state(State.PUBLISHING), is_free())
    ).all():
        subject = _subject(publication, text, name, senders)
        states.append(ledger.apply(publication, orphaned(subject, now, publication.sent_at, policy)))
    return states


def sweep_missed(session: Session, senders: Senders, policy: Policy) -> list[State]:
    """Mark as missed what is later than the limit and held by nobody; returns the new states."""
    minutes = func.coalesce(ORGANIZATIONS.c.missed_after_minutes, policy.missed_after.total_seconds() / 60)
    statement = (
        _with_words()
        .add_columns(ORGANIZATIONS.c.missed_after_minutes)
        .join(ORGANIZATIONS, ORGANIZATIONS.c.id == Publication.organization_id)
        .where(
            is_state(State.SCHEDULED),
            Publication.due_at < utc_now(),  # for the index, which knows no organization's limit
            Publication.due_at < utc_now() - func.make_interval(0, 0, 0, 0, 0, 0, minutes * 60),
            is_free(),
        )
    )
    states = []
    for publication, text, name, own_minutes in session.execute(statement).all():
        limit = policy.within(timedelta(minutes=own_minutes) if own_minutes is not None else None)
        reason, advice = _why(session, publication)
        outcome = missed(_subject(publication, text, name, senders), limit, reason)
        states.append(ledger.apply(publication, replace(outcome, advice=advice or outcome.advice)))
    return states


def _why(session: Session, publication: Publication) -> tuple[str, str | None]:
    """Why nobody sent it in time, and what to do where it is not the usual."""
    if publication.follows_id is None:
        return publication.problem or NOBODY, None
    if follows_unknown(session, publication):
        return UNKNOWN_BEFORE, BY_HAND
    before = session.get_one(Publication, publication.follows_id)
    if before.current is not State.PUBLISHED:
        return PART_BEFORE, SEND_BEFORE
    return publication.problem or NOBODY, None


def _with_words() -> Select[tuple[Publication, str, str]]:
    return (
        select(Publication, Post.text, ACCOUNTS.c.name)
        .join(Post, Post.id == Publication.post_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == Publication.account_id)
        .limit(SWEEP)
        .with_for_update(skip_locked=True, of=Publication)
    )


def _subject(publication: Publication, text: str, account_name: str, senders: Senders) -> Subject:
    due_at = publication.due_at
    if due_at is None:
        raise ValueError(f"publication {publication.id} is {publication.state} without a time")
    return Subject(account_name, senders.label(publication.network), text, due_at, publication.attempt_count)
