"""Instagram's errors: what each code means for what may be done next."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    NotReady,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.http import Reply
from platforms.instagram.errors import classify, failed
from platforms.meta.containers import State

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def reply(document: dict[str, Any], status: int = 400) -> Reply:
    return Reply(status, {}, json.dumps(document), document, NOW, NOW)


def read(code: int, subcode: int | None = None, *, write: bool = True, **more: Any) -> NetworkError | None:
    error = {"message": "said so", "type": "OAuthException", "code": code, **more}
    if subcode:
        error["error_subcode"] = subcode
    return classify(reply({"error": error}), write=write, secrets=())


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (190, 463, NeedsReconnect),
        (190, 458, NeedsReconnect),
        (102, None, NeedsReconnect),
        (10, None, NeedsPerson),
        (200, None, NeedsPerson),
        (2635, None, NeedsPerson),
        (25, 2207050, NeedsPerson),
        (4, 2207051, NeedsPerson),
        (9004, 2207052, NeedsPerson),
        (4, None, RateLimited),
        (80002, None, RateLimited),
        (9, 2207042, RateLimited),
        (9007, 2207027, NotReady),
        (24, 2207008, TemporarilyRejected),
        (-2, 2207020, TemporarilyRejected),
        (24, 2207006, Rejected),
        (352, 2207026, Rejected),
        (36003, 2207009, Rejected),
        (36004, 2207010, Rejected),
        (100, 33, Rejected),
        (999_999, None, Rejected),
        (1, None, Ambiguous),
        (2, None, Ambiguous),
        (368, None, Ambiguous),
        (-1, 2207001, Ambiguous),
        (-2, 2207003, Ambiguous),
    ],
)
def test_what_a_refused_publication_means(code: int, subcode: int | None, kind: type[NetworkError]) -> None:
    error = read(code, subcode)
    assert type(error) is kind


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (1, None, TemporarilyRejected),
        (-1, 2207001, TemporarilyRejected),
        (368, None, NeedsPerson),
        (24, 2207008, Rejected),
    ],
)
def test_what_publishes_nothing_is_never_ambiguous(
    code: int, subcode: int | None, kind: type[NetworkError]
) -> None:
    assert type(read(code, subcode, write=False)) is kind


def test_a_transient_error_of_any_code_is_one() -> None:
    assert type(read(999_999, is_transient=True)) is Ambiguous


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Matching code was not found or was already used", "invalid_grant"),
        ("Error validating client secret.", "invalid_client"),
    ],
)
def test_the_code_exchange_has_a_form_of_its_own(message: str, code: str) -> None:
    body = {"error_type": "OAuthException", "code": 400, "error_message": message}
    error = classify(reply(body), write=True, secrets=())
    assert type(error) is Rejected
    assert error.code == code


def test_successes_and_foreign_bodies_are_no_errors() -> None:
    for document in ({"id": "1"}, {}, {"error": "words"}, {"error": None}):
        assert classify(reply(document, 200), write=True, secrets=()) is None


def test_the_wait_is_the_one_that_is_named() -> None:
    usage = json.dumps({"1": [{"type": "instagram", "estimated_time_to_regain_access": 7}]})
    error = {"message": "m", "code": 80002}
    throttled = replace(reply({"error": error}), headers={"x-business-use-case-usage": usage})
    found = classify(throttled, write=True, secrets=())
    assert isinstance(found, RateLimited)
    assert found.until == NOW + timedelta(minutes=7)


def test_no_secret_is_in_the_words() -> None:
    body = {"error": {"message": "token IGAAsecret is bad", "code": 190}}
    error = classify(reply(body), write=True, secrets=("IGAAsecret",))
    assert error
    assert "IGAAsecret" not in str(error)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Error: Media upload has failed with error code 2207026", Rejected),
        ("Error: Media upload has failed with error code 2207003", TemporarilyRejected),
        ("Error: Media upload has failed with error code 2207052", NeedsPerson),
        ("Error: Media upload has failed with error code 2207051", NeedsPerson),
        ("Error: something new", Rejected),
        ("", Rejected),
    ],
)
def test_a_failed_container_tells_why(words: str, kind: type[NetworkError]) -> None:
    assert type(failed(State("ERROR", words))) is kind
