"""What an answer, or its absence, means for a publication. Pure: errors and times in, decisions out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from platforms import errors
from platforms.contract import Published
from publishing.policy import Policy
from publishing.states import Event


class Step(StrEnum):
    """The steps the ledger knows."""

    PREPARE = "prepare"
    SUBMIT = "submit"
    CONFIRM = "confirm"
    FIND = "find"


@dataclass(frozen=True)
class Outcome:
    """How a step ended: its name for the ledger, the event it means, and what people are told."""

    name: str
    event: Event
    problem: str | None = None
    advice: str | None = None
    not_before: datetime | None = None
    published: Published | None = None
    detail: str | None = None
    asks_person: bool = False


@dataclass(frozen=True)
class Subject:
    """Which post is spoken of. Times are aware UTC."""

    account_name: str
    label: str
    text: str
    due_at: datetime
    tries: int

    def __str__(self) -> str:
        first = " ".join(self.text.split())
        return f"“{first[:40]}{'…' if len(first) > 40 else ''}” on {self.account_name} ({self.label})"


_NAMES: dict[type[Exception], str] = {
    errors.RateLimited: "rate_limited",
    errors.NotReady: "not_ready",
    errors.TemporarilyRejected: "temporarily_rejected",
    errors.NeedsReconnect: "needs_reconnect",
    errors.NeedsPerson: "needs_person",
    errors.Rejected: "rejected",
    errors.Ambiguous: "ambiguous",
    errors.Duplicate: "duplicate",
}
_REFUSED = (errors.Rejected, errors.NeedsPerson, errors.NeedsReconnect)


def error_name(error: Exception) -> str:
    """The ledger's name of an error; `unexpected` is one that is no NetworkError of a known kind."""
    return next((name for kind, name in _NAMES.items() if isinstance(error, kind)), "unexpected")


def error_detail(error: Exception) -> str:
    """What may be stored of an error: a NetworkError's message is safe, any other's may not be."""
    return error.message if isinstance(error, errors.NetworkError) else type(error).__name__


def confirmed(published: Published) -> Outcome:
    """The network says that it is public."""
    return Outcome("published", Event.CONFIRM, published=published)


def failed_step(
    error: Exception,
    step: Step,
    subject: Subject,
    now: datetime,
    sent_at: datetime | None,
    policy: Policy,
    *,
    first: bool = False,
) -> Outcome:
    """What an error while preparing (`sent_at` None) or sending means.

    Only what surely was not written may go out again. An error of an unknown kind after sending
    leaves the publication unknown. `first`: no earlier sending may have been written, so a duplicate
    is of another post, and a refusal like any other.
    """
    if isinstance(error, errors.Duplicate) and first:
        return _repeated(error, subject)
    if isinstance(error, _REFUSED):
        return _refused(error, subject)
    if isinstance(error, errors.TemporarilyRejected) or sent_at is None:
        return _again(error, step, subject, now, policy)
    return _lost(error, subject, now, policy)


def again_or_missed(
    name: str, event: Event, subject: Subject, not_before: datetime, reason: str, policy: Policy
) -> Outcome:
    """Back to scheduled by `event` for `not_before`, unless that is later than the limit allows."""
    if not_before > subject.due_at + policy.missed_after:
        reason = f"{reason} {_clock(not_before)} is the earliest it could go."
        return missed(subject, policy, reason, name=name, verb="can't be sent")
    return Outcome(
        name,
        event,
        problem=reason,
        advice=f"It is tried again by itself, at {_clock(not_before)} or soon after; nothing for you to do.",
        not_before=not_before,
        detail=reason,
    )


def missed(
    subject: Subject, policy: Policy, reason: str, *, name: str = "missed", verb: str = "was not sent"
) -> Outcome:
    """Too late by the limit: not sent, and said so."""
    minutes = round(policy.missed_after.total_seconds() / 60)
    limit = "a minute" if minutes == 1 else f"{minutes} minutes"
    return Outcome(
        name,
        Event.MISS,
        problem=f"{subject} {verb} within {limit} of its time. {reason}".strip(),
        advice="It was not published and will not be by itself. “Try again now” sends it; or cancel it.",
        detail=reason or None,
    )


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b, %H:%M} UTC"


def orphaned(subject: Subject, now: datetime, sent_at: datetime | None, policy: Policy) -> Outcome:
    """The publisher died: nothing sent means scheduled again, something sent means unknown."""
    if sent_at is None:
        return Outcome("orphaned", Event.RETRY, not_before=None)
    return _lost(RuntimeError("the publisher stopped"), subject, now, policy)


def named_another(subject: Subject, now: datetime, policy: Policy) -> Outcome:
    """The network answered with the id of a post that is another publication's already.

    The two have the same words, and how many of them are public only a person can see.
    """
    return Outcome(
        "ambiguous",
        Event.LOSE,
        problem=f"{subject.label} answered for {subject} with a post that another one of yours already is.",
        advice=(
            f"Open {subject.account_name} on {subject.label}, and answer here whether this post is public, "
            "too. It is not sent again meanwhile."
        ),
        not_before=now + policy.first_look,
        detail="the network named the post of another publication",
        asks_person=True,
    )


def _repeated(error: errors.Duplicate, subject: Subject) -> Outcome:
    return Outcome(
        error_name(error),
        Event.REJECT,
        problem=(
            f"{subject} was not published: {subject.label} already has a post with these words "
            f"on {subject.account_name}; change the text."
        ),
        advice="Write it anew in the Composer, with other words.",
        detail=error_detail(error),
    )


def _refused(error: Exception, subject: Subject) -> Outcome:
    reason = error_detail(error)
    if isinstance(error, errors.NeedsReconnect):
        advice = f"Connect {subject.account_name} again, then choose “Try again now”."
    elif isinstance(error, errors.NeedsPerson):
        advice = f"Settle this with {subject.label}, then choose “Try again now”."
    else:
        advice = "It was not published. Write it anew in the Composer, changed as needed."
    return Outcome(
        error_name(error),
        Event.REJECT,
        problem=f"{subject.label} did not accept {subject}: {reason}",
        advice=advice,
        detail=reason,
    )


def _again(error: Exception, step: Step, subject: Subject, now: datetime, policy: Policy) -> Outcome:
    wait = policy.retry_delay(subject.tries)
    not_before = now + wait
    if isinstance(error, errors.NotReady):
        reason = f"{subject.label} is still working on it: {error_detail(error)}"
        return again_or_missed(error_name(error), Event.RETRY, subject, max(error.until, now), reason, policy)
    if isinstance(error, errors.RateLimited):
        not_before = max(error.until, now) + min(wait, policy.retry_base)
    if isinstance(error, errors.NetworkError):
        reason = f"{subject.label} did not take it this time: {error_detail(error)}"
    else:
        reason = f"The step “{step.value}” went wrong inside AllIN ({error_detail(error)}); nothing was sent."
    return again_or_missed(error_name(error), Event.RETRY, subject, not_before, reason, policy)


def _lost(error: Exception, subject: Subject, now: datetime, policy: Policy) -> Outcome:
    duplicate = isinstance(error, errors.Duplicate)
    if duplicate:
        problem = f"{subject.label} says it already has {subject}."
    else:
        problem = f"{subject} was sent, but {subject.label}'s answer was lost: it may or may not be public."
    return Outcome(
        error_name(error),
        Event.LOSE,
        problem=problem,
        advice=f"AllIN is looking for it on {subject.label}; it is not sent again meanwhile.",
        not_before=now if duplicate else now + policy.first_look,
        detail=error_detail(error),
    )
