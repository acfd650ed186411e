"""Comments below what Meta is still working on, and those of others."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Account, Credentials, Finding
from platforms.errors import NeedsPerson, NotReady, Rejected
from platforms.facebook.comments import Comments
from platforms.facebook.errors import LABEL, classify
from platforms.http import Api
from platforms.message import Message, ReplyTo
from tests.platforms.facebook.conftest import PROCESSED_S, Page
from tests.platforms.facebook.kinds import message_of
from tests.platforms.wire import answer, wire

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHOWN_AT = "2026-11-21T12:00:01+0000"


def below(post_id: str) -> Message:
    return Message(f"More below {uuid.uuid4().hex}", reply_to=ReplyTo(post_id, post_id))


@pytest.mark.parametrize("kind", ["video", "reel"])
def test_a_comment_waits_until_its_video_is_public(page: Page, tmp_path: Path, kind: str) -> None:
    video = page.publish(message_of(kind, tmp_path))
    comment = below(video.external_id)
    with pytest.raises(NotReady) as caught:
        page.prepared(comment)
    assert caught.value.until > datetime.now(UTC)
    page.server.advance(PROCESSED_S)
    kept = page.prepared(comment)
    post = page.network.publish.confirm(page.account, video.external_id)
    assert kept == {"below": post.external_id}
    assert page.prepared(comment, kept) == kept, "it is asked once"
    published = page.network.publish.submit(page.account, comment, kept)
    found = page.network.publish.find(page.account, comment, datetime.now(UTC), kept)
    # The sandbox's clock is ahead of this one, so it is seen and its time tells nothing.
    assert found.finding is not Finding.ABSENT
    assert page.network.publish.confirm(page.account, published.external_id).published_at


def test_a_comment_below_a_video_that_was_refused_is_refused(page: Page, tmp_path: Path) -> None:
    video = page.publish(replace(message_of("reel", tmp_path), text="Buy now #rejected"))
    page.server.advance(PROCESSED_S)
    with pytest.raises(Rejected, match="did not publish the video"):
        page.prepared(below(video.external_id))


def test_who_may_not_moderate_can_not_comment(fresh: Page) -> None:
    post = fresh.publish(Message("text"))
    fresh.role("ANALYZE", "CREATE_CONTENT")
    with pytest.raises(NeedsPerson):
        fresh.publish(below(post.external_id))


@pytest.mark.parametrize(
    ("author", "text", "finding"),
    [
        ({"id": "7"}, "Words", Finding.FOUND),
        ({"id": "8"}, "Words", Finding.ABSENT),
        (None, "Words", Finding.CANNOT_TELL),
        ({"id": "7"}, "Other words", Finding.ABSENT),
    ],
)
def test_only_the_pages_own_words_are_its_comment(
    author: dict[str, str] | None, text: str, finding: Finding
) -> None:
    comment: dict[str, Any] = {"id": "1_2", "message": text, "created_time": SHOWN_AT}
    body = {"data": [comment | ({"from": author} if author else {})]}
    account = Account("a", "o", "facebook", "7", "Page", Credentials("token"))
    message = Message("Words", reply_to=ReplyTo("7_1", "7_1"))
    with wire(answer(200, json.dumps(body))) as at:
        found = Comments(Api(LABEL, at.url, classify)).find(account, message, NOW, {})
    assert found.finding is finding
