"""What LinkedIn's answers mean, one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import Reply
from platforms.linkedin.errors import classify

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
THROTTLE = "Resource level throttle limit for calls to this resource is reached."


def reply(status: int, document: dict[str, Any] | None, **headers: str) -> Reply:
    return Reply(status, headers, json.dumps(document), document, NOW, NOW)


def told(status: int, code: str = "", message: str = "words", service: int | None = None) -> Reply:
    return reply(status, {"status": status, "code": code, "message": message, "serviceErrorCode": service})


@pytest.mark.parametrize(
    ("answer", "written", "read"),
    [
        (told(401, "INVALID_ACCESS_TOKEN", service=65600), TokenRefused, TokenRefused),
        (told(401, "EXPIRED_ACCESS_TOKEN", service=65602), TokenRefused, TokenRefused),
        (told(401, "REVOKED_ACCESS_TOKEN", service=65601), NeedsReconnect, NeedsReconnect),
        (told(403, "ACCESS_DENIED", service=100), NeedsPerson, NeedsPerson),
        (told(400, "MISSING_FIELD"), Rejected, Rejected),
        (told(400, "VERSION_MISSING"), NeedsPerson, NeedsPerson),
        (told(426, "NONEXISTENT_VERSION"), NeedsPerson, NeedsPerson),
        (reply(426, None), NeedsPerson, NeedsPerson),
        (told(409, "CONFLICT"), TemporarilyRejected, TemporarilyRejected),
        (told(422, "", "Content is a duplicate of urn:li:share:7"), Duplicate, Duplicate),
        (told(422, "", "commentary is wrong"), Rejected, Rejected),
        (told(429, "", THROTTLE), RateLimited, RateLimited),
        (told(408), Ambiguous, TemporarilyRejected),
        (told(500), Ambiguous, TemporarilyRejected),
        (told(504), Ambiguous, TemporarilyRejected),
    ],
)
def test_each_answer_has_its_kind(answer: Reply, written: type, read: type) -> None:
    assert type(classify(answer, write=True, secrets=())) is written
    assert type(classify(answer, write=False, secrets=())) is read


def test_successes_and_pages_without_json_are_left_to_http() -> None:
    assert classify(reply(201, None), write=True, secrets=()) is None
    assert classify(reply(502, None), write=True, secrets=()) is None


def test_a_day_used_up_ends_at_midnight_utc() -> None:
    error = classify(told(429, "", THROTTLE), write=True, secrets=())
    assert isinstance(error, RateLimited)
    assert error.until == datetime(2026, 11, 22, tzinfo=UTC)


def test_another_refusal_for_now_waits_a_minute_or_as_long_as_is_said() -> None:
    error = classify(told(429, "", "slow down"), write=True, secrets=())
    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(minutes=1)
    named = reply(429, {"message": THROTTLE}, **{"retry-after": "7"})
    error = classify(named, write=True, secrets=())
    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(seconds=7)


def test_a_sunset_version_says_which_setting_to_change() -> None:
    error = classify(
        told(426, "NONEXISTENT_VERSION", "Requested version 20241001 is not active"), write=False, secrets=()
    )
    assert "ALLIN_LINKEDIN_API_VERSION" in str(error)


def test_the_duplicate_is_named_and_no_secret_is() -> None:
    words = "Content is a duplicate of urn:li:share:7 by verysecret"
    error = classify(told(422, "", words), write=True, secrets=("verysecret",))
    assert "urn:li:share:7" in str(error)
    assert "verysecret" not in str(error)
