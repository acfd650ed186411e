"""What Meta's answers mean that posts alone never gave: uploads, apps, roles, and states of videos."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.contract import Account, Credentials
from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    Rejected,
    TemporarilyRejected,
)
from platforms.facebook.errors import classify
from platforms.facebook.reading import Video, post_id
from platforms.http import Reply
from platforms.meta.listing import moment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE = Account("a", "o", "facebook", "77", "Page", Credentials("t"))


def reply(status: int, document: dict[str, Any]) -> Reply:
    return Reply(status, {}, json.dumps(document), document, NOW, NOW)


def graph(code: int, subcode: int | None = None, message: str = "words") -> Reply:
    return reply(400, {"error": {"message": message, "code": code, "error_subcode": subcode}})


def debug(*, retriable: bool, status: int = 400) -> Reply:
    info = {"retriable": retriable, "type": "ProcessingFailedError", "message": "no EAAGsecretsecret"}
    return reply(status, {"debug_info": info})


@pytest.mark.parametrize(
    ("answer", "written", "read"),
    [
        (graph(190, 492), NeedsReconnect, NeedsReconnect),
        (graph(101), NeedsPerson, NeedsPerson),
        (graph(1, message="Error validating client secret."), NeedsPerson, NeedsPerson),
        (graph(1), Ambiguous, TemporarilyRejected),
        (graph(324), Rejected, Rejected),
        (graph(382), Rejected, Rejected),
        (graph(389), Rejected, Rejected),
        (graph(6000, 1363030), Rejected, Rejected),
        (graph(1363040), Rejected, Rejected),
        (debug(retriable=True), Ambiguous, TemporarilyRejected),
        (debug(retriable=False), Rejected, Rejected),
        (debug(retriable=False, status=500), Ambiguous, TemporarilyRejected),
    ],
)
def test_codes(answer: Reply, written: type[NetworkError], read: type[NetworkError]) -> None:
    assert type(classify(answer, write=True, secrets=())) is written
    error = classify(answer, write=False, secrets=())
    assert type(error) is read
    assert "EAAG" not in str(error)


def test_an_upload_that_went_well_is_no_error() -> None:
    assert classify(reply(200, {"success": True}), write=False, secrets=()) is None
    assert classify(reply(200, {"success": True, "debug_info": {}}), write=False, secrets=()) is None


def status(word: str, processing: str, publishing: str | None, **more: Any) -> Video:
    phases = {"processing_phase": {"status": processing}}
    if publishing is not None:
        phases["publishing_phase"] = {"status": publishing}
    return Video("9", {"status": {"video_status": word, **phases}, **more})


@pytest.mark.parametrize(
    ("video", "finishing", "untouched", "public"),
    [
        (status("uploading", "not_started", "not_started"), False, True, False),
        (status("processing", "not_started", "not_started"), False, True, False),
        (status("processing", "in_progress", "not_started"), False, False, False),
        (status("processing", "in_progress", "in_progress"), True, False, False),
        (status("ready", "complete", "complete"), True, False, True),
        (status("ready", "complete", None), True, False, True),
        (status("processing", "in_progress", None), False, False, False),
        (Video("9", {}), False, False, False),
        (Video("9", {"status": "ready"}), False, False, False),
    ],
)
def test_a_videos_state(video: Video, finishing: bool, untouched: bool, public: bool) -> None:
    assert (video.finishing, video.untouched, video.public) == (finishing, untouched, public)
    assert video.failure is None


def test_both_spellings_of_the_received_bytes_are_read() -> None:
    for name in ("bytes_transfered", "bytes_transferred"):
        for given in (5, "5"):
            assert Video("9", {"status": {"uploading_phase": {name: given}}}).received == 5
    assert Video("9", {"status": {"uploading_phase": {}}}).received is None


def test_a_failed_video_says_why() -> None:
    errors = {"status": "error", "errors": [{"code": 1363128, "message": "Too short"}, {"code": 2}]}
    video = Video("9", {"status": {"video_status": "processing", "processing_phase": errors}})
    assert video.failure == "Too short"
    assert Video("9", {"status": {"video_status": "upload_failed"}}).failure == "upload_failed"


def test_a_video_settles_under_its_posts_id_and_is_not_waited_for_for_ever() -> None:
    young = {"created_time": "2026-11-21T11:50:00+0000", "permalink_url": "/77/videos/9/"}
    waiting = status("ready", "complete", "complete", **young).published(PAGE, NOW)
    assert (waiting.external_id, waiting.settled) == ("9", False)
    named = status("ready", "complete", "complete", **young, post_id="5").published(PAGE, NOW)
    assert (named.external_id, named.settled) == ("77_5", True)
    assert named.permalink == "https://www.facebook.com/77/videos/9/"
    later = status("ready", "complete", "complete", **young).published(PAGE, NOW + timedelta(hours=2))
    assert (later.external_id, later.settled) == ("9", True)
    reel = {**young, "permalink_url": "/reel/9/", "post_id": "5"}
    assert status("ready", "complete", "complete", **reel).published(PAGE, NOW).external_id == "9"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-11-21T12:00:00+0000", NOW),
        (str(int(NOW.timestamp())), NOW),
        (int(NOW.timestamp()), NOW),
        ("yesterday", None),
        (None, None),
    ],
)
def test_moments(given: object, expected: datetime | None) -> None:
    assert moment(given) == expected


def test_post_ids_are_whole() -> None:
    assert post_id(PAGE, "5") == post_id(PAGE, 5) == post_id(PAGE, "77_5") == "77_5"
