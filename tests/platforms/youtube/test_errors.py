"""What Google's reasons mean, and when a used-up day is over."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from platforms.youtube.errors import PACIFIC, REASONS, classify, next_day, unshown

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "ya29.0123456789"


def read(status: int, document: object, *, write: bool = False) -> NetworkError | None:
    known = document if isinstance(document, dict) else None
    reply = Reply(status, {}, json.dumps(document), known, NOW, NOW)
    return classify(reply, write=write, secrets=(SECRET,))


def google(status: int, reason: str, message: str = "words") -> dict[str, object]:
    entry = {"message": message, "domain": "youtube", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [entry]}}


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (401, "authError", TokenRefused),
        (401, "youtubeSignupRequired", NeedsPerson),
        (403, "insufficientPermissions", NeedsPerson),
        (403, "forbidden", NeedsPerson),
        (403, "quotaExceeded", RateLimited),
        (403, "rateLimitExceeded", RateLimited),
        (403, "userRateLimitExceeded", RateLimited),
        (429, "rateLimitExceeded", RateLimited),
        (400, "uploadLimitExceeded", RateLimited),
        (400, "invalidTitle", Rejected),
        (400, "invalidDescription", Rejected),
        (400, "invalidTags", Rejected),
        (400, "invalidCategoryId", Rejected),
        (400, "invalidPublishAt", Rejected),
        (400, "mediaBodyRequired", Rejected),
        (404, "videoNotFound", Rejected),
        (500, "backendError", TemporarilyRejected),
        (503, "backendError", TemporarilyRejected),
    ],
)
def test_reasons(status: int, reason: str, kind: type[NetworkError]) -> None:
    error = read(status, google(status, reason))
    assert type(error) is kind
    assert (error.code, error.status) == (reason, status)


def test_no_error_is_none() -> None:
    assert read(200, {"kind": "youtube#video"}) is None
    assert read(308, None) is None
    assert read(404, None) is None


def test_only_a_write_is_left_in_doubt() -> None:
    assert isinstance(read(503, google(503, "backendError"), write=True), Ambiguous)


def test_flat_errors_of_oauth() -> None:
    error = read(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
    assert isinstance(error, Rejected)
    assert error.code == "invalid_grant"


def test_no_secret_is_repeated() -> None:
    error = read(400, google(400, "badRequest", f"bad {SECRET}"))
    assert error is not None
    assert SECRET not in error.message


def test_a_used_up_quota_comes_back_at_midnight_in_california() -> None:
    error = read(403, google(403, "quotaExceeded"))
    assert isinstance(error, RateLimited)
    assert error.until == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert error.of == "app", "every channel has to wait"


@pytest.mark.parametrize("reason", ["uploadLimitExceeded", "userRateLimitExceeded"])
def test_a_limit_of_one_channel_is_no_other_channel_s(reason: str) -> None:
    error = read(403, google(403, reason))
    assert isinstance(error, RateLimited)
    assert error.of == "account"


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        # 2026-03-08 and 2026-11-01 are the days on which California's clocks change.
        (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)
def test_midnight_across_a_change_of_clocks(now: datetime, wanted: datetime) -> None:
    assert next_day(now) == wanted


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_the_next_day_is_the_next_midnight(now: datetime) -> None:
    found = next_day(now)
    assert now < found <= now + timedelta(hours=25)
    local = found.astimezone(PACIFIC)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)


def test_every_reason_has_words_of_its_own() -> None:
    told = set()
    for reason in REASONS:
        error = unshown({"uploadStatus": "rejected", "rejectionReason": reason})
        assert error is not None
        told.add(error.message)
    assert len(told) == len(REASONS)
    assert unshown({"uploadStatus": "processed"}) is None
    assert unshown({"uploadStatus": "uploaded"}) is None
    assert unshown({"uploadStatus": "deleted"}) is not None
    unknown = unshown({"uploadStatus": "failed", "failureReason": "something new"})
    assert unknown is not None
    assert unknown.code == "something new"


def test_what_failed_in_passing_may_have_been_written() -> None:
    passing = google(400, "processingFailure")
    assert isinstance(read(400, passing, write=True), Ambiguous)
    assert isinstance(read(400, passing), TemporarilyRejected)


def test_comments_that_are_switched_off_need_a_person() -> None:
    assert isinstance(read(403, google(403, "commentsDisabled"), write=True), NeedsPerson)
