"""YouTube: put a comment of the channel below its video, and find it again.

Source: YouTube Data API v3 "CommentThreads" (discovery 2026-11-04). A comment is a thread of its own; what
YouTube holds back or takes for spam stands in lists of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from platforms.contract import Account, Found, Published
from platforms.errors import Ambiguous, Rejected
from platforms.http import Api
from platforms.looking import BEFORE, Candidate, plain, verdict
from platforms.message import Message
from platforms.youtube.errors import LABEL
from platforms.youtube.library import moment

THREADS = "youtube/v3/commentThreads"
LISTS = ("published", "heldForReview", "likelySpam")
PAGES = 5

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")


class Comments:
    """Comments of a channel below its own videos."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def submit(self, account: Account, message: Message) -> Published:
        """``POST /youtube/v3/commentThreads``, once."""
        top = {"snippet": {"textOriginal": message.text}}
        snippet = {"channelId": account.external_id, "videoId": _video(message), "topLevelComment": top}
        reply = self._api.write(
            THREADS,
            token=account.credentials.access_token,
            params={"part": "snippet"},
            json_body={"snippet": snippet},
        )
        thread = reply.document or {}
        if not thread.get("id"):
            raise Ambiguous(f"{LABEL} answered without naming the comment", status=reply.status)
        return _published(_video(message), thread)

    def confirm(self, account: Account, thread_id: str) -> Published:
        """Read it back. Raises Rejected when it is not there."""
        params = {"part": "snippet", "id": thread_id, "textFormat": "plainText"}
        reply = self._api.read(THREADS, params, token=account.credentials.access_token)
        items = (reply.document or {}).get("items") or []
        if not items:
            raise Rejected(f"{LABEL} does not have the comment {thread_id}", status=reply.status)
        return _published(str((items[0].get("snippet") or {}).get("videoId") or ""), items[0])

    def find(self, account: Account, message: Message, sent_at: datetime) -> Found:
        """In the video's comments since shortly before `sent_at` (aware UTC), by text and author."""
        candidates, complete = list[Candidate](), True
        for status in LISTS:
            found, whole = self._listed(account, message, sent_at, status)
            candidates, complete = [*candidates, *found], complete and whole
            if any(candidate.certain for candidate in found):
                break
        return verdict(candidates, sent_at, complete=complete)

    def _listed(
        self, account: Account, message: Message, sent_at: datetime, status: str
    ) -> tuple[list[Candidate], bool]:
        """What may be ours in one of the lists, newest first, and whether it was read far enough."""
        params = {
            "part": "snippet",
            "videoId": _video(message),
            "order": "time",
            "moderationStatus": status,
            "textFormat": "plainText",
            "maxResults": "100",
        }
        found: list[Candidate] = []
        for _ in range(PAGES):
            reply = self._api.read(THREADS, params, token=account.credentials.access_token)
            document = reply.document or {}
            threads = document.get("items") or []
            found += _candidates(account, message, threads)
            times = [at for thread in threads if (at := moment(_comment(thread).get("publishedAt")))]
            if not document.get("nextPageToken") or any(at < sent_at - BEFORE for at in times):
                return found, True
            params["pageToken"] = str(document["nextPageToken"])
        return found, False


def is_comment(external_id: str) -> bool:
    """Whether an id is a comment's: a video's has eleven characters, a comment's more."""
    return _VIDEO_ID.fullmatch(external_id) is None


def _candidates(account: Account, message: Message, threads: list[dict[str, Any]]) -> Iterator[Candidate]:
    for thread in threads:
        comment = _comment(thread)
        author = (comment.get("authorChannelId") or {}).get("value")
        written = comment.get("textOriginal")
        same = plain(str(written or comment.get("textDisplay") or "")) == plain(message.text)
        # What is shown may differ from what was written; what was written is told to its author only.
        if author in (None, account.external_id) and (same or written is None):
            certain = author is not None and written is not None
            yield Candidate(_published(_video(message), thread), certain=certain)


def _comment(thread: dict[str, Any]) -> dict[str, Any]:
    """What is said of the comment that a thread begins with."""
    top = (thread.get("snippet") or {}).get("topLevelComment") or {}
    found: dict[str, Any] = top.get("snippet") or {}
    return found


def _published(video_id: str, thread: dict[str, Any]) -> Published:
    thread_id = str(thread["id"])
    link = f"https://www.youtube.com/watch?v={video_id}&lc={thread_id}" if video_id else None
    return Published(thread_id, link, moment(_comment(thread).get("publishedAt")))


def _video(message: Message) -> str:
    assert message.reply_to is not None  # noqa: S101 - what has none is no comment
    return message.reply_to.root
