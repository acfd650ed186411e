"""Comments that YouTube holds back, and videos that have none."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Account, Credentials, Finding
from platforms.errors import Ambiguous, NeedsPerson
from platforms.http import Api
from platforms.message import Message, ReplyTo
from platforms.youtube.comments import Comments
from platforms.youtube.errors import LABEL, classify
from tests.platforms.conftest import Case
from tests.platforms.publishing import prepare, settle
from tests.platforms.wire import answer, wire
from tests.platforms.youtube.case import COMMENT, video_message

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINE = {"authorChannelId": {"value": "UC1"}, "publishedAt": "2026-11-21T12:00:01Z"}


def commented(youtube: Case, folder: Path, **options: Any) -> Message:
    """A comment for a new video."""
    video = video_message(folder, **options)
    published = youtube.network.publish.submit(youtube.account, video, prepare(youtube, video))
    video_id = settle(youtube, published).external_id
    return Message(f"More below {uuid.uuid4().hex}", reply_to=ReplyTo(video_id, video_id))


def test_a_comment_taken_for_spam_is_found_too(youtube: Case, tmp_path: Path) -> None:
    comment, sent_at = commented(youtube, tmp_path), youtube.sandbox.now()
    comment = Message(f"{comment.text} #spam", reply_to=comment.reply_to)
    youtube.sandbox.fault("youtube", COMMENT, "accept_then_drop")
    with pytest.raises(Ambiguous):
        youtube.network.publish.submit(youtube.account, comment, {})
    found = youtube.network.publish.find(youtube.account, comment, sent_at, {})
    assert found.finding is Finding.FOUND


def test_the_answer_tells_all_of_a_comment(youtube: Case, tmp_path: Path) -> None:
    comment = commented(youtube, tmp_path)
    assert comment.reply_to
    published = youtube.network.publish.submit(youtube.account, comment, {})
    link = f"https://www.youtube.com/watch?v={comment.reply_to.root}&lc={published.external_id}"
    assert published.permalink == link
    assert published.published_at
    assert youtube.network.publish.confirm(youtube.account, published.external_id) == published


@pytest.mark.parametrize("options", [{"made_for_kids": "yes"}, {"privacy": "private"}])
def test_where_comments_are_off_a_person_is_told(
    youtube: Case, tmp_path: Path, options: dict[str, str]
) -> None:
    comment = commented(youtube, tmp_path, **options)
    with pytest.raises(NeedsPerson, match="switched off"):
        youtube.network.publish.submit(youtube.account, comment, {})


def thread(comment: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"Ug{uuid.uuid4().hex}", "snippet": {"topLevelComment": {"snippet": comment}}}


def found_in(pages: Iterable[list[dict[str, Any]]], *, endless: bool = False) -> Finding:
    """What is found where the published comments come in these pages, each of one thread's comments."""
    *first, last = [{"items": [thread(one) for one in comments]} for comments in pages]
    more = {"nextPageToken": "more"}
    bodies = [json.dumps(page | more) for page in first] + [json.dumps(last | (more if endless else {}))]
    account = Account("a", "o", "youtube", "UC1", "Channel", Credentials("token"))
    message = Message("Words", reply_to=ReplyTo("abcdefghijk", "abcdefghijk"))
    rest = [] if endless else [json.dumps({"items": []})]
    with wire(*[answer(200, body) for body in (*bodies, *rest)]) as at:
        return Comments(Api(LABEL, at.url, classify)).find(account, message, NOW).finding


def test_a_comment_is_looked_for_page_by_page() -> None:
    theirs = {**MINE, "authorChannelId": {"value": "UC2"}, "textDisplay": "Words"}
    assert found_in([[theirs], [theirs], [{**MINE, "textOriginal": "Words"}]]) is Finding.FOUND
    assert found_in([[theirs], [theirs]]) is Finding.ABSENT
    assert found_in([[theirs]], endless=True) is Finding.CANNOT_TELL


def test_what_was_written_counts_and_not_what_is_shown() -> None:
    assert found_in([[{**MINE, "textDisplay": "Words"}]]) is Finding.CANNOT_TELL
    assert found_in([[{**MINE, "textDisplay": "A title"}]]) is Finding.CANNOT_TELL
    shown_otherwise = {**MINE, "textOriginal": "Words", "textDisplay": "A title"}
    assert found_in([[shown_otherwise]]) is Finding.FOUND
    assert found_in([[{**MINE, "textOriginal": "Other", "textDisplay": "Words"}]]) is Finding.ABSENT


def test_what_is_older_ends_the_search() -> None:
    older = {**MINE, "textOriginal": "Other", "publishedAt": "2026-11-21T11:00:00Z"}
    assert found_in([[older]], endless=True) is Finding.ABSENT
