"""Videos by parts and photos by pull, with everything that goes wrong on the way."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation.database import utc_now
from platforms.contract import Finding
from platforms.errors import Ambiguous, NeedsPerson, Rejected, TemporarilyRejected
from platforms.message import Kind, Message
from platforms.tiktok.upload import PART
from tests.platforms.conftest import Case
from tests.platforms.publishing import prepare, settle
from tests.platforms.tiktok.case import SUBMIT_VIDEO, messages, photo, video_message
from tests.platforms.wire import answer, wire

INIT = "POST /v2/post/publish/video/init/"
STATUS = "POST /v2/post/publish/status/fetch/"
CREATOR = "POST /v2/post/publish/creator_info/query/"
LARGE = 3 * PART + 1_234


def words() -> str:
    return f"Ovens on {uuid.uuid4().hex}"


def whole(case: Case, message: Message) -> dict[str, Any]:
    """The one thing accepted with these words."""
    (found,) = case.sandbox.accepted(message.text)
    return dict(found)


def sent_whole(case: Case, message: Message) -> bool:
    wanted = hashlib.sha256(message.media[0].path.read_bytes()).hexdigest()
    return bool(whole(case, message)["payload"]["sha256"] == wanted)


def test_a_large_video_goes_up_in_parts_and_arrives_whole(tiktok: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, words(), LARGE)
    steps = [dict(step) for step in tiktok.network.publish.prepare(tiktok.account, message, {})]
    assert [step.get("sent") for step in steps] == [None, PART, 2 * PART]
    assert tiktok.sandbox.accepted(message.text) == [], "without the last part there is nothing"
    published = tiktok.network.publish.submit(tiktok.account, message, steps[-1])
    assert not published.settled
    settled = settle(tiktok, published)
    assert settled.external_id == whole(tiktok, message)["id"]
    assert sent_whole(tiktok, message)


@pytest.mark.parametrize("endpoint", [CREATOR, INIT, SUBMIT_VIDEO])
@pytest.mark.parametrize("kind", ["accept_then_drop", "drop_before_accept", "malformed", "truncated", "5xx"])
def test_each_step_of_preparing_can_be_cut_and_gone_on_from(
    tiktok: Case, tmp_path: Path, endpoint: str, kind: str
) -> None:
    message = video_message(tmp_path, words(), LARGE)
    tiktok.sandbox.fault("tiktok", endpoint, kind)
    kept: dict[str, Any] = {}
    try:
        for ids in tiktok.network.publish.prepare(tiktok.account, message, {}):
            kept = ids
    except TemporarilyRejected:
        kept = prepare(tiktok, message, kept)
    assert tiktok.sandbox.hits() == 1
    settle(tiktok, tiktok.network.publish.submit(tiktok.account, message, kept))
    assert sent_whole(tiktok, message)


@pytest.mark.parametrize("kind", ["accept_then_drop", "accept_then_5xx", "malformed", "truncated"])
def test_a_lost_answer_to_the_last_part_is_settled_by_the_publish_id(
    tiktok: Case, tmp_path: Path, kind: str
) -> None:
    message = video_message(tmp_path, words())
    kept = prepare(tiktok, message)
    tiktok.sandbox.fault("tiktok", SUBMIT_VIDEO, kind)
    with pytest.raises(Ambiguous):
        tiktok.network.publish.submit(tiktok.account, message, kept)
    found = tiktok.network.publish.find(tiktok.account, message, utc_now(), kept)
    assert found.finding is Finding.FOUND
    assert found.post
    assert settle(tiktok, found.post).external_id == whole(tiktok, message)["id"]


@pytest.mark.parametrize("size", [40_000, LARGE])
@pytest.mark.parametrize("kind", ["drop_before_accept", "5xx"])
def test_a_last_part_that_never_arrived_is_absent_and_sent_again(
    tiktok: Case, tmp_path: Path, kind: str, size: int
) -> None:
    message = video_message(tmp_path, words(), size)
    kept = prepare(tiktok, message)
    tiktok.sandbox.fault("tiktok", SUBMIT_VIDEO, kind)
    with pytest.raises(Ambiguous):
        tiktok.network.publish.submit(tiktok.account, message, kept)
    found = tiktok.network.publish.find(tiktok.account, message, utc_now(), kept)
    assert found.finding is Finding.ABSENT
    kept = prepare(tiktok, message, kept)
    tiktok.network.publish.submit(tiktok.account, message, kept)
    assert sent_whole(tiktok, message)


def test_the_last_part_twice_is_one_video(tiktok: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, words())
    kept = prepare(tiktok, message)
    tiktok.network.publish.submit(tiktok.account, message, kept)
    with pytest.raises(Ambiguous):
        tiktok.network.publish.submit(tiktok.account, message, kept)
    whole(tiktok, message)


def test_an_address_that_is_over_is_asked_for_again(tiktok: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, words(), LARGE)
    kept = prepare(tiktok, message)
    tiktok.sandbox.advance(3_700)
    with pytest.raises(TemporarilyRejected):
        tiktok.network.publish.submit(tiktok.account, message, kept)
    found = tiktok.network.publish.find(tiktok.account, message, utc_now(), kept)
    assert found.finding is Finding.ABSENT
    old = (utc_now() - timedelta(hours=1)).isoformat()
    again = prepare(tiktok, message, {**kept, "begun_at": old})
    assert again["publish_id"] != kept["publish_id"]
    settle(tiktok, tiktok.network.publish.submit(tiktok.account, message, again))
    assert sent_whole(tiktok, message)


@pytest.mark.parametrize(("status", "kept_after"), [(403, {}), (404, {}), (416, None)])
def test_a_part_that_is_not_taken_rejects_no_post(
    tiktok: Case, tmp_path: Path, status: int, kept_after: dict[str, Any] | None
) -> None:
    """The address is over, or TikTok said a wrong number of bytes: the next try goes on or begins anew."""
    message = video_message(tmp_path, words(), LARGE)
    kept = next(tiktok.network.publish.prepare(tiktok.account, message, {}))
    with wire(answer(status)) as server:
        steps = tiktok.network.publish.prepare(tiktok.account, message, {**kept, "upload_url": server.url})
        given: list[dict[str, Any]] = []
        with pytest.raises(TemporarilyRejected):
            given.extend(steps)
    assert (given[-1] if given else None) == kept_after
    again = prepare(tiktok, message, kept if kept_after is None else kept_after)
    settle(tiktok, tiktok.network.publish.submit(tiktok.account, message, again))
    assert sent_whole(tiktok, message)


def test_a_private_video_is_settled_without_ever_having_a_public_id(tiktok: Case, tmp_path: Path) -> None:
    message = video_message(tmp_path, words(), privacy_level="SELF_ONLY")
    published = tiktok.network.publish.submit(tiktok.account, message, prepare(tiktok, message))
    assert not published.settled
    settled = settle(tiktok, published)
    assert settled.external_id == published.external_id


@pytest.mark.parametrize(
    ("text", "head", "reason"),
    [("#rejected words", None, "spam_risk_text"), ("plain words", b"GIF89a", "file_format_check_failed")],
)
def test_what_tiktok_takes_and_then_refuses(
    tiktok: Case, tmp_path: Path, text: str, head: bytes | None, reason: str
) -> None:
    message = video_message(tmp_path, f"{text} {words()}")
    if head:
        path = message.media[0].path
        path.write_bytes(head + path.read_bytes()[len(head) :])
    published = tiktok.network.publish.submit(tiktok.account, message, prepare(tiktok, message))
    tiktok.sandbox.advance(20)
    with pytest.raises(Rejected) as caught:
        tiktok.network.publish.confirm(tiktok.account, published.external_id)
    assert caught.value.code == reason


def test_what_the_account_does_not_allow_is_said_before_anything_is_sent(
    tiktok: Case, tmp_path: Path
) -> None:
    message = video_message(tmp_path, words(), privacy_level="FOLLOWER_OF_CREATOR")
    with pytest.raises(Rejected, match="Followers"):
        prepare(tiktok, message)


# ---------------------------------------------------------------- photos
def photos(folder: Path, media_url: Callable[[Path], str], text: str) -> Message:
    return replace(messages(folder, media_url)["carousel"], text=text)


def test_photos_need_an_address_that_tiktok_can_reach(tiktok: Case, tmp_path: Path) -> None:
    message = Message(
        words(),
        kind=Kind.IMAGE,
        media=(photo(tmp_path, "red"),),
        options={"privacy_level": "PUBLIC_TO_EVERYONE"},
    )
    with pytest.raises(NeedsPerson, match="ALLIN_PUBLIC_URL"):
        prepare(tiktok, message)


def test_photos_that_can_not_be_fetched_fail_later(
    tiktok: Case, media_folder: Path, media_url: Callable[[Path], str]
) -> None:
    message = photos(media_folder, media_url, words())
    for media in message.media:
        media.path.unlink()
    published = tiktok.network.publish.submit(tiktok.account, message, {})
    with pytest.raises(Rejected) as caught:
        tiktok.network.publish.confirm(tiktok.account, published.external_id)
    assert caught.value.code == "photo_pull_failed"
    assert tiktok.sandbox.accepted(message.text) == []


def test_an_address_nobody_has_verified_is_for_a_person(
    tiktok: Case, media_folder: Path, media_url: Callable[[Path], str]
) -> None:
    message = photos(media_folder, media_url, words())
    media = tuple(replace(one, url="https://unverified.example/a.jpg") for one in message.media)
    with pytest.raises(NeedsPerson, match="verify"):
        tiktok.network.publish.submit(tiktok.account, replace(message, media=media), {})


def test_lost_photos_are_found_once_they_are_listed_and_never_ruled_out(
    tiktok: Case, media_folder: Path, media_url: Callable[[Path], str]
) -> None:
    message, sent_at = photos(media_folder, media_url, words()), tiktok.sandbox.now()
    tiktok.sandbox.fault("tiktok", "POST /v2/post/publish/content/init/", "accept_then_drop")
    with pytest.raises(Ambiguous):
        tiktok.network.publish.submit(tiktok.account, message, {})
    find = tiktok.network.publish.find
    assert find(tiktok.account, message, sent_at, {}).finding is Finding.CANNOT_TELL
    tiktok.sandbox.advance(20)
    found = find(tiktok.account, message, sent_at, {})
    assert found.finding is Finding.FOUND
    assert found.post
    assert found.post.external_id == whole(tiktok, message)["id"]


def test_photos_with_long_words_are_not_told_for_sure(
    tiktok: Case, media_folder: Path, media_url: Callable[[Path], str]
) -> None:
    """The listing gives 150 characters: two long texts can begin alike."""
    message = photos(media_folder, media_url, f"{words()} {'bread and butter ' * 20}")
    sent_at = tiktok.sandbox.now()
    tiktok.network.publish.submit(tiktok.account, message, {})
    tiktok.sandbox.advance(20)
    found = tiktok.network.publish.find(tiktok.account, message, sent_at, {})
    assert found.finding is Finding.CANNOT_TELL


def test_a_post_with_the_same_words_from_before_is_not_ours(
    tiktok: Case, media_folder: Path, media_url: Callable[[Path], str]
) -> None:
    message = photos(media_folder, media_url, words())
    tiktok.network.publish.submit(tiktok.account, message, {})
    tiktok.sandbox.advance(3_600)
    found = tiktok.network.publish.find(tiktok.account, message, tiktok.sandbox.now(), {})
    assert found.finding is Finding.CANNOT_TELL
