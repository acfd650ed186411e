"""Each answer of a network, and each silence, through the real ledger on real PostgreSQL."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from foundation.database import utc_now
from platforms import errors
from platforms.contract import Published
from publishing.policy import Policy
from publishing.publisher import WindowResult, publish_now
from publishing.states import State
from tests.publishing.conftest import QUICK, Agency, ledger_of, read, state_of
from tests.publishing.network import MemoryNetwork


def _publish(tenant: Agency, *ids: object, policy: Policy = QUICK) -> WindowResult:
    return publish_now(list(ids), senders=tenant.senders, policy=policy)  # type: ignore[arg-type]


def test_an_accepted_post_is_published_with_its_address(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule("hello")
    result = _publish(tenant, publication_id)
    row = read(publication_id)
    assert row.current is State.PUBLISHED
    assert row.external_id == facebook.accepted[0].external_id
    assert row.permalink == f"https://example.test/{row.external_id}"
    assert row.published_at == facebook.accepted[0].at
    assert (row.lease_owner, row.problem, row.attempt_count) == (None, None, 1)
    assert ledger_of(publication_id) == [("prepare", "prepared"), ("submit", "published")]
    assert result.outcomes == {State.PUBLISHED: 1}


def test_the_note_of_sending_is_committed_before_the_call(
    tenant: Agency, facebook: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication_id = tenant.schedule("hello")
    seen = []
    submit = facebook.submit

    def spying(*arguments: object) -> object:
        row = read(publication_id)  # another connection: it sees only what is committed
        seen.append((row.current, row.sent_at is not None, row.prepared, ledger_of(publication_id)[-1]))
        return submit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(facebook, "submit", spying)
    _publish(tenant, publication_id)
    assert seen == [(State.PUBLISHING, True, {"container": "c1"}, ("submit", None))]


def test_what_is_prepared_so_far_is_kept_while_the_network_works_on_it(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    publication_id, again_at = tenant.schedule("a video"), utc_now() + timedelta(seconds=1)
    facebook.faults["process"].append(errors.NotReady("the video is being processed", until=again_at))
    _publish(tenant, publication_id)
    row = read(publication_id)
    assert (row.current, row.prepared, row.not_before) == (State.SCHEDULED, {"container": "c1"}, again_at)
    assert ledger_of(publication_id) == [("prepare", "not_ready")]
    time.sleep(max((again_at - utc_now()).total_seconds(), 0))
    _publish(tenant, publication_id)
    assert read(publication_id).current is State.PUBLISHED
    assert facebook.prepared_with == [{}, {"container": "c1"}]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errors.Rejected("no such place"), "Write it anew"),
        (errors.NeedsPerson("no credit"), "Settle this with Facebook"),
        (errors.NeedsReconnect("the token is dead"), "Connect"),
    ],
)
@pytest.mark.parametrize("step", ["prepare", "submit"])
def test_a_refusal_fails_with_what_to_do_next(
    tenant: Agency, facebook: MemoryNetwork, error: errors.NetworkError, advice: str, step: str
) -> None:
    publication_id = tenant.schedule("hello")
    facebook.faults[step].append(error)
    _publish(tenant, publication_id)
    row = read(publication_id)
    assert row.current is State.FAILED
    assert error.message in (row.problem or "")
    assert "“hello” on Brand" in (row.problem or "")
    assert advice in (row.advice or "")
    assert facebook.accepted == []


@pytest.mark.parametrize("step", ["prepare", "submit"])
def test_a_temporary_refusal_goes_back_and_waits(tenant: Agency, facebook: MemoryNetwork, step: str) -> None:
    publication_id = tenant.schedule("hello")
    facebook.faults[step].append(errors.TemporarilyRejected("refused"))
    _publish(tenant, publication_id, policy=Policy())
    row = read(publication_id)
    assert row.current is State.SCHEDULED
    assert row.not_before is not None
    assert timedelta(seconds=1) < row.not_before - utc_now() < timedelta(seconds=6)
    assert (row.sent_at, row.lease_owner, row.attempt_count) == (None, None, 1)
    _publish(tenant, publication_id, policy=Policy())  # the wait is honoured
    assert facebook.accepted == []


def test_a_rate_limit_is_waited_for(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule("hello")
    until = utc_now() + timedelta(minutes=5)
    facebook.faults["submit"].append(errors.RateLimited("slow down", until=until))
    _publish(tenant, publication_id)
    row = read(publication_id)
    assert row.current is State.SCHEDULED
    assert row.not_before is not None
    assert row.not_before >= until


def test_a_rate_limit_beyond_the_limit_of_lateness_is_missed_at_once(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    publication_id = tenant.schedule("hello")
    until = utc_now() + timedelta(hours=2)
    facebook.faults["submit"].append(errors.RateLimited("slow down", until=until))
    _publish(tenant, publication_id)
    row = read(publication_id)
    assert row.current is State.MISSED
    assert "slow down" in (row.problem or "")
    assert "Try again now" in (row.advice or "")


@pytest.mark.parametrize(
    "error", [errors.Ambiguous("time-out"), RuntimeError("secret-token-9"), errors.NetworkError("strange")]
)
def test_silence_after_sending_is_unknown_never_scheduled(
    tenant: Agency, facebook: MemoryNetwork, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    publication_id = tenant.schedule("hello")
    facebook.faults["submit"].append(error)
    _publish(tenant, publication_id)
    row = read(publication_id)
    assert row.current is State.UNKNOWN
    assert row.sent_at is not None
    assert row.not_before is not None
    assert "may or may not be public" in (row.problem or "")
    assert "secret-token-9" not in f"{row.problem}{row.advice}{caplog.text}{ledger_of(publication_id)}"


def test_an_unforeseen_error_while_preparing_is_tried_again(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule("hello")
    facebook.faults["prepare"].append(KeyError("secret"))
    _publish(tenant, publication_id)
    assert state_of(publication_id) is State.SCHEDULED
    assert ledger_of(publication_id) == [("prepare", "unexpected")]


@pytest.mark.parametrize("step", ["prepare", "submit", "confirm"])
def test_what_a_network_says_of_a_token_is_passed_on(
    tenant: Agency, facebook: MemoryNetwork, step: str
) -> None:
    facebook.permalinks = False
    error = errors.TokenRefused("this token is over")
    facebook.faults[step].append(error)
    _publish(tenant, tenant.schedule("hello"))
    assert tenant.senders.reported == [error]


def test_an_account_that_needs_reconnecting_fails_before_anything_is_sent(
    tenant: Agency, facebook: MemoryNetwork
) -> None:
    publication_id = tenant.schedule("hello")
    tenant.senders.account_fault = errors.NeedsReconnect("the token is dead")
    _publish(tenant, publication_id)
    assert state_of(publication_id) is State.FAILED
    assert facebook.calls == []


def test_what_the_answer_left_out_is_asked_for(tenant: Agency, facebook: MemoryNetwork) -> None:
    facebook.permalinks = False
    publication_id = tenant.schedule("hello")
    _publish(tenant, publication_id)
    row = read(publication_id)
    assert row.permalink == f"https://example.test/{row.external_id}"
    assert row.published_at == facebook.accepted[0].at
    assert ledger_of(publication_id)[-1] == ("confirm", "confirmed")


def test_an_error_after_it_is_public_changes_nothing(tenant: Agency, facebook: MemoryNetwork) -> None:
    facebook.permalinks = False
    facebook.faults["confirm"].append(errors.NeedsReconnect("died just now"))
    publication_id = tenant.schedule("hello")
    _publish(tenant, publication_id)
    assert state_of(publication_id) is State.PUBLISHED
    assert ledger_of(publication_id)[-1] == ("confirm", "needs_reconnect")
    _publish(tenant, publication_id)
    assert len(facebook.accepted) == 1


def test_a_bug_after_it_is_public_fails_nothing(
    tenant: Agency, facebook: MemoryNetwork, caplog: pytest.LogCaptureFixture
) -> None:
    facebook.permalinks = False
    facebook.faults["confirm"].append(KeyError("secret-token-9"))
    publication_id = tenant.schedule("hello")
    result = _publish(tenant, publication_id)
    assert result.outcomes == {State.PUBLISHED: 1}
    assert ledger_of(publication_id)[-1] == ("confirm", "unexpected")
    assert "confirm of" in caplog.text
    assert "secret-token-9" not in caplog.text


def test_words_the_network_already_has_are_refused(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule("hello")
    facebook.faults["submit"].extend(
        [errors.TemporarilyRejected("busy"), *[errors.Duplicate("already there")] * 2]
    )
    for _ in range(2):  # trying again as it is is refused again, not looked for
        tenant.shift(publication_id, state="scheduled", not_before=None)
        _publish(tenant, publication_id)
        tenant.shift(publication_id, not_before=None)
        _publish(tenant, publication_id)
        row = read(publication_id)
        assert row.current is State.FAILED
    assert "Facebook already has a post with these words on Brand" in (row.problem or "")
    assert "change the text" in (row.problem or "")
    assert ledger_of(publication_id)[-1] == ("submit", "duplicate")
    assert "find" not in facebook.calls


def test_the_id_of_another_publication_is_not_taken(
    tenant: Agency, facebook: MemoryNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tenant.schedule("hello"), tenant.schedule("hello")
    _publish(tenant, first)
    taken = Published(facebook.accepted[0].external_id, "https://example.test/", utc_now())
    monkeypatch.setattr(facebook, "submit", lambda *_: taken)
    _publish(tenant, second)
    row = read(second)
    assert (row.current, row.external_id, row.asks_person) == (State.UNKNOWN, None, True)
    assert "answer here" in (row.advice or "")
    assert ledger_of(second)[-1] == ("submit", "ambiguous")
    assert state_of(first) is State.PUBLISHED


def test_a_publisher_paused_before_the_call_does_not_make_it(tenant: Agency, facebook: MemoryNetwork) -> None:
    publication_id = tenant.schedule("hello")
    _publish(tenant, publication_id, policy=Policy(send_within=timedelta(seconds=-1)))
    assert state_of(publication_id) is State.SCHEDULED
    assert facebook.accepted == []


def test_a_post_on_two_accounts_is_two_sendings_and_one_may_fail(
    tenant: Agency, facebook: MemoryNetwork, networks: dict[str, MemoryNetwork]
) -> None:
    networks["x"].faults["submit"].append(errors.Rejected("no"))
    first = tenant.schedule("hello", accounts=[tenant.facebook])
    second = tenant.schedule("hello", accounts=[tenant.x])
    result = _publish(tenant, first, second)
    assert result.outcomes == {State.PUBLISHED: 1, State.FAILED: 1}
    assert facebook.texts() == ["hello"]
