"""What TikTok's codes mean, and how posts fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

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
from platforms.tiktok.errors import FAILURES, classify, failure

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "act.0123456789"


def read(status: int, document: object, *, write: bool = False) -> NetworkError | None:
    body = json.dumps(document)
    known = document if isinstance(document, dict) else None
    return classify(Reply(status, {}, body, known, NOW, NOW), write=write, secrets=(SECRET,))


def enveloped(code: str, message: str = "") -> dict[str, object]:
    return {"data": {}, "error": {"code": code, "message": message, "log_id": "1"}}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "access_token_invalid", TokenRefused),
        (401, "scope_not_authorized", NeedsPerson),
        (400, "scope_permission_missed", NeedsPerson),
        (400, "invalid_params", Rejected),
        (400, "invalid_param", Rejected),
        (400, "invalid_file_upload", Rejected),
        (403, "privacy_level_option_mismatch", Rejected),
        (403, "token_not_authorized_for_specified_publish_id", Rejected),
        (403, "spam_risk", NeedsPerson),
        (403, "spam_risk_user_banned_from_posting", NeedsPerson),
        (403, "reached_active_user_cap", NeedsPerson),
        (403, "unaudited_client_can_only_post_to_private_accounts", NeedsPerson),
        (403, "url_ownership_unverified", NeedsPerson),
        (200, "spam_risk_user_banned_from_posting", NeedsPerson),
        (200, "spam_risk_too_many_posts", RateLimited),
        (403, "spam_risk_too_many_posts", RateLimited),
        (429, "rate_limit_exceeded", RateLimited),
        (500, "internal_error", TemporarilyRejected),
    ],
)
def test_codes(status: int, code: str, kind: type[NetworkError]) -> None:
    error = read(status, enveloped(code))
    assert type(error) is kind
    assert error.code == code


def test_fine_is_no_error() -> None:
    assert read(200, enveloped("ok")) is None
    assert read(200, {"access_token": "a"}) is None
    assert read(502, "no JSON object") is None


def test_only_a_write_is_left_in_doubt() -> None:
    assert isinstance(read(500, enveloped("internal_error"), write=True), Ambiguous)


def test_waits_are_a_minute_and_an_hour() -> None:
    minute, hour = (
        read(429, enveloped("rate_limit_exceeded")),
        read(200, enveloped("spam_risk_too_many_posts")),
    )
    assert isinstance(minute, RateLimited)
    assert isinstance(hour, RateLimited)
    assert (minute.until, hour.until) == (NOW + timedelta(minutes=1), NOW + timedelta(hours=1))


@pytest.mark.parametrize("status", [200, 400])
def test_flat_errors_of_oauth_come_with_any_status(status: int) -> None:
    error = read(status, {"error": "invalid_grant", "error_description": "expired", "log_id": "1"})
    assert isinstance(error, Rejected)
    assert error.code == "invalid_grant"


def test_no_secret_is_repeated() -> None:
    error = read(400, enveloped("invalid_params", f"bad token {SECRET}"))
    assert error is not None
    assert SECRET not in error.message


def test_every_failure_has_words() -> None:
    told = {failure(reason).message for reason in FAILURES}
    assert len(told) == len(FAILURES)
    assert failure("something new").message.endswith("it did not say why.")
