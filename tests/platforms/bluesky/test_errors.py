"""What Bluesky's errors mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from platforms.bluesky.errors import classify, classify_video
from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import Reply

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "eyJhbGciOiJFUzI1NksifQ.e30.abc"


def reply(status: int, document: object, **headers: str) -> Reply:
    known = document if isinstance(document, dict) else None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(document), known, NOW, NOW)


def read(status: int, code: str, *, write: bool = False, **headers: str) -> NetworkError | None:
    document = {"error": code, "message": f"{code} of {SECRET}"}
    return classify(reply(status, document, **headers), write=write, secrets=(SECRET,))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ExpiredToken", TokenRefused),
        (400, "InvalidToken", TokenRefused),
        (401, "AuthMissing", TokenRefused),
        (401, "AuthenticationRequired", TokenRefused),
        (400, "AccountTakedown", NeedsPerson),
        (401, "AccountDeactivated", NeedsPerson),
        (403, "AccountNotFound", NeedsPerson),
        (400, "InvalidRequest", Rejected),
        (400, "BlobNotFound", Rejected),
        (400, "RecordNotFound", Rejected),
        (413, "PayloadTooLarge", Rejected),
        (429, "RateLimitExceeded", RateLimited),
        (500, "InternalServerError", TemporarilyRejected),
        (502, "UpstreamFailure", TemporarilyRejected),
    ],
)
def test_codes(status: int, code: str, kind: type[NetworkError]) -> None:
    error = read(status, code)
    assert type(error) is kind
    assert error.code == code
    assert SECRET not in error.message


def test_a_failure_of_a_write_leaves_it_open() -> None:
    assert isinstance(read(500, "InternalServerError", write=True), Ambiguous)


def test_the_wait_is_what_the_headers_say() -> None:
    later = int((NOW + timedelta(minutes=4)).timestamp())
    named = read(429, "RateLimitExceeded", ratelimit_reset=str(later))
    silent = read(429, "RateLimitExceeded")
    assert isinstance(named, RateLimited)
    assert isinstance(silent, RateLimited)
    assert (named.until, silent.until) == (NOW + timedelta(minutes=4), NOW + timedelta(minutes=5))


def test_what_is_no_error_of_xrpc() -> None:
    assert classify(reply(200, {"error": "x"}), write=False, secrets=()) is None
    assert classify(reply(502, "no JSON object"), write=False, secrets=()) is None
    assert classify(reply(400, {"message": "no name"}), write=False, secrets=()) is None


def test_a_video_that_is_known_is_no_error_to_the_video_service_alone() -> None:
    known = reply(409, {"error": "already_exists", "jobId": "1"})
    assert classify_video(known, write=False, secrets=()) is None
    assert isinstance(classify(known, write=False, secrets=()), Rejected)
