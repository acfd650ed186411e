"""Publishing on a page: each kind once, read back, and found after a lost answer."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Finding
from platforms.errors import (
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.message import Kind, Message
from tests.platforms.facebook import case
from tests.platforms.facebook.conftest import PROCESSED_S, Page
from tests.platforms.facebook.kinds import KINDS, VIDEOS, message_of, submit_of


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_published_once_and_confirmed(page: Page, tmp_path: Path, kind: str) -> None:
    message, sent_at = message_of(kind, tmp_path), datetime.now(UTC)
    published = page.publish(message)
    [accepted] = page.taken()
    assert accepted["account"] == page.account.external_id
    assert accepted["text"] == message.text
    assert published.settled is (kind not in VIDEOS)
    if kind in VIDEOS:
        waiting = page.network.publish.confirm(page.account, published.external_id)
        assert not waiting.settled
        page.server.advance(PROCESSED_S)
    confirmed = page.network.publish.confirm(page.account, published.external_id)
    assert confirmed.settled
    assert confirmed.external_id == accepted["id"]
    assert confirmed.permalink
    assert confirmed.permalink.startswith("https://www.facebook.com/")
    assert confirmed.published_at
    moved = timedelta(seconds=page.server.get("/_sandbox/clock").json()["offset_s"])
    assert abs(confirmed.published_at - sent_at - moved) < timedelta(seconds=15)
    again = page.network.publish.confirm(page.account, confirmed.external_id)
    assert (again.external_id, again.settled) == (confirmed.external_id, True)


def test_photos_stand_in_the_post_in_their_order(page: Page, tmp_path: Path) -> None:
    message = message_of("carousel", tmp_path)
    kept = page.prepared(message)
    published = page.network.publish.submit(page.account, message, kept)
    post = page.server.graph(published.external_id, fields="attachments{media_type,subattachments}").json()
    [attachment] = post["attachments"]["data"]
    assert attachment["media_type"] == "album"
    assert [one["target"]["id"] for one in attachment["subattachments"]["data"]] == kept["photos"]
    photo = page.server.graph(kept["photos"][0], fields="alt_text_custom").json()
    assert photo["alt_text_custom"] == "Bread"


def test_a_reel_stands_in_the_list_of_posts_under_the_id_it_was_published_by(
    page: Page, tmp_path: Path
) -> None:
    published = page.publish(message_of("reel", tmp_path))
    page.server.advance(PROCESSED_S)
    assert page.network.publish.confirm(page.account, published.external_id).external_id in case.post_ids(
        list(
            page.network.collect.collect(
                *(page.account, page.network.collect.entities[1], None), datetime.now(UTC), None
            )
        )
    )


@pytest.mark.parametrize("kind", VIDEOS[:2])
def test_a_video_that_review_refuses_is_rejected_in_words(page: Page, tmp_path: Path, kind: str) -> None:
    message = replace(message_of(kind, tmp_path), text="Buy now #rejected")
    published = page.publish(message)
    page.server.advance(PROCESSED_S)
    with pytest.raises(Rejected, match="Community Standards"):
        page.network.publish.confirm(page.account, published.external_id)
    kept = {"video": {"id": published.external_id}}
    found = page.network.publish.find(page.account, message, datetime.now(UTC), kept)
    assert found.finding is Finding.FOUND, "it was sent; what became of it, confirm tells"
    assert found.post
    assert not found.post.settled


def test_a_post_that_review_takes_back_is_rejected(page: Page) -> None:
    published = page.publish(Message(f"Buy now #rejected {uuid.uuid4().hex}"))
    assert page.network.publish.confirm(page.account, published.external_id).published_at
    page.server.advance(31)
    with pytest.raises(Rejected):
        page.network.publish.confirm(page.account, published.external_id)


@pytest.mark.parametrize(("fault", "kind_of_error"), [("429", RateLimited), ("401", NeedsReconnect)])
@pytest.mark.parametrize("kind", ["text", "carousel", "video", "reel", "story"])
def test_a_refusal_says_that_nothing_was_written(
    page: Page, tmp_path: Path, kind: str, fault: str, kind_of_error: type[NetworkError]
) -> None:
    message = message_of(kind, tmp_path)
    kept = page.prepared(message)
    page.fault(submit_of(kind), fault)
    with pytest.raises(kind_of_error):
        page.network.publish.submit(page.account, message, kept)
    assert page.taken() == []


def test_a_slow_answer_is_waited_for(page: Page) -> None:
    page.fault(case.SUBMIT, "delay", delay_s=0.3)
    page.publish(Message(f"slowly {uuid.uuid4().hex}"))
    assert page.hits() == 1
    assert len(page.taken()) == 1


def test_the_same_text_again_is_a_duplicate(page: Page) -> None:
    message = Message(f"once {uuid.uuid4().hex}")
    page.publish(message)
    with pytest.raises(Duplicate):
        page.publish(message)


def test_a_role_without_the_task_needs_a_person_and_a_lost_one_a_reconnect(fresh: Page) -> None:
    fresh.role("ANALYZE", "MODERATE")
    with pytest.raises(NeedsPerson, match="pages_manage_posts"):
        fresh.publish(Message("no task"))
    fresh.role()
    with pytest.raises(NeedsReconnect, match="no role"):
        fresh.publish(Message("no role"))
    assert fresh.taken() == []


def test_too_many_reels_a_day_are_told(fresh: Page, tmp_path: Path) -> None:
    message = Message("", kind=Kind.REEL, media=(case.movie(tmp_path, size=2_000),))
    for _ in range(30):
        fresh.publish(message)
    with pytest.raises(RateLimited):
        fresh.publish(message)


def test_files_that_were_not_uploaded_are_not_published_without(page: Page, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="not uploaded"):
        page.network.publish.submit(page.account, message_of("carousel", tmp_path), {"photos": ["1"]})
    assert page.taken() == []


CHECKED: list[tuple[dict[str, Any], str]] = [
    ({"kind": Kind.IMAGE}, "takes 1 files"),
    ({"kind": Kind.DOCUMENT}, "has no documents"),
    ({"text": "a" * 63_207}, "63,206 characters"),
    ({"kind": Kind.LINK, "text": "a"}, "needs a link"),
    ({"title": "a", "text": "a"}, "no titles"),
]


@pytest.mark.parametrize(("changes", "words"), CHECKED)
def test_what_facebook_would_refuse_is_said_before(page: Page, changes: dict[str, Any], words: str) -> None:
    problems = page.network.publish.check(Message(**{"text": "", **changes}))
    assert any(words in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duration_s": 91.0}, "3 to 90 seconds"),
        ({"width": 1920, "height": 1080}, "times the height"),
        ({"width": 360, "height": 640}, "540 pixels"),
        ({"mime": "video/webm"}, "takes MP4, QUICKTIME"),
    ],
)
def test_a_reel_has_to_be_one(page: Page, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    reel = Message("", kind=Kind.REEL, media=(replace(case.movie(tmp_path), **changes),))
    assert any(words in problem for problem in page.network.publish.check(reel))


def test_an_upload_that_fails_leaves_nothing_public(page: Page, tmp_path: Path) -> None:
    page.fault("POST /{page}/photos", "5xx")
    with pytest.raises(TemporarilyRejected):
        page.publish(message_of("image", tmp_path))
    assert page.taken() == []
