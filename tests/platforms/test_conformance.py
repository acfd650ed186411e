"""What holds for every network: connecting, publishing, finding again, collecting. Against the sandbox."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from platforms import oauth
from platforms.contract import Account, Answer, Consent, Credentials, Entity, Finding
from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.message import Kind, Message
from tests.platforms.conftest import Case
from tests.platforms.publishing import accepted, count, messages, prepare, settle, unlike_any

NOW = datetime.now(UTC)
CALLBACK = "http://127.0.0.1:8501/connect/callback"
MediaUrl = Callable[[Path], str]


@pytest.fixture
def by_kind(case: Case, media_folder: Path, media_url: MediaUrl) -> dict[Kind, Message]:
    """A message of each kind of the network."""
    return messages(case, media_folder, media_url)


@pytest.fixture
def message(by_kind: dict[Kind, Message]) -> Message:
    """A message that shows its words, the simplest that the network has."""
    return next(by_kind[kind] for kind in Kind if kind in by_kind and by_kind[kind].text)


def collected(
    case: Case, entity: Entity, since: datetime | None = None, cursor: str | None = None
) -> list[Answer]:
    return list(case.network.collect.collect(case.account, entity, since, case.sandbox.now(), cursor))


def ids_of(case: Case, answers: list[Answer]) -> list[str]:
    found: list[str] = case.own.post_ids(answers)
    return found


# ---------------------------------------------------------------- connecting
def consented(case: Case, **answer: str) -> tuple[Consent, dict[str, str]]:
    """A consent asked for, and what comes back when somebody answers it at once."""
    consent = case.network.connect.begin(case.own.INPUTS, CALLBACK, "a-state")
    if consent.url is None:
        return consent, {"state": "a-state"}
    separator = "&" if "?" in consent.url else "?"
    query = "&".join(f"{name}={value}" for name, value in answer.items())
    sent = httpx2.get(f"{consent.url}{separator}{query}", trust_env=False)
    assert sent.status_code == 302, sent.text
    assert sent.headers["location"].startswith(CALLBACK)
    return consent, dict(parse_qsl(urlsplit(sent.headers["location"]).query))


def test_from_consent_to_an_account_that_can_be_asked(case: Case) -> None:
    consent, answer = consented(case, account=case.own.subject(case.sandbox.access(case.network.key)))
    assert answer.get("state") == "a-state"
    credentials = case.network.connect.finish(consent, answer, CALLBACK)
    found = case.network.connect.accounts(credentials)
    assert case.account.external_id in {remote.external_id for remote in found}
    mine = next(remote for remote in found if remote.external_id == case.account.external_id)
    account = replace(case.account, credentials=mine.credentials, server=mine.server)
    assert list(case.network.collect.collect(account, Entity.ACCOUNT, None, NOW, None))
    case.network.connect.standing(account)
    granted = mine.credentials.scopes
    if granted is not None:
        assert all(scopes <= granted for scopes in case.network.capabilities.scopes.values())


def test_who_says_no_connects_nothing(case: Case) -> None:
    consent, answer = consented(case, deny="1")
    if consent.url is None:
        pytest.skip(f"{case.network.label} has no page to say no on")
    with pytest.raises(NeedsPerson):
        case.network.connect.finish(consent, answer, CALLBACK)


def test_connecting_names_the_account(case: Case) -> None:
    assert case.account.network == case.network.key
    assert case.account.name
    assert case.account.external_id


def test_a_dead_token_is_told_apart(case: Case, message: Message) -> None:
    dead = replace(
        case.account, credentials=replace(case.account.credentials, access_token="EAAG" + "0" * 60)
    )
    with pytest.raises((NeedsReconnect, TokenRefused)):
        list(case.network.collect.collect(dead, Entity.POSTS, None, NOW, None))
    kept = prepare(case, message)
    with pytest.raises((NeedsReconnect, TokenRefused)):
        case.network.publish.submit(dead, message, kept)
    assert accepted(case, message) == []


def test_a_refreshed_token_works_and_a_replay_is_what_the_network_makes_of_it(case: Case) -> None:
    before = case.account.credentials
    if before.refresh_token is None:
        pytest.skip(f"{case.network.label} has no refresh tokens")
    after = case.network.connect.refresh(before)
    assert after.access_token != before.access_token
    again = replace(case.account, credentials=after)
    case.network.connect.standing(again)
    if case.own.KILLS_ON_REPLAY:
        with pytest.raises(NeedsReconnect):
            case.network.connect.refresh(before)
        with pytest.raises((NeedsReconnect, TokenRefused)):
            case.network.connect.standing(again)


def test_given_back_it_opens_nothing_more(case: Case) -> None:
    case.network.connect.standing(case.account)
    case.network.connect.revoke(case.account)
    if not case.own.REVOKES:
        return
    with pytest.raises((NeedsReconnect, TokenRefused)):
        case.network.connect.standing(case.account)


def test_pkce_follows_its_rule() -> None:
    # RFC 7636, appendix B
    assert oauth.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


# ---------------------------------------------------------------- publishing
def test_every_kind_is_published_once_and_confirmed(case: Case, by_kind: dict[Kind, Message]) -> None:
    declared = {rule.kind for rule in case.network.capabilities.kinds}
    assert set(by_kind) == declared, "a message of every kind the network declares"
    for kind, message in by_kind.items():
        before = len(count(case))
        assert case.network.publish.check(message) == [], kind
        kept = prepare(case, message)
        assert accepted(case, message, before) == [], f"preparing a {kind} must publish nothing"
        published = case.network.publish.submit(case.account, message, kept)
        confirmed = settle(case, published)
        found = accepted(case, message, before)
        assert len(found) == 1, kind
        assert found[0]["account"] == case.own.sandbox_account(case.account), kind
        assert confirmed.published_at, kind
        assert confirmed.permalink, kind


def test_preparing_goes_on_where_it_was_killed(case: Case, by_kind: dict[Kind, Message]) -> None:
    """Stopped after each step in turn, the next process goes on with what was kept."""
    for kind, message in by_kind.items():
        before = len(count(case))
        kept: dict[str, object] = {}
        for _ in range(60):
            steps = case.network.publish.prepare(case.account, message, dict(kept))
            try:
                kept_now = next(steps, None)
                if kept_now is None or kept_now == kept:
                    break
                kept = kept_now
                json.dumps(kept)
            except TemporarilyRejected:
                case.sandbox.advance(20)
        kept = prepare(case, message, kept)
        settle(case, case.network.publish.submit(case.account, message, kept))
        assert len(accepted(case, message, before)) == 1, kind


def test_the_same_again(case: Case, message: Message) -> None:
    first = prepare(case, message)
    settle(case, case.network.publish.submit(case.account, message, first))
    if case.network.capabilities.idempotent:
        case.network.publish.submit(case.account, message, first)
        assert len(accepted(case, message)) == 1
    elif case.own.DUPLICATE:
        second = prepare(case, message)
        with pytest.raises(Duplicate):
            case.network.publish.submit(case.account, message, second)
        assert len(accepted(case, message)) == 1


@pytest.mark.parametrize("kind", ["accept_then_drop", "accept_then_5xx", "malformed", "truncated"])
def test_a_lost_answer_is_ambiguous_and_the_post_is_found(case: Case, message: Message, kind: str) -> None:
    kept, sent_at = prepare(case, message), case.sandbox.now()
    case.sandbox.fault(case.network.key, case.publish_endpoint, kind)
    with pytest.raises(Ambiguous):
        case.network.publish.submit(case.account, message, kept)
    assert case.sandbox.hits() == 1, "a write is never repeated"
    case.sandbox.clear_faults()
    assert len(accepted(case, message)) == 1
    found = case.network.publish.find(case.account, message, sent_at, kept)
    if case.own.CANNOT_RULE_OUT and found.finding is Finding.CANNOT_TELL:
        case.sandbox.advance(20)  # the network looks at a post before it lists it
        found = case.network.publish.find(case.account, message, sent_at, kept)
    assert found.finding is Finding.FOUND
    assert found.post
    settled = settle(case, found.post)
    assert settled.external_id


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx"])
def test_a_write_that_never_arrived_is_never_taken_for_sent(case: Case, message: Message, kind: str) -> None:
    kept, sent_at = prepare(case, message), case.sandbox.now()
    case.sandbox.fault(case.network.key, case.publish_endpoint, kind)
    with pytest.raises(Ambiguous):
        case.network.publish.submit(case.account, message, kept)
    assert case.sandbox.hits() == 1, "a write is never repeated"
    case.sandbox.clear_faults()
    assert accepted(case, message) == []
    finding = case.network.publish.find(case.account, message, sent_at, kept).finding
    assert finding is (Finding.CANNOT_TELL if case.own.CANNOT_RULE_OUT else Finding.ABSENT)


def test_a_throttled_write_was_not_written(case: Case, message: Message) -> None:
    kept = prepare(case, message)
    case.sandbox.fault(case.network.key, case.publish_endpoint, "429")
    with pytest.raises(RateLimited) as caught:
        case.network.publish.submit(case.account, message, kept)
    assert caught.value.until > datetime.now(UTC)
    assert accepted(case, message) == []


def test_a_refused_token_wrote_nothing(case: Case, message: Message) -> None:
    kept = prepare(case, message)
    case.sandbox.fault(case.network.key, case.publish_endpoint, "401")
    with pytest.raises((NeedsReconnect, TokenRefused)):
        case.network.publish.submit(case.account, message, kept)
    assert accepted(case, message) == []


def test_other_posts_are_not_taken_for_ours(case: Case, message: Message) -> None:
    ours, theirs = message, unlike_any(case, message)
    kept, sent_at = prepare(case, ours), case.sandbox.now()
    settle(case, case.network.publish.submit(case.account, theirs, prepare(case, theirs)))
    found = case.network.publish.find(case.account, ours, sent_at, kept)
    assert found.finding is not Finding.FOUND


def test_what_cannot_be_sent_is_refused_in_words(case: Case, message: Message) -> None:
    declared = {rule.kind for rule in case.network.capabilities.kinds}
    for wrong in (
        replace(message, text="broken \ud800"),
        replace(message, text="a" * 70_000),
        replace(message, link="example.com"),
        *(Message("", kind=kind) for kind in set(Kind) - declared),
    ):
        problems = case.network.publish.check(wrong)
        assert problems
        assert all(problem.endswith(".") for problem in problems), problems


# ---------------------------------------------------------------- collecting
def test_paging_reaches_the_end_without_doubles(case: Case) -> None:
    answers = collected(case, Entity.POSTS)
    ids = ids_of(case, answers)
    assert len(ids) == len(set(ids)) > 200
    assert answers[-1].next_cursor is None
    assert all(answer.next_cursor for answer in answers[:-1])


def test_a_failing_page_keeps_the_others_and_is_gone_on_from(case: Case) -> None:
    whole = set(ids_of(case, collected(case, Entity.POSTS)))
    pages = case.network.collect.collect(case.account, Entity.POSTS, None, case.sandbox.now(), None)
    first = [next(pages)]
    case.sandbox.fault(case.network.key, case.posts_endpoint, "401", times=50)
    with pytest.raises(NetworkError):
        first += list(pages)
    case.sandbox.clear_faults()
    rest = collected(case, Entity.POSTS, cursor=first[-1].next_cursor)
    ids = ids_of(case, first + rest)
    assert len(ids) == len(set(ids))
    assert set(ids) == whole


@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx", "malformed", "truncated"])
def test_a_read_survives_a_blip(case: Case, kind: str) -> None:
    case.sandbox.fault(case.network.key, case.posts_endpoint, kind)
    answers = collected(case, Entity.POSTS, since=case.sandbox.now() - timedelta(days=7))
    assert case.sandbox.hits() == 1
    assert ids_of(case, answers)


def test_since_bounds_the_posts(case: Case) -> None:
    since = case.sandbox.now() - timedelta(days=45)
    everything = ids_of(case, collected(case, Entity.POSTS))
    recent = ids_of(case, collected(case, Entity.POSTS, since))
    assert 0 < len(recent) < len(everything)
    assert set(recent) <= set(everything)


@pytest.mark.parametrize("entity", list(Entity))
def test_every_entity_the_network_has_is_answered(case: Case, entity: Entity) -> None:
    if entity not in case.network.collect.entities:
        with pytest.raises(NetworkError):
            collected(case, entity, NOW - timedelta(days=3))
        return
    answers = collected(case, entity, NOW - timedelta(days=10))
    assert answers
    assert {answer.entity for answer in answers} == {entity}
    assert answers[-1].next_cursor is None
    for answer in answers:
        json.loads(answer.body)
        json.dumps(dict(answer.request))


# ---------------------------------------------------------------- secrets
def test_no_token_gets_out(case: Case, message: Message, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    own = case.account.credentials
    secrets = [own.access_token, own.refresh_token or "-" * 40, *own.extra.values()]
    errors = provoked(case, message)
    assert len(errors) >= 3
    since = NOW - timedelta(days=5)
    answers = [a for entity in case.network.collect.entities for a in collected(case, entity, since)]
    answers_text = "".join(f"{answer!r}{answer.body}{json.dumps(dict(answer.request))}" for answer in answers)
    for text in (answers_text, caplog.text, *map(repr, errors), *map(str, errors), repr(case.account)):
        assert not any(secret in text for secret in secrets if len(secret) > 20)


def provoked(case: Case, message: Message) -> list[NetworkError]:
    """Errors of many kinds."""
    caught: list[NetworkError] = []
    kept = prepare(case, message)

    def keep(action: Callable[[], object]) -> None:
        try:
            action()
        except NetworkError as error:
            caught.append(error)

    for kind in ("401", "429", "5xx", "malformed", "drop_before_accept"):
        case.sandbox.clear_faults()
        case.sandbox.fault(case.network.key, case.publish_endpoint, kind)
        keep(lambda: case.network.publish.submit(case.account, message, kept))
    case.sandbox.clear_faults()
    unknown = Account(**{**vars(case.account), "external_id": "1", "credentials": Credentials("nothing")})
    keep(lambda: list(case.network.collect.collect(unknown, Entity.POSTS, None, NOW, None)))
    return caught
