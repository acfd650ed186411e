"""Photos and videos on their way: what is kept after each step, and where an upload goes on after a fault."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platforms.errors import NeedsReconnect, NetworkError, RateLimited, Rejected, TemporarilyRejected
from platforms.facebook import upload
from platforms.message import Kind, Message
from tests.platforms.facebook import case
from tests.platforms.facebook.conftest import Page

RUPLOAD = "POST /rupload/video-upload/{version}/{video}"
LOST = ("accept_then_drop", "accept_then_5xx", "malformed", "truncated", "drop_before_accept", "5xx")
MIB = 1024 * 1024


def movie_message(folder: Path, kind: Kind = Kind.VIDEO, size: int = 3 * MIB) -> Message:
    return Message("", kind=kind, media=(case.movie(folder, size=size),))


def gone_on(page: Page, message: Message) -> tuple[dict[str, Any], int]:
    """Prepare until it goes through, each time with what was kept last; and how many tries it took."""
    kept: dict[str, Any] = {}
    for tries in range(1, 8):
        try:
            for step in page.network.publish.prepare(page.account, message, kept):
                kept = step
        except TemporarilyRejected:
            continue
        return kept, tries
    raise AssertionError("it never went through")


def bytes_of(page: Page, kept: dict[str, Any]) -> bytes:
    """What the sandbox received."""
    return (page.home / "uploads" / "facebook" / str(kept["video"]["id"])).read_bytes()


def wait_for(page: Page, video_id: str, count: int) -> None:
    """Until the sandbox has read as many bytes as it was sent."""
    for _ in range(100):
        phase = page.server.graph(video_id, fields="status").json()["status"]["uploading_phase"]
        if phase["bytes_transfered"] == count:
            return
        time.sleep(0.02)
    raise AssertionError(f"{count} bytes never arrived")


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize(
    ("kind", "endpoint"),
    [
        (Kind.VIDEO, "POST /{page}/videos"),
        (Kind.REEL, "POST /{page}/video_reels"),
        (Kind.REEL, RUPLOAD),
        (Kind.STORY, RUPLOAD),
    ],
)
def test_an_upload_survives_a_fault_of_any_step(
    page: Page, tmp_path: Path, kind: Kind, endpoint: str, fault: str
) -> None:
    message = movie_message(tmp_path, kind)
    page.fault(endpoint, fault)
    kept, tries = gone_on(page, message)
    assert tries == 2
    assert bytes_of(page, kept) == message.media[0].path.read_bytes()
    page.network.publish.submit(page.account, message, kept)
    assert len(page.taken()) == 1


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_chunked_upload_survives_a_fault_of_any_piece(
    page: Page, tmp_path: Path, fault: str, number: int
) -> None:
    message = movie_message(tmp_path)
    steps = page.network.publish.prepare(page.account, message, {})
    kept = [next(steps) for _ in range(number)][-1]
    page.fault("POST /{page}/videos", fault)
    with pytest.raises(TemporarilyRejected):
        next(steps)
    again = page.prepared(message, kept)
    assert again["video"]["id"] == kept["video"]["id"], "the same video goes on"
    assert bytes_of(page, again) == message.media[0].path.read_bytes()


@pytest.mark.parametrize("stopped_after", range(5))
def test_a_killed_upload_goes_on_where_it_was(page: Page, tmp_path: Path, stopped_after: int) -> None:
    message = movie_message(tmp_path)
    kept: dict[str, Any] = {}
    steps = page.network.publish.prepare(page.account, message, {})
    for _ in range(stopped_after):
        kept = next(steps)
    steps.close()  # type: ignore[attr-defined]
    again = page.prepared(message, kept)
    assert not kept or again == kept
    assert bytes_of(page, again) == message.media[0].path.read_bytes()


def test_a_broken_stream_goes_on_at_what_arrived(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = movie_message(tmp_path, Kind.REEL)
    whole = upload._blocks

    def breaks(path: Path, start: int) -> Iterator[bytes]:
        blocks = whole(path, start)
        yield next(blocks)
        yield next(blocks)
        raise OSError("the disk is gone")

    monkeypatch.setattr(upload, "_blocks", breaks)
    steps = page.network.publish.prepare(page.account, message, {})
    kept = next(steps)
    with pytest.raises(OSError, match="disk"):
        next(steps)
    wait_for(page, kept["video"]["id"], 2 * upload.BLOCK)
    starts: list[int] = []

    def noted(path: Path, start: int) -> Iterator[bytes]:
        starts.append(start)
        return whole(path, start)

    monkeypatch.setattr(upload, "_blocks", noted)
    again = page.prepared(message, kept)
    assert again["video"]["id"] == kept["video"]["id"]
    assert starts == [2 * upload.BLOCK]
    assert bytes_of(page, again) == message.media[0].path.read_bytes()


def test_an_upload_that_is_whole_is_not_repeated(page: Page, tmp_path: Path) -> None:
    for kind in (Kind.VIDEO, Kind.REEL):
        message = movie_message(tmp_path, kind, size=2_000)
        kept = page.prepared(message)
        page.fault("POST /", "5xx", times=9)
        assert page.prepared(message, kept) == kept
        assert page.hits() == 0
        page.clear()


def test_an_upload_that_the_network_forgot_begins_anew(fresh: Page, tmp_path: Path) -> None:
    for kind in (Kind.VIDEO, Kind.REEL):
        message = movie_message(tmp_path, kind)
        steps = fresh.network.publish.prepare(fresh.account, message, {})
        kept = next(steps)
        fresh.server.advance(24 * 3600 + 1)
        again = fresh.prepared(message, kept)
        assert again["video"]["id"] != kept["video"]["id"]
        fresh.network.publish.submit(fresh.account, message, again)
        unknown = fresh.prepared(message, {"video": {**again["video"], "id": "9404"}})
        assert unknown["video"]["id"] not in ("9404", again["video"]["id"])
    message = movie_message(tmp_path)
    kept = next(fresh.network.publish.prepare(fresh.account, message, {}))
    over = {"video": {**kept["video"], "session": "over"}}
    assert fresh.prepared(message, over)["video"]["session"] not in ("over", kept["video"]["session"])


@pytest.mark.parametrize("fault", LOST)
def test_photos_go_on_with_the_next(page: Page, tmp_path: Path, fault: str) -> None:
    message = case.messages(tmp_path, lambda path: path.as_uri())["carousel"]
    steps = page.network.publish.prepare(page.account, message, {})
    kept = next(steps)
    assert len(kept["photos"]) == 1
    page.fault("POST /{page}/photos", fault)
    with pytest.raises(TemporarilyRejected):
        next(steps)
    again = page.prepared(message, kept)
    assert again["photos"][0] == kept["photos"][0]
    assert len(set(again["photos"])) == 2
    assert page.taken() == []


def test_photos_of_yesterday_are_uploaded_again(page: Page, tmp_path: Path) -> None:
    message = case.messages(tmp_path, lambda path: path.as_uri())["carousel"]
    kept = page.prepared(message)
    assert list(page.network.publish.prepare(page.account, message, kept)) == []
    old = {**kept, "uploaded_at": kept["uploaded_at"] - upload.PHOTOS_KEPT_S - 1}
    again = page.prepared(message, old)
    assert not set(again["photos"]) & set(kept["photos"])
    assert again["uploaded_at"] >= kept["uploaded_at"]


@pytest.mark.parametrize(("fault", "error"), [("429", RateLimited), ("401", NeedsReconnect)])
@pytest.mark.parametrize("endpoint", ["POST /{page}/video_reels", RUPLOAD])
def test_a_refused_step_says_why(
    page: Page, tmp_path: Path, endpoint: str, fault: str, error: type[NetworkError]
) -> None:
    page.fault(endpoint, fault)
    with pytest.raises(error):
        page.prepared(movie_message(tmp_path, Kind.REEL, size=2_000))


def test_what_is_no_picture_is_refused(page: Page, tmp_path: Path) -> None:
    photo = case.picture(tmp_path, "#ffffff")
    photo.path.write_bytes(b"<svg/>")
    with pytest.raises(Rejected, match="invalid image"):
        page.prepared(Message("", kind=Kind.IMAGE, media=(photo,)))


def test_a_format_nobody_can_play_is_refused_after_it_was_taken(page: Page, tmp_path: Path) -> None:
    reel = replace(movie_message(tmp_path, Kind.REEL), media=(case.movie(tmp_path, head=b"GIF89a--"),))
    published = page.publish(reel)
    page.server.advance(11)
    with pytest.raises(Rejected, match="not supported"):
        page.network.publish.confirm(page.account, published.external_id)


@pytest.mark.parametrize("kind", [Kind.VIDEO, Kind.REEL])
def test_a_video_never_stands_in_memory_whole(page: Page, tmp_path: Path, kind: Kind) -> None:
    message = movie_message(tmp_path, kind, size=24 * MIB)
    page.server.get("/_sandbox/health")
    tracemalloc.start()
    try:
        for _ in page.network.publish.prepare(page.account, message, {}):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MIB, f"{peak / MIB:.1f} MB"  # the sandbox in this process takes its share of it
