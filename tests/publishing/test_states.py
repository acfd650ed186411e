"""The transition table, for every state and event, and over whole lives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from publishing.states import (
    TRANSITIONS,
    Event,
    IllegalTransitionError,
    PostState,
    State,
    allows,
    post_state,
    transition,
)

STATES, EVENTS = st.sampled_from(State), st.sampled_from(Event)


@given(STATES, EVENTS)
def test_every_pair_has_an_answer(state: State, event: Event) -> None:
    if allows(state, event):
        assert transition(state, event) in State
    else:
        with pytest.raises(IllegalTransitionError, match=f"is {state.value} can't {event.value}"):
            transition(state, event)


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {after for events in TRANSITIONS.values() for after in events.values()}
    assert reached | {State.DRAFT} == set(State)


@pytest.mark.parametrize(
    ("state", "event"), [(State.PUBLISHED, Event.TAKE_BACK), (State.CANCELLED, Event.REVISE)]
)
def test_final_states_are_left_in_one_way(state: State, event: Event) -> None:
    assert [one for one in Event if allows(state, one)] == [event]


def test_only_the_network_takes_back_what_is_public() -> None:
    assert transition(State.PUBLISHED, Event.TAKE_BACK) is State.FAILED
    assert not allows(State.PUBLISHED, Event.REVISE)


@pytest.mark.parametrize("state", [State.PUBLISHING, State.UNKNOWN, State.PUBLISHED])
def test_what_may_be_public_is_neither_cancelled_nor_given_a_new_time(state: State) -> None:
    assert not allows(state, Event.CANCEL)
    assert not allows(state, Event.SCHEDULE)


def test_sending_starts_from_scheduled_only() -> None:
    assert [state for state in State if allows(state, Event.SEND)] == [State.SCHEDULED]


def test_only_what_is_unknown_is_given_up_by_a_persons_word() -> None:
    assert [state for state in State if allows(state, Event.DROP)] == [State.UNKNOWN]


class Life(RuleBasedStateMachine):
    """Any life of a publication. The model knows only whether a copy may exist on the network."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.DRAFT
        self.maybe_public = False

    @rule(event=EVENTS)
    def happen(self, event: Event) -> None:
        if not allows(self.state, event):
            return
        if event is Event.SEND:
            assert not self.maybe_public, "sent while a copy may exist"
            self.maybe_public = True
        elif event in (
            Event.REJECT, Event.RETRY, Event.RULE_OUT, Event.MISS, Event.DROP, Event.TAKE_BACK
        ):  # fmt: skip
            self.maybe_public = False  # what these events state
        self.state = transition(self.state, event)

    @precondition(lambda self: self.maybe_public)
    @invariant()
    def a_copy_that_may_exist_shows(self) -> None:
        assert self.state in (State.PUBLISHING, State.UNKNOWN, State.PUBLISHED)

    @precondition(lambda self: not self.maybe_public)
    @invariant()
    def without_a_copy_nothing_claims_to_be_public(self) -> None:
        assert self.state not in (State.PUBLISHED, State.UNKNOWN, State.PUBLISHING)


TestLife = Life.TestCase


@given(st.lists(STATES))
def test_a_post_always_has_a_state(states: list[State]) -> None:
    assert post_state(states) in PostState
    assert post_state(states) == post_state(reversed(states))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], PostState.DRAFT),
        ([State.SCHEDULED, State.DRAFT], PostState.DRAFT),
        ([State.CANCELLED, State.CANCELLED], PostState.CANCELLED),
        ([State.CANCELLED, State.PUBLISHED], PostState.PUBLISHED),
        ([State.SCHEDULED, State.PUBLISHED], PostState.PARTLY_PUBLISHED),
        ([State.PUBLISHING, State.PUBLISHED], PostState.PUBLISHING),
        ([State.UNKNOWN, State.PUBLISHED], PostState.NEEDS_ATTENTION),
        ([State.MISSED, State.SCHEDULED], PostState.NEEDS_ATTENTION),
    ],
)
def test_the_state_of_a_post(states: list[State], expected: PostState) -> None:
    assert post_state(states) is expected
