"""What Pinterest's answers mean, one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    RateLimited,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import Reply
from platforms.pinterest.errors import classify

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def reply(status: int, document: dict[str, Any] | None, **headers: str) -> Reply:
    return Reply(status, headers, json.dumps(document), document, NOW, NOW)


def told(status: int, code: int) -> Reply:
    return reply(status, {"code": code, "message": "words"})


@pytest.mark.parametrize(
    ("answer", "written", "read"),
    [
        (told(400, 1), Rejected, Rejected),
        (told(401, 2), TokenRefused, TokenRefused),
        (told(401, 7), NeedsPerson, NeedsPerson),
        (told(403, 29), NeedsPerson, NeedsPerson),
        (told(404, 50), Rejected, Rejected),
        (told(409, 1), Rejected, Rejected),
        (told(429, 8), RateLimited, RateLimited),
        (told(408, 1), Ambiguous, TemporarilyRejected),
        (told(500, 12), Ambiguous, TemporarilyRejected),
    ],
)
def test_each_answer_has_its_kind(answer: Reply, written: type, read: type) -> None:
    assert type(classify(answer, write=True, secrets=())) is written
    assert type(classify(answer, write=False, secrets=())) is read


def test_successes_and_pages_without_json_are_left_to_http() -> None:
    assert classify(reply(204, None), write=True, secrets=()) is None
    assert classify(reply(502, None), write=True, secrets=()) is None


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-reset": "42"}, timedelta(seconds=42)),
        ({"retry-after": "7", "x-ratelimit-reset": "42"}, timedelta(seconds=7)),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, timedelta(seconds=90)),
        ({"x-ratelimit-reset": "soon"}, timedelta(minutes=1)),
        ({"x-ratelimit-reset": "nan"}, timedelta(minutes=1)),
        ({}, timedelta(minutes=1)),
    ],
)
def test_the_reset_is_in_seconds_from_now(headers: dict[str, str], wait: timedelta) -> None:
    error = classify(reply(429, {"code": 8, "message": "slow"}, **headers), write=True, secrets=())
    assert isinstance(error, RateLimited)
    assert error.until == NOW + wait


def test_no_secret_is_repeated() -> None:
    answer = reply(400, {"code": 1, "message": "bad verysecret"})
    assert "verysecret" not in str(classify(answer, write=True, secrets=("verysecret",)))
