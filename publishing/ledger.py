"""The ledger of attempts, and the only place where a publication changes its state while it is sent.

Every function works in the caller's transaction. What a call is about is committed *before* that
call: the attempt row for each step, the prepared ids and `sent_at` for `submit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import CursorResult, Table, Update, and_, bindparam, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from publishing import happenings
from publishing.claim import IS_MINE, Claim, held, lost, mine
from publishing.happenings import Kind
from publishing.models import Attempt, Publication
from publishing.outcomes import Outcome, Step
from publishing.policy import Policy
from publishing.states import Event, State, transition

T = TypeVar("T")
FIRST_CONFIRM = Policy().first_confirm
TOLD = {
    State.PUBLISHED: Kind.PUBLISHED,
    State.FAILED: Kind.FAILED,
    State.MISSED: Kind.MISSED,
    State.UNKNOWN: Kind.UNKNOWN,
}
# A submit that ended like this may have been written by the network; so may one that never ended.
MAYBE_WRITTEN = ("ambiguous", "unexpected")


_ATTEMPTS = cast(Table, Attempt.__table__)
_PUBLICATIONS = cast(Table, Publication.__table__)
# Run around every step of every post: built once, and one trip to the database each.
_SENDING = exists().where(
    Attempt.publication_id == bindparam("of"),
    Attempt.step == Step.SUBMIT.value,
    or_(Attempt.outcome.is_(None), Attempt.outcome.in_(MAYBE_WRITTEN)),
)
_BEGIN = _ATTEMPTS.insert().returning(_ATTEMPTS.c.id)
_BEGIN_SUBMIT = _ATTEMPTS.insert().returning(_ATTEMPTS.c.id, _SENDING)
_BEGUN = ("organization_id", "publication_id", "step", "owner", "started_at", "ids")
_BEGIN_HELD = (
    _ATTEMPTS.insert()
    .from_select(
        _BEGUN,
        select(*(bindparam(f"new_{name}", type_=_ATTEMPTS.c[name].type) for name in _BEGUN)).where(
            exists().where(IS_MINE)
        ),
    )
    .returning(_ATTEMPTS.c.id)
)
_KEEP = _PUBLICATIONS.update().where(IS_MINE).values(prepared=bindparam("gave"))
_SEND = (
    _PUBLICATIONS.update()
    .where(IS_MINE, Publication.state == State.SCHEDULED.value)
    .values(
        state=transition(State.SCHEDULED, Event.SEND).value,
        version=Publication.version + 1,
        attempt_count=Publication.attempt_count + 1,
        sent_at=bindparam("at"),
        sent=bindparam("words"),
    )
    .returning(_PUBLICATIONS.c.version)
)
_FINISH = (
    _ATTEMPTS.update()
    .where(_ATTEMPTS.c.id == bindparam("attempt"))
    .values(
        finished_at=bindparam("ended_at"),
        outcome=bindparam("ended"),
        ids=bindparam("gave"),
        detail=bindparam("why"),
    )
)
_FINISH_HELD = _FINISH.where(exists().where(and_(IS_MINE, Publication.id == Attempt.publication_id)))


@dataclass(frozen=True)
class Sending:
    """A submit that is about to happen or has happened: its attempt, and when it was noted.

    `first`: no earlier sending of this publication may have been written.
    """

    claim: Claim
    attempt_id: int
    sent_at: datetime
    first: bool


def begin(session: Session, claim: Claim, step: Step, at: datetime | None = None) -> int:
    """Note that a step starts, now or `at`; returns the attempt's id."""
    return int(session.execute(_BEGIN, _begun(claim, step, at or utc_now())).scalar_one())


def begin_held(session: Session, claim: Claim, step: Step) -> int:
    """Note that a step of what we hold starts now; returns the attempt's id.

    Raises:
        LeaseLostError: the publication is no longer ours.
    """
    new = {f"new_{name}": value for name, value in _begun(claim, step, utc_now()).items()}
    attempt_id = session.execute(_BEGIN_HELD, {**new, **mine(claim)}).scalar_one_or_none()
    if attempt_id is None:
        raise lost(claim)
    return int(attempt_id)


def _begun(claim: Claim, step: Step, at: datetime) -> dict[str, Any]:
    return {
        "organization_id": claim.organization_id,
        "publication_id": claim.publication_id,
        "step": step.value,
        "owner": claim.owner,
        "started_at": at,
        "ids": {},
    }


def finish(
    session: Session,
    attempt_id: int,
    outcome: str,
    *,
    ids: Mapping[str, Any] | None = None,
    detail: str | None = None,
) -> None:
    """Note how a step ended."""
    session.execute(_FINISH, _ended(attempt_id, outcome, ids, detail))


def _ended(
    attempt_id: int, outcome: str, ids: Mapping[str, Any] | None = None, detail: str | None = None
) -> dict[str, Any]:
    ended = {"ended_at": utc_now(), "ended": outcome, "gave": dict(ids or {}), "why": detail}
    return {"attempt": attempt_id, **ended}


def keep_prepared(session: Session, claim: Claim, ids: Mapping[str, Any]) -> Claim:
    """Store what a step of `prepare` gave.

    Raises:
        LeaseLostError: the publication is no longer ours.
    """
    if not _rows(session, _KEEP, {"gave": dict(ids), **mine(claim)}):
        raise lost(claim)
    return replace(claim, prepared=dict(ids))


def finish_prepare(session: Session, claim: Claim, attempt_id: int) -> Claim:
    """Note that everything is prepared.

    Raises:
        LeaseLostError: the publication is no longer ours.
    """
    if not _rows(session, _FINISH_HELD, {**_ended(attempt_id, "prepared", claim.prepared), **mine(claim)}):
        raise lost(claim)
    return claim


def _rows(session: Session, statement: Update, values: Mapping[str, Any]) -> int:
    """How many rows a statement changed."""
    return cast(CursorResult[Any], session.execute(statement, values)).rowcount


def begin_submit(session: Session, claim: Claim) -> Sending:
    """The fence: from this commit on the publication counts as sent.

    Raises:
        LeaseLostError: the publication is no longer ours; do not send.
    """
    sent_at = utc_now()
    sending = {"at": sent_at, "words": claim.content.as_json()}
    version = session.execute(_SEND, {**sending, **mine(claim)}).scalar_one_or_none()
    if version is None:
        raise lost(claim)
    noted = {**_begun(claim, Step.SUBMIT, sent_at), "of": claim.publication_id}
    attempt_id, may_be_written = session.execute(_BEGIN_SUBMIT, noted).one()
    return Sending(
        replace(claim, version=version, sent_at=sent_at), int(attempt_id), sent_at, not may_be_written
    )


def settle_submit(session: Session, sending: Sending, outcome: Outcome) -> State | None:
    """Record what came of a submit; None when someone else has settled it meanwhile.

    Accepted even when the lease has run out and the publication was given up as unknown: this is the
    answer that was missing. `sent_at` ties it to this very sending.
    """
    _finish_with(session, sending.attempt_id, outcome)
    publication = session.scalars(
        select(Publication)
        .where(
            Publication.id == sending.claim.publication_id,
            Publication.sent_at == sending.sent_at,
            Publication.state.in_([State.PUBLISHING, State.UNKNOWN]),
        )
        .with_for_update()
    ).one_or_none()
    return apply(publication, outcome) if publication is not None else None


def settle_held(session: Session, claim: Claim, attempt_id: int | None, outcome: Outcome) -> State:
    """Record the end of a step other than submit, for a publication we hold.

    Raises:
        LeaseLostError: the publication is no longer ours.
    """
    if attempt_id is not None:
        _finish_with(session, attempt_id, outcome)
    publication = held(session, claim)
    if outcome.event is Event.RETRY:
        publication.attempt_count += 1
    return apply(publication, outcome)


def unless_taken(
    settle: Callable[[Session, Outcome], T],
    outcome: Outcome,
    otherwise: Callable[[], Outcome],
    settings: Settings,
) -> T:
    """Settle with `outcome`, or with `otherwise` where the post it names is another publication's already;
    in a transaction of its own.

    Posts with the same words can be told apart by nothing but the network's id, and each id is one
    publication's: the database's unique index decides between two that claim it at once.
    """
    try:
        with worker_session(settings) as session:
            return settle(session, outcome)
    except IntegrityError:
        with worker_session(settings) as session:
            return settle(session, otherwise())


def apply(publication: Publication, outcome: Outcome) -> State:
    """Move a locked publication on and give up its lease; returns its new state."""
    _move(publication, outcome.event)
    publication.lease_owner = publication.lease_until = None
    publication.problem, publication.advice = outcome.problem, outcome.advice
    publication.asks_person = outcome.asks_person
    publication.not_before = outcome.not_before
    if outcome.event in (Event.RETRY, Event.RULE_OUT, Event.MISS):
        publication.sent_at = publication.sent = None
    if outcome.published is not None:
        publication.confirm_at = None if outcome.published.settled else utc_now() + FIRST_CONFIRM
        publication.external_id = outcome.published.external_id
        publication.permalink = outcome.published.permalink
        publication.published_at = outcome.published.published_at or utc_now()
    tell(publication)
    return publication.current


def tell(publication: Publication) -> None:
    """Note what others are to be told of, in the same transaction."""
    kind = TOLD.get(publication.current)
    if kind is None or (kind is Kind.UNKNOWN and not publication.asks_person):
        return
    session = object_session(publication)
    if session is None:
        raise RuntimeError("a publication changes only within a session")
    if kind is Kind.UNKNOWN and _was_asked(session, publication):
        return
    happenings.note(
        session,
        publication.organization_id,
        kind,
        post_id=publication.post_id,
        publication_id=publication.id,
        account_id=publication.account_id,
        details={
            "problem": publication.problem,
            "advice": publication.advice,
            "permalink": publication.permalink,
        },
    )


def _was_asked(session: Session, publication: Publication) -> bool:
    """Whether people were asked about this sending already: each look that can't tell asks again."""
    since = publication.sent_at
    return since is not None and happenings.was_noted(
        session, Kind.UNKNOWN, publication.post_id, publication.id, since
    )


def attempts(session: Session, publication_id: UUID, step: Step) -> list[Attempt]:
    """The attempts at one step, oldest first."""
    return list(
        session.scalars(
            select(Attempt)
            .where(Attempt.publication_id == publication_id, Attempt.step == step.value)
            .order_by(Attempt.id)
        )
    )


def _finish_with(session: Session, attempt_id: int, outcome: Outcome) -> None:
    ids = {"external_id": outcome.published.external_id} if outcome.published else {}
    finish(session, attempt_id, outcome.name, ids=ids, detail=outcome.detail)


def _move(publication: Publication, event: Event) -> None:
    publication.state = transition(publication.current, event)
    publication.version += 1
