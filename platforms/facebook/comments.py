"""Facebook: put a page's comment below its post, and find it again.

Source: developers.facebook.com, Graph API "Object Comments" (v26.0). A comment's id has the form
OBJECTID_COMMENTID and its fields the names of a post's, so it is confirmed as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.contract import Account, Found, Published
from platforms.errors import Ambiguous, NotReady, Rejected
from platforms.facebook.errors import LABEL
from platforms.facebook.reading import POST_FIELDS, VIDEO_FIELDS, Video, as_published
from platforms.http import Api
from platforms.looking import Candidate, plain, verdict
from platforms.message import Message, ReplyTo
from platforms.meta.listing import listed_since

FIND_FIELDS = f"{POST_FIELDS},from"
# All there are, the newest first; without it Facebook leaves out what it thinks nobody wants to see.
NEWEST = {"filter": "stream", "order": "reverse_chronological"}
PAUSE = timedelta(seconds=15)


class Comments:
    """Comments of a page below its own posts."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def prepare(
        self, account: Account, below: ReplyTo, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """See that the post is there: a video is taken before it is public.

        Raises:
            NotReady: Meta still works on the video.
            Rejected: it did not publish the video.
        """
        if "_" in below.root or prepared.get("below"):
            return
        token = account.credentials.access_token
        reply = self._api.read(below.root, {"fields": VIDEO_FIELDS}, token=token)
        video, now = Video(below.root, reply.document or {}), datetime.now(UTC)
        if video.failure:
            raise Rejected(f"{LABEL} did not publish the video that the comment goes below: {video.failure}")
        if not video.public:
            raise NotReady(f"{LABEL} is still processing the video", until=now + PAUSE)
        yield {"below": video.published(account, now).external_id}

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """``POST /{post}/comments``, once."""
        reply = self._api.write(
            f"{_below(message, prepared)}/comments",
            token=account.credentials.access_token,
            form={"message": message.text},
        )
        given = (reply.document or {}).get("id")
        if not isinstance(given, str) or not given:
            raise Ambiguous(f"{LABEL} answered without naming the comment", status=reply.status)
        return Published(given, permalink=None, published_at=None)

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """In ``GET /{post}/comments`` since shortly before `sent_at` (aware UTC), by text and author."""
        listed = listed_since(
            self._api,
            f"{_below(message, prepared)}/comments",
            FIND_FIELDS,
            account.credentials.access_token,
            sent_at,
            by_time=False,
            more=NEWEST,
        )
        candidates = []
        for comment in listed.posts:
            author = (comment.get("from") or {}).get("id")
            if author in (None, account.external_id) and plain(comment.get("message", "")) == plain(
                message.text
            ):
                candidates.append(Candidate(as_published(comment), certain=author is not None))
        ours = [candidate for candidate in candidates if candidate.certain]
        return verdict(ours or candidates, sent_at, complete=listed.complete)


def _below(message: Message, prepared: Mapping[str, Any]) -> str:
    """The id that the comment goes below."""
    assert message.reply_to is not None  # noqa: S101 - what has none is no comment
    return str(prepared.get("below") or message.reply_to.root)
