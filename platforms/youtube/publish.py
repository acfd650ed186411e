"""YouTube: publish a video or a comment below one, and find out whether it is public.

A video exists as soon as its last byte has arrived, at a moment that nobody knows beforehand; and the
same file sent twice is two videos, of which YouTube refuses one as a duplicate. So it is sent up early,
seen by its owner only, and `submit` makes it public by its id. That takes an instant, can be repeated
without harm, and a lost answer is settled by reading the video back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from platforms.contract import Account, Finding, Found, Published
from platforms.errors import Ambiguous, Rejected, TemporarilyRejected
from platforms.http import Api
from platforms.message import Message
from platforms.youtube.comments import Comments, is_comment
from platforms.youtube.errors import LABEL, REASONS, unshown
from platforms.youtube.library import VIDEOS, Library, moment
from platforms.youtube.upload import Uploads
from platforms.youtube.words import found_problems, length, privacy, status

COVER = "upload/youtube/v3/thumbnails/set"
PARTS = "snippet,status,processingDetails"


class YouTubePublisher:
    """Publishes videos and Shorts."""

    def __init__(self, api: Api) -> None:
        self._api, self._library = api, Library(api)
        self._uploads, self._comments = Uploads(api, self._library), Comments(api)

    def check(self, message: Message) -> list[str]:
        """What YouTube would refuse, in words."""
        return found_problems(message)

    def length(self, message: Message) -> int:
        """Bytes of the description, characters of a comment."""
        return length(message)

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Send the video up hidden, then its cover.

        Raises:
            Rejected: YouTube has looked at the video and will not show it.
        """
        if message.reply_to:
            return  # the video it goes below can be commented on as soon as it is public
        kept = dict(prepared)
        if not kept.get("video_id"):
            for kept in self._uploads.prepare(account, message, prepared):
                yield kept
        if message.cover and not kept.get("has_cover"):
            self._set_cover(account, message, str(kept["video_id"]))
            kept = {**kept, "has_cover": True}
            yield kept
        video = self._library.video(account, str(kept["video_id"]), PARTS)
        if video is not None:  # so young a video may not be listed yet
            _assert_shown(video)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """``PUT /youtube/v3/videos``: let those see it who may."""
        if message.reply_to:
            return self._comments.submit(account, message)
        video_id = prepared.get("video_id")
        if not video_id:
            raise TemporarilyRejected(f"{LABEL} has not got the video yet")
        reply = self._api.write(
            VIDEOS,
            method="PUT",
            token=account.credentials.access_token,
            params={"part": "status"},
            json_body={"id": video_id, "status": status(message, privacy(message))},
        )
        answered = (reply.document or {}).get("status") or {}
        if answered.get("privacyStatus") != privacy(message):
            raise Ambiguous(f"{LABEL} answered without saying who can see the video", status=reply.status)
        return Published(str(video_id), _permalink(str(video_id)), None, settled=False)

    def confirm(self, account: Account, external_id: str) -> Published:
        """Read the video back: when it appeared, and whether YouTube has finished with it.

        Raises:
            Rejected: YouTube could not process it, rejected it, or has it no more.
        """
        if is_comment(external_id):
            return self._comments.confirm(account, external_id)
        return _published(self._video(account, external_id))

    def find(
        self,
        account: Account,
        message: Message,
        sent_at: datetime,
        prepared: Mapping[str, Any],
    ) -> Found:
        """Whether the video is as public as it should be; its id says more than any time."""
        if message.reply_to:
            return self._comments.find(account, message, sent_at)
        if not prepared.get("video_id"):
            return Found(Finding.ABSENT)  # nothing is made public without an id
        video = self._library.video(account, str(prepared["video_id"]), PARTS)
        if video is None or (video.get("status") or {}).get("privacyStatus") != privacy(message):
            return Found(Finding.ABSENT)
        return Found(Finding.FOUND, _published(video))

    def _video(self, account: Account, video_id: str) -> dict[str, Any]:
        """The video, which YouTube shows or will. Raises Rejected otherwise."""
        video = self._library.video(account, video_id, PARTS)
        if video is None:
            raise Rejected(f"{LABEL} does not have the video {video_id}")
        _assert_shown(video)
        return video

    def _set_cover(self, account: Account, message: Message, video_id: str) -> None:
        cover = message.cover
        assert cover is not None  # noqa: S101 - the caller has looked
        self._api.upload(
            COVER,
            token=account.credentials.access_token,
            params={"videoId": video_id, "uploadType": "media"},
            content=cover.path.read_bytes(),  # at most 2 MB
            headers={"Content-Type": cover.mime},
        )


def _assert_shown(video: Mapping[str, Any]) -> None:
    """Raises Rejected for a video that YouTube will not show."""
    problem = unshown(video.get("status") or {})
    if problem is not None:
        raise problem
    if (video.get("processingDetails") or {}).get("processingStatus") in ("failed", "terminated"):
        words = f"{LABEL} does not show the video, because {REASONS['conversion']}."
        raise Rejected(words, code="processing")


def _published(video: Mapping[str, Any]) -> Published:
    video_id, said = str(video["id"]), video.get("snippet") or {}
    is_done = (video.get("status") or {}).get("uploadStatus") == "processed"
    return Published(video_id, _permalink(video_id), moment(said.get("publishedAt")), settled=is_done)


def _permalink(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}"
