"""The states of a publication (one post on one account) and the one table of their transitions."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """Where a publication stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a publication."""

    SUBMIT_FOR_REVIEW = "submit_for_review"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    SCHEDULE = "schedule"  # a person gives it a time, or another one
    HOLD = "hold"  # a person takes its time away for now
    CANCEL = "cancel"
    SEND = "send"  # the call that makes it public is about to be made
    CONFIRM = "confirm"  # it is surely public
    REJECT = "reject"  # surely not public, and trying again as it is would not help
    RETRY = "retry"  # surely not public, and it may be tried again
    LOSE = "lose"  # sent, and whether it is public is not known
    RULE_OUT = "rule_out"  # looking showed, conclusively, that it is not public
    MISS = "miss"  # surely not public, and now too late
    REVISE = "revise"  # a person changes what it says
    TAKE_BACK = "take_back"  # the network took it and then, after its review, did not publish it
    DROP = "drop"  # a person saw that it is not public, and does not want it sent any more


class IllegalTransitionError(ValueError):
    """The event can't happen in that state."""


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.DRAFT: {
        Event.REVISE: State.DRAFT,
        Event.SUBMIT_FOR_REVIEW: State.IN_REVIEW,
        Event.SCHEDULE: State.SCHEDULED,
        Event.CANCEL: State.CANCELLED,
    },
    State.IN_REVIEW: {
        Event.REVISE: State.DRAFT,
        Event.APPROVE: State.APPROVED,
        Event.SEND_BACK: State.DRAFT,
        Event.CANCEL: State.CANCELLED,
    },
    State.APPROVED: {
        Event.REVISE: State.DRAFT,
        Event.SCHEDULE: State.SCHEDULED,
        Event.SEND_BACK: State.DRAFT,
        Event.CANCEL: State.CANCELLED,
    },
    State.SCHEDULED: {
        Event.REVISE: State.DRAFT,
        Event.SCHEDULE: State.SCHEDULED,
        Event.HOLD: State.APPROVED,
        Event.SEND: State.PUBLISHING,
        Event.REJECT: State.FAILED,  # while preparing
        Event.RETRY: State.SCHEDULED,  # while preparing
        Event.MISS: State.MISSED,
        Event.CANCEL: State.CANCELLED,
    },
    State.PUBLISHING: {
        Event.CONFIRM: State.PUBLISHED,
        Event.REJECT: State.FAILED,
        Event.RETRY: State.SCHEDULED,
        Event.LOSE: State.UNKNOWN,
        Event.MISS: State.MISSED,
    },
    # The definite answers are here too: a publisher given up for dead may still bring one.
    State.UNKNOWN: {
        Event.CONFIRM: State.PUBLISHED,
        Event.RULE_OUT: State.SCHEDULED,
        Event.LOSE: State.UNKNOWN,
        Event.REJECT: State.FAILED,
        Event.RETRY: State.SCHEDULED,
        Event.MISS: State.MISSED,
        Event.DROP: State.CANCELLED,
    },
    State.FAILED: {
        Event.REVISE: State.DRAFT,
        Event.SCHEDULE: State.SCHEDULED,
        Event.CANCEL: State.CANCELLED,
    },
    State.MISSED: {
        Event.REVISE: State.DRAFT,
        Event.SCHEDULE: State.SCHEDULED,
        Event.CANCEL: State.CANCELLED,
    },
    State.PUBLISHED: {Event.TAKE_BACK: State.FAILED},
    State.CANCELLED: {Event.REVISE: State.DRAFT},
}


def allows(state: State, event: Event) -> bool:
    """Whether the event can happen in the state."""
    return event in TRANSITIONS[state]


def transition(state: State, event: Event) -> State:
    """The state after the event.

    Raises:
        IllegalTransitionError: the event can't happen in that state.
    """
    if not allows(state, event):
        raise IllegalTransitionError(f"a publication that is {state.value} can't {event.value}")
    return TRANSITIONS[state][event]


class PostState(StrEnum):
    """Where a post stands over all its accounts."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PARTLY_PUBLISHED = "partly_published"
    PUBLISHED = "published"
    NEEDS_ATTENTION = "needs_attention"
    CANCELLED = "cancelled"


_STAGES = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED)


def post_state(states: Iterable[State]) -> PostState:
    """The state of a post, derived from those of its publications.

    What needs a person comes first, then what is under way; cancelled accounts do not count unless
    all are. A post without publications is a draft.
    """
    found = set(states)
    if not found:
        return PostState.DRAFT
    live = found - {State.CANCELLED}
    if not live:
        return PostState.CANCELLED
    if live & {State.FAILED, State.UNKNOWN, State.MISSED}:
        return PostState.NEEDS_ATTENTION
    if State.PUBLISHING in live:
        return PostState.PUBLISHING
    if State.PUBLISHED in live:
        return PostState.PUBLISHED if live == {State.PUBLISHED} else PostState.PARTLY_PUBLISHED
    return PostState(next(stage for stage in _STAGES if stage in live).value)
