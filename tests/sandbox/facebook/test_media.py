"""Facebook's photos, videos, reels and stories: phases, offsets, what is refused, and when things appear."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.sandbox.server import Running, running

MOVIE = b"\x00\x00\x00\x18ftypmp42" + b"m" * 2_000_000
WINDOW = 1024 * 1024


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox for this module, whose clock it moves."""
    with running(tmp_path_factory.mktemp("sandbox"), days=5) as found:
        yield found


def post(page: Running, edge: str, files: dict[str, bytes] | None = None, /, **form: str) -> httpx2.Response:
    parts = [(name, (name, content, "application/octet-stream")) for name, content in (files or {}).items()]
    data = {"access_token": page.page_token, **form}
    path = f"/facebook/v26.0/{page.page_id}/{edge}"
    return page.client.post(path, data=data, files=parts or None)


def code(answer: httpx2.Response) -> tuple[int, int | None]:
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "#fff").save(file, "JPEG")
    return file.getvalue()


def photo(page: Running) -> str:
    return str(post(page, "photos", {"source": jpeg()}, published="false").json()["id"])


def upload(page: Running, video_id: str, content: bytes, offset: int = 0, size: int | None = None) -> Any:
    headers = {
        "Authorization": f"OAuth {page.page_token}",
        "offset": str(offset),
        "file_size": str(len(content) if size is None else size),
    }
    path = f"/facebook/rupload/video-upload/v26.0/{video_id}"
    return page.client.post(path, content=content, headers=headers)


def status(page: Running, video_id: str) -> dict[str, Any]:
    found: dict[str, Any] = page.graph(video_id, fields="status").json()["status"]
    return found


# ---------------------------------------------------------------- photos
def test_a_photo_published_at_once_is_a_post(page: Running) -> None:
    answer = post(page, "photos", {"source": jpeg()}, caption="At once", alt_text_custom="White").json()
    shown = page.graph(answer["post_id"], fields="message,status_type,attachments{target}").json()
    assert (shown["message"], shown["status_type"]) == ("At once", "added_photos")
    assert shown["attachments"]["data"][0]["target"]["id"] == answer["id"]
    assert page.graph(answer["id"], fields="page_story_id").json()["page_story_id"] == answer["post_id"]


def test_photos_are_fetched_by_their_address(page: Running) -> None:
    url = f"{page.client.base_url}pictures/none.svg"
    assert code(post(page, "photos", url=url)) == (324, None), "a drawing is no photo"
    assert code(post(page, "photos", url="http://127.0.0.1:1/photo.jpg")) == (324, None)


@pytest.mark.parametrize(
    ("files", "form", "expected"),
    [
        ({}, {}, (324, None)),
        ({"source": b"<svg/>"}, {}, (324, None)),
        ({"source": b"\xff\xd8\xff" + b"0" * 11 * 1024 * 1024}, {}, (324, None)),
        ({"source": jpeg()}, {"unheard_of": "1"}, (100, None)),
        ({"source": jpeg()}, {"published": "perhaps"}, (100, None)),
    ],
)
def test_bad_photos(
    page: Running, files: dict[str, bytes], form: dict[str, str], expected: tuple[int, int | None]
) -> None:
    assert code(post(page, "photos", files, **form)) == expected


def test_a_photo_is_for_one_post_of_its_own_page_within_a_day(page: Running) -> None:
    used = photo(page)
    attached = f'[{{"media_fbid":"{used}"}}]'
    assert "id" in page.publish("", attached_media=attached).json()
    assert code(page.publish("", attached_media=attached)) == (100, 1366051)
    assert code(post(page, "photo_stories", photo_id=used)) == (100, 1366051)
    other = page.brands[1]["facebook"]["page_id"]
    mine = f'[{{"media_fbid":"{photo(page)}"}}]'
    form = {"attached_media": mine, "access_token": page.page_token_of(1)}
    foreign = page.client.post(f"/facebook/v26.0/{other}/feed", data=form)
    assert code(foreign) == (100, None)
    assert code(page.publish("x", attached_media=mine, link="https://a.example")) == (100, None)
    page.advance(24 * 3600 + 1)
    assert code(page.publish("", attached_media=mine)) == (100, None)


# ---------------------------------------------------------------- chunked videos
def test_a_chunked_video_goes_through_its_phases(page: Running) -> None:
    start = post(page, "videos", upload_phase="start", file_size=str(len(MOVIE))).json()
    session, video_id = {"upload_session_id": start["upload_session_id"]}, start["video_id"]
    assert (start["start_offset"], start["end_offset"]) == ("0", str(WINDOW))
    assert code(post(page, "videos", upload_phase="finish", **session)) == (6000, None)
    piece = {"video_file_chunk": MOVIE[:WINDOW]}
    for offset, content in (("5", piece), ("0", {"video_file_chunk": MOVIE})):
        wrong = post(page, "videos", content, upload_phase="transfer", start_offset=offset, **session)
        assert code(wrong) == (6001, 1363037)
    first = post(page, "videos", piece, upload_phase="transfer", start_offset="0", **session).json()
    assert first == {"start_offset": str(WINDOW), "end_offset": str(len(MOVIE))}
    assert status(page, video_id)["uploading_phase"] == {"status": "in_progress", "bytes_transferred": WINDOW}
    rest = {"video_file_chunk": MOVIE[WINDOW:]}
    last = post(page, "videos", rest, upload_phase="transfer", start_offset=str(WINDOW), **session).json()
    assert last == {"start_offset": str(len(MOVIE)), "end_offset": str(len(MOVIE))}
    assert status(page, video_id)["video_status"] == "upload_complete"
    finish = post(page, "videos", upload_phase="finish", title="T", description="D", **session)
    assert finish.json() == {"success": True}
    assert code(post(page, "videos", upload_phase="finish", **session)) == (6000, None)
    assert status(page, video_id)["publishing_phase"] == {"status": "in_progress"}
    assert page.accepted()[-1]["text"] == "D"
    newest = page.accepted()[-1]["id"]
    assert code(page.graph(newest)) == (100, 33)
    page.advance(8)
    assert status(page, video_id)["video_status"] == "ready"
    assert "post_id" not in page.graph(video_id, fields="post_id").json(), "the post is known later"
    page.advance(2)
    assert page.graph(video_id, fields="post_id").json()["post_id"] == newest.partition("_")[2]
    assert page.graph(newest, fields="status_type").json()["status_type"] == "added_video"


def test_a_cancelled_upload_is_over(page: Running) -> None:
    start = post(page, "videos", upload_phase="start", file_size="5000").json()
    session = {"upload_session_id": start["upload_session_id"]}
    assert post(page, "videos", upload_phase="cancel", **session).json() == {"success": True}
    assert code(post(page, "videos", upload_phase="finish", **session)) == (6001, 1363030)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"upload_phase": "start", "file_size": "0"}, (382, None)),
        ({"upload_phase": "start"}, (382, None)),
        ({"upload_phase": "dance"}, (100, None)),
        ({"upload_phase": "finish", "upload_session_id": "never"}, (6001, 1363030)),
        ({"upload_phase": "start", "file_size": "9", "unheard_of": "1"}, (100, None)),
    ],
)
def test_bad_phases(page: Running, form: dict[str, str], expected: tuple[int, int | None]) -> None:
    assert code(post(page, "videos", **form)) == expected


# ---------------------------------------------------------------- reels and stories
def reel(page: Running, edge: str = "video_reels", content: bytes = MOVIE[:2_000], **form: str) -> str:
    video_id = str(post(page, edge, upload_phase="start").json()["video_id"])
    assert upload(page, video_id, content).json() == {"success": True}
    state = {"video_state": "PUBLISHED"} if edge == "video_reels" else {}
    finish = post(page, edge, upload_phase="finish", video_id=video_id, **state, **form).json()
    assert finish["success"] is True
    assert finish["post_id"]
    return video_id


def test_a_stream_goes_on_at_its_offset(page: Running) -> None:
    start = post(page, "video_reels", upload_phase="start").json()
    assert start["upload_url"].endswith(f"/{start['video_id']}")
    part = upload(page, start["video_id"], MOVIE[:900], size=2_000)
    assert (part.status_code, part.json()["debug_info"]["retriable"]) == (400, True)
    assert status(page, start["video_id"])["uploading_phase"]["bytes_transfered"] == 900
    assert upload(page, start["video_id"], MOVIE[:2_000], size=2_000).status_code == 400
    assert upload(page, start["video_id"], MOVIE[900:2_000], 900, 2_000).json() == {"success": True}
    assert upload(page, "9404", MOVIE[:9]).status_code == 404
    bad = page.client.post(
        f"/facebook/rupload/video-upload/v26.0/{start['video_id']}", headers={"Authorization": "OAuth no"}
    )
    assert code(bad) == (190, None)


def test_a_reel_is_in_its_own_list_only(page: Running) -> None:
    video_id = reel(page, description="Upright")
    assert video_id not in [one["id"] for one in page.graph(f"{page.page_id}/video_reels").json()["data"]]
    page.advance(11)
    listed = page.graph(f"{page.page_id}/video_reels", fields="description,permalink_url").json()["data"][0]
    assert listed == {"id": video_id, "description": "Upright", "permalink_url": f"/reel/{video_id}/"}
    posts = page.graph(f"{page.page_id}/published_posts", fields="message", limit=5).json()["data"]
    assert "Upright" not in [one.get("message") for one in posts]
    metrics = "blue_reels_play_count,post_video_view_time"
    insights = page.graph(f"{video_id}/video_insights", metric=metrics).json()["data"]
    assert [series["name"] for series in insights] == metrics.split(",")
    assert code(page.graph(f"{video_id}/video_insights", metric="post_impressions")) == (100, None)
    assert code(page.graph("9404/video_insights")) == (100, 33)


def test_a_reel_needs_a_state_and_a_video_of_its_own(page: Running) -> None:
    video_id = str(post(page, "video_reels", upload_phase="start").json()["video_id"])
    upload(page, video_id, MOVIE[:2_000])
    finish = {"upload_phase": "finish", "video_id": video_id}
    assert code(post(page, "video_reels", **finish)) == (100, None)
    assert code(post(page, "video_stories", **finish)) == (100, 33)
    assert code(post(page, "video_reels", upload_phase="transfer")) == (100, None)


def test_what_review_refuses_never_appears(page: Running) -> None:
    video_id = reel(page, description="Buy #rejected")
    assert status(page, video_id)["video_status"] == "processing"
    page.advance(11)
    assert status(page, video_id)["video_status"] == "error"
    [error] = status(page, video_id)["processing_phase"]["errors"]
    assert "Community Standards" in error["message"]
    assert video_id not in [one["id"] for one in page.graph(f"{page.page_id}/video_reels").json()["data"]]
    spoilt = reel(page, content=b"not a movie at all" * 9)
    page.advance(11)
    assert status(page, spoilt)["video_status"] == "error"


def test_an_upload_nobody_finishes_expires(page: Running) -> None:
    video_id = str(post(page, "video_reels", upload_phase="start").json()["video_id"])
    assert status(page, video_id)["video_status"] == "uploading"
    page.advance(24 * 3600 + 1)
    assert status(page, video_id)["video_status"] == "expired"


def test_stories_are_listed_until_they_are_archived(tmp_path: Path) -> None:
    with running(tmp_path, days=5) as page:
        stories = f"{page.page_id}/stories"
        assert page.graph(stories).json() == {"data": []}
        picture = photo(page)
        posted = post(page, "photo_stories", photo_id=picture).json()["post_id"]
        moving = reel(page, "video_stories")
        page.advance(11)
        fields = "post_id,status,media_type,media_id"
        video, still = page.graph(stories, fields=fields).json()["data"]
        assert still == {"post_id": posted, "status": "published", "media_type": "photo", "media_id": picture}
        assert (video["media_type"], video["media_id"]) == ("video", moving)
        assert code(page.graph(f"{page.page_id}_{posted}")) == (100, 33), "a story is no post"
        page.advance(24 * 3600)
        assert {one["status"] for one in page.graph(stories, fields=fields).json()["data"]} == {"archived"}
