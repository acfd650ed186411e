"""A page's post whose sending was never answered: found, proven absent, or not to be told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from platforms.contract import Finding
from platforms.errors import Ambiguous
from platforms.message import Message
from tests.platforms.facebook.conftest import PROCESSED_S, Page
from tests.platforms.facebook.kinds import KINDS, VIDEOS, message_of, submit_of


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_5xx", "malformed", "truncated"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_is_ambiguous_and_the_post_is_found(
    page: Page, tmp_path: Path, kind: str, fault: str
) -> None:
    message = message_of(kind, tmp_path)
    kept = page.prepared(message)
    sent_at = datetime.fromisoformat(page.server.get("/_sandbox/clock").json()["now"])
    page.fault(submit_of(kind), fault)
    with pytest.raises(Ambiguous):
        page.network.publish.submit(page.account, message, kept)
    assert page.hits() == 1
    [accepted] = page.taken()
    found = page.network.publish.find(page.account, message, sent_at, kept)
    assert found.finding is Finding.FOUND
    assert found.post
    if kind not in VIDEOS:
        assert found.post.external_id == accepted["id"]
        return
    assert (found.post.external_id, found.post.settled) == (kept["video"]["id"], False)
    page.server.advance(PROCESSED_S)
    later = page.network.publish.find(page.account, message, sent_at, kept).post
    assert later
    assert (later.external_id, later.settled) == (accepted["id"], True)


@pytest.mark.parametrize("fault", ["drop_before_accept", "5xx"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_never_arrived_is_absent_and_can_be_sent_again(
    page: Page, tmp_path: Path, kind: str, fault: str
) -> None:
    message = message_of(kind, tmp_path)
    kept = page.prepared(message)
    sent_at = datetime.fromisoformat(page.server.get("/_sandbox/clock").json()["now"])
    page.fault(submit_of(kind), fault)
    with pytest.raises(Ambiguous):
        page.network.publish.submit(page.account, message, kept)
    assert page.taken() == []
    # Another story of the last minutes may be it: stories are told apart by nothing else than the photo.
    if kind != "story":
        assert page.network.publish.find(page.account, message, sent_at, kept).finding is Finding.ABSENT
    page.network.publish.submit(page.account, message, page.prepared(message, kept))
    assert len(page.taken()) == 1


def test_a_story_is_absent_where_there_is_none(fresh: Page, tmp_path: Path) -> None:
    message = message_of("story", tmp_path)
    kept = fresh.prepared(message)
    found = fresh.network.publish.find(fresh.account, message, datetime.now(UTC), kept)
    assert found.finding is Finding.ABSENT
    fresh.publish(message_of("story", tmp_path))
    found = fresh.network.publish.find(fresh.account, message, datetime.now(UTC), kept)
    assert found.finding is Finding.CANNOT_TELL


def test_another_post_with_the_same_words_is_not_taken_for_one_with_photos(
    fresh: Page, tmp_path: Path
) -> None:
    message = message_of("image", tmp_path)
    kept = fresh.prepared(message)
    fresh.publish(Message(message.text))
    now = datetime.now(UTC)
    assert fresh.network.publish.find(fresh.account, message, now, kept).finding is Finding.CANNOT_TELL
    fresh.network.publish.submit(fresh.account, message, kept)
    found = fresh.network.publish.find(fresh.account, message, now, kept)
    assert found.post
    assert found.post.external_id == fresh.taken()[1]["id"]
    other = message_of("image", tmp_path)
    assert fresh.network.publish.find(fresh.account, other, now, {}).finding is Finding.ABSENT


def test_a_video_that_is_gone_can_not_be_told(fresh: Page, tmp_path: Path) -> None:
    message = message_of("video", tmp_path)
    kept = fresh.prepared(message)
    now = datetime.now(UTC)
    unknown = {"video": {**kept["video"], "id": "9404"}}
    assert fresh.network.publish.find(fresh.account, message, now, unknown).finding is Finding.CANNOT_TELL
    fresh.server.advance(24 * 3600 + 1)  # nobody finished it, and the network let go of it
    assert fresh.network.publish.find(fresh.account, message, now, kept).finding is Finding.ABSENT
