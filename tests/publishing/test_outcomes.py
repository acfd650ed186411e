"""Decisions and delays, without any store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.settings import Settings
from platforms import errors
from publishing.outcomes import Step, Subject, failed_step, orphaned
from publishing.policy import Policy
from publishing.states import Event, State, allows

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
POLICY = Policy()
SUBJECT = Subject("Page", "Facebook", "words " * 20, NOW, tries=1)
KINDS = st.sampled_from(
    [
        errors.Rejected("r"),
        errors.TemporarilyRejected("t"),
        errors.RateLimited("l", until=NOW + timedelta(minutes=1)),
        errors.Ambiguous("a"),
        errors.Duplicate("d"),
        errors.NeedsReconnect("n"),
        errors.NeedsPerson("p"),
        errors.NetworkError("base"),
        ValueError("bug"),
    ]
)


@given(KINDS, st.booleans())
def test_after_sending_only_a_sure_refusal_lets_it_go_out_again(error: Exception, first: bool) -> None:
    outcome = failed_step(error, Step.SUBMIT, SUBJECT, NOW, NOW, POLICY, first=first)
    sure = isinstance(error, errors.TemporarilyRejected)
    assert (outcome.event is Event.RETRY) == sure
    assert allows(State.PUBLISHING, outcome.event)
    assert allows(State.UNKNOWN, outcome.event)  # the same answer may come late


@given(KINDS)
def test_before_sending_nothing_becomes_unknown(error: Exception) -> None:
    outcome = failed_step(error, Step.PREPARE, SUBJECT, NOW, None, POLICY)
    assert outcome.event in (Event.REJECT, Event.RETRY, Event.MISS)
    assert allows(State.SCHEDULED, outcome.event)


@given(KINDS, st.booleans())
def test_people_are_told_what_happened_to_which_post_and_what_next(error: Exception, first: bool) -> None:
    outcome = failed_step(error, Step.SUBMIT, SUBJECT, NOW, NOW, POLICY, first=first)
    assert outcome.problem
    assert outcome.advice
    if outcome.event is not Event.RETRY:
        assert str(SUBJECT) in outcome.problem


def test_a_duplicate_of_what_we_may_have_written_is_looked_for_at_once() -> None:
    outcome = failed_step(errors.Duplicate("d"), Step.SUBMIT, SUBJECT, NOW, NOW, POLICY, first=False)
    assert (outcome.event, outcome.not_before) == (Event.LOSE, NOW)


def test_a_duplicate_at_the_first_sending_is_of_another_post() -> None:
    outcome = failed_step(errors.Duplicate("d"), Step.SUBMIT, SUBJECT, NOW, NOW, POLICY, first=True)
    assert outcome.event is Event.REJECT
    assert "Facebook already has a post with these words on Page; change the text" in (outcome.problem or "")


def test_too_late_to_try_again_is_missed() -> None:
    late = Subject("Page", "X", "words", NOW - POLICY.missed_after, tries=1)
    outcome = failed_step(errors.TemporarilyRejected("t"), Step.SUBMIT, late, NOW, NOW, POLICY)
    assert outcome.event is Event.MISS


def test_a_wait_that_is_longer_than_the_limit_says_so() -> None:
    short = POLICY.within(timedelta(minutes=1))
    asked = errors.RateLimited("wait", until=NOW + timedelta(hours=2))
    outcome = failed_step(asked, Step.SUBMIT, SUBJECT, NOW, NOW, short)
    assert outcome.event is Event.MISS
    assert "can't be sent within a minute of its time" in (outcome.problem or "")
    assert f"{NOW + timedelta(hours=2):%H:%M} UTC is the earliest" in (outcome.problem or "")
    later = failed_step(asked, Step.SUBMIT, SUBJECT, NOW, NOW, POLICY.within(timedelta(days=1)))
    assert later.event is Event.RETRY
    assert f"{NOW + timedelta(hours=2):%H:%M} UTC" in (later.advice or "")


@pytest.mark.parametrize(("sent_at", "event"), [(None, Event.RETRY), (NOW, Event.LOSE)])
def test_a_dead_publisher_leaves_unknown_only_what_it_sent(sent_at: datetime | None, event: Event) -> None:
    assert orphaned(SUBJECT, NOW, sent_at, POLICY).event is event


@given(st.integers(0, 10**6))
def test_delays_grow_and_are_capped(times: int) -> None:
    assert POLICY.retry_base / 2 <= POLICY.retry_delay(times) <= POLICY.retry_cap
    assert POLICY.first_look <= POLICY.look_delay(times) <= POLICY.look_cap
    assert POLICY.look_delay(times) <= POLICY.look_delay(times + 1)


def test_retries_do_not_march_in_step() -> None:
    assert len({POLICY.retry_delay(3) for _ in range(20)}) > 10


def test_the_limit_of_lateness_comes_from_the_settings() -> None:
    assert Policy.of(Settings(missed_after_minutes=7)).missed_after == timedelta(minutes=7)


@pytest.mark.parametrize(("words", "shown"), [("a\n b", "“a b”"), ("x" * 50, "“" + "x" * 40 + "…”")])
def test_a_post_is_named_by_its_first_words(words: str, shown: str) -> None:
    assert str(Subject("Page", "X", words, NOW, 1)) == f"{shown} on Page (X)"
