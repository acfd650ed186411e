"""What the errors of Mastodon servers mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.http import Reply
from platforms.mastodon.errors import NOT_FOUND, classify

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "ZA-Yj3aBD8U8Cm7lKUp-lm9O9BmDgdhHzDeqsY8tlL0"


def read(
    status: int, document: object, headers: dict[str, str] | None = None, *, write: bool = False
) -> NetworkError | None:
    known = document if isinstance(document, dict) else None
    reply = Reply(status, headers or {}, json.dumps(document), known, NOW, NOW)
    return classify(reply, write=write, secrets=(SECRET,))


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, "The access token is invalid", NeedsReconnect),
        (401, "The access token was revoked", NeedsReconnect),
        (403, "This action is outside the authorized scopes", NeedsPerson),
        (403, "Your login is currently disabled", NeedsPerson),
        (404, "Record not found", Rejected),
        (422, "Validation failed: Text can't be blank", Rejected),
        (401, "invalid_client", Rejected),
        (400, "invalid_grant", Rejected),
        (429, "Too many requests", RateLimited),
        (500, "Error processing thumbnail for uploaded media", TemporarilyRejected),
        (503, "There was a temporary problem serving your request", TemporarilyRejected),
    ],
)
def test_errors(status: int, error: str, kind: type[NetworkError]) -> None:
    found = read(status, {"error": error, "error_description": f"{error} {SECRET}"})
    assert type(found) is kind
    assert SECRET not in found.message


def test_codes_are_those_of_oauth_and_what_is_not_there() -> None:
    grant, gone = read(400, {"error": "invalid_grant"}), read(404, {"error": "Record not found"})
    assert grant is not None
    assert gone is not None
    assert (grant.code, gone.code) == ("invalid_grant", NOT_FOUND)


def test_a_failure_of_a_write_leaves_it_open() -> None:
    assert isinstance(read(503, {"error": "Temporary"}, write=True), Ambiguous)


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"x-ratelimit-reset": "2026-11-21T12:04:00.000000Z"}, 4),
        ({"x-ratelimit-reset": "2026-11-21T14:03:00+02:00"}, 3),
        ({"x-ratelimit-reset": "soon", "retry-after": "60"}, 1),
        ({"x-ratelimit-reset": "2020-01-01T00:00:00Z"}, 0),
        ({}, 5),
    ],
)
def test_the_wait_is_what_the_headers_say(headers: dict[str, str], minutes: int) -> None:
    error = read(429, {"error": "Too many requests"}, headers)
    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(minutes=minutes)


def test_what_is_no_error_of_mastodons() -> None:
    assert read(200, {"error": "x"}) is None
    assert read(502, "no JSON object") is None
    assert read(400, {"errors": []}) is None
