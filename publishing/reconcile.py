"""Publications whose fate is not known: looked for on the network, never sent again blindly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from foundation.database import utc_now, worker_session
from platforms.contract import Account, Finding, Found, Publisher
from platforms.errors import NeedsReconnect
from publishing import ledger
from publishing.claim import Claim
from publishing.models import Attempt
from publishing.outcomes import Outcome, Step, Subject, again_or_missed, confirmed, error_detail, error_name
from publishing.policy import Policy
from publishing.sending import Sender, log_unexpected
from publishing.states import Event, State

DUPLICATE = "duplicate"
SENDINGS_LOOKED_FOR = 3


@dataclass(frozen=True)
class History:
    """What the ledger says of an unknown publication. Times are aware UTC, newest first."""

    sent_at: Sequence[datetime]
    is_duplicate: bool  # the last sending was answered with "already there"
    looks: int  # finished looks since the last sending
    absences: int  # those of them that found nothing


def look(claim: Claim, sender: Sender) -> State:
    """Look for the post once and record what that means.

    Raises:
        LeaseLostError: the publication is no longer ours.
    """
    with worker_session(sender.settings) as session:
        attempt_id = ledger.begin_held(session, claim, Step.FIND)
        history = read_history(session, claim)
    subject, policy = sender.subject(claim), sender.policy.within(claim.missed_after)
    account: Account | None = None
    failure: Exception | None = None
    try:
        account = sender.senders.account(claim.account_id)
        found = search(sender.senders.publisher(claim.network), account, claim, history.sent_at)
    except Exception as error:  # noqa: BLE001 - whatever it was, the post stays unknown and is looked for later
        log_unexpected(error, Step.FIND, claim)
        failure = error
        outcome = unanswered(error, subject, history, utc_now(), policy)
    else:
        outcome = judge(found, subject, history, utc_now(), policy)
    state = ledger.unless_taken(
        lambda session, fitting: ledger.settle_held(session, claim, attempt_id, fitting),
        outcome,
        lambda: judge(Found(Finding.CANNOT_TELL), subject, history, utc_now(), policy),
        sender.settings,
    )
    if failure is not None:
        sender.report(account, failure)
    return state


def read_history(session: Session, claim: Claim) -> History:
    """What the ledger says so far."""
    submits = ledger.attempts(session, claim.publication_id, Step.SUBMIT)
    traces = (None, *ledger.MAYBE_WRITTEN, DUPLICATE)  # what is there already may be of that sending, too
    sent = [attempt.started_at for attempt in submits if attempt.outcome in traces]
    last = submits[-1].started_at if submits else claim.sent_at
    finds = [a for a in ledger.attempts(session, claim.publication_id, Step.FIND) if _since(a, last)]
    return History(
        sent_at=tuple(reversed(sent)) or ((claim.sent_at,) if claim.sent_at else ()),
        is_duplicate=bool(submits) and submits[-1].outcome == DUPLICATE,
        looks=len(finds),
        absences=sum(attempt.outcome == Finding.ABSENT for attempt in finds),
    )


def search(publisher: Publisher, account: Account, claim: Claim, sent_at: Sequence[datetime]) -> Found:
    """Ask the network for each sending, newest first: found in one is found, absent means in all."""
    finding = Finding.ABSENT if sent_at else Finding.CANNOT_TELL
    for moment in sent_at[:SENDINGS_LOOKED_FOR]:
        found = publisher.find(account, claim.message, moment, claim.prepared)
        if found.finding is Finding.FOUND and found.post is not None:
            return found
        if found.finding is not Finding.ABSENT:
            finding = Finding.CANNOT_TELL
    return Found(finding)


def judge(found: Found, subject: Subject, history: History, now: datetime, policy: Policy) -> Outcome:
    """What a look means: published, surely absent (and so scheduled again), or still unknown."""
    if found.finding is Finding.FOUND and found.post is not None:
        published_at = found.post.published_at or history.sent_at[0]
        return replace(confirmed(replace(found.post, published_at=published_at)), name=Finding.FOUND.value)
    if found.finding is Finding.ABSENT and not history.is_duplicate:
        if _is_conclusive(history, now, policy):
            reason = f"{subject.label} lost the first sending: it was looked for and is not there."
            return again_or_missed(Finding.ABSENT.value, Event.RULE_OUT, subject, now, reason, policy)
        return _look_again(Finding.ABSENT.value, subject, history, now, policy, ask=False)
    return _look_again(found.finding.value, subject, history, now, policy, ask=True)


def unanswered(
    error: Exception, subject: Subject, history: History, now: datetime, policy: Policy
) -> Outcome:
    """The look itself failed: try again later, and ask a person where that has gone on for a while."""
    is_long = bool(history.sent_at) and now - history.sent_at[-1] >= policy.ask_after
    outcome = _look_again(error_name(error), subject, history, now, policy, ask=is_long)
    if isinstance(error, NeedsReconnect):
        advice = f"Reconnect {subject.account_name}, so that AllIN can see whether the post is there."
        outcome = replace(outcome, advice=advice)
    return replace(outcome, detail=error_detail(error))


def _is_conclusive(history: History, now: datetime, policy: Policy) -> bool:
    looked_enough = history.absences + 1 >= policy.absent_looks
    return looked_enough and now - history.sent_at[0] >= policy.absent_after


def _look_again(
    name: str, subject: Subject, history: History, now: datetime, policy: Policy, *, ask: bool
) -> Outcome:
    not_before: datetime | None = now + policy.look_delay(history.looks + 1)
    if history.sent_at and now - history.sent_at[0] > policy.stop_looking_after:
        not_before, ask = None, True
    if history.is_duplicate:
        problem = f"{subject.label} says it already has {subject}."
    else:
        problem = f"{subject} was sent, but {subject.label}'s answer was lost: it may or may not be public."
    if ask:
        advice = (
            f"Looking at {subject.label} can't settle it. Open {subject.account_name} there, "
            "and answer here whether the post is public. It is not sent again meanwhile."
        )
    else:
        advice = f"AllIN is looking for it on {subject.label}; it is not sent again meanwhile."
    return Outcome(name, Event.LOSE, problem=problem, advice=advice, not_before=not_before, asks_person=ask)


def _since(attempt: Attempt, moment: datetime | None) -> bool:
    return attempt.finished_at is not None and (moment is None or attempt.started_at >= moment)
