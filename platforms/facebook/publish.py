"""Facebook Pages: publish posts, photos, videos, reels, stories and comments, and read them back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from platforms.checks import problems
from platforms.contract import Account, Found, Published
from platforms.errors import Ambiguous, Rejected, TemporarilyRejected
from platforms.facebook.capabilities import CAPABILITIES
from platforms.facebook.comments import Comments
from platforms.facebook.errors import LABEL
from platforms.facebook.finding import Finder
from platforms.facebook.reading import POST_FIELDS, SITE, VIDEO_FIELDS, Video, as_published, as_story, post_id
from platforms.facebook.upload import Uploads
from platforms.http import Api, Reply
from platforms.message import Kind, Message
from platforms.meta.errors import is_invalid_parameter

Call = tuple[str, dict[str, str]]  # an edge of the page, and the form sent to it


class FacebookPublisher:
    """Publishes on a page; `files` is the host that takes the bytes of reels and stories."""

    def __init__(self, api: Api, files: Api) -> None:
        self._api, self._uploads, self._finder = api, Uploads(api, files), Finder(api)
        self._comments = Comments(api)

    def check(self, message: Message) -> list[str]:
        """Problems of words and files; empty when Facebook would take them."""
        return problems(LABEL, CAPABILITIES, message, self.length(message))

    def length(self, message: Message) -> int:
        """Characters of the text; the link has a field of its own."""
        return len(message.text)

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Upload photos unpublished, and videos up to the phase that publishes them."""
        if message.reply_to:
            yield from self._comments.prepare(account, message.reply_to, prepared)
        if not message.media:
            return
        first = message.media[0]
        if not first.is_video:
            yield from self._uploads.photos(account, message.media, prepared)
        elif message.kind is Kind.VIDEO:
            yield from self._uploads.chunked(account, first, prepared)
        else:
            yield from self._uploads.streamed(account, first, _streaming_edge(message), prepared)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """The one call that publishes. A video is processed after it; `confirm` tells how that ends."""
        if message.reply_to:
            return self._comments.submit(account, message, prepared)
        edge, form = _call(message, prepared)
        reply = self._api.write(
            f"{account.external_id}/{edge}", token=account.credentials.access_token, form=form
        )
        if prepared.get("video"):
            _told(reply)
            return Published(str(prepared["video"]["id"]), None, None, settled=False)
        given = (reply.document or {}).get("post_id" if edge == "photo_stories" else "id")
        if not isinstance(given, str | int) or not given:
            raise Ambiguous(f"{LABEL} answered without naming the post", status=reply.status)
        whole = post_id(account, given)
        return Published(whole, f"{SITE}/{whole}", published_at=None)

    def confirm(self, account: Account, external_id: str) -> Published:
        """Read back a post (PAGEID_POSTID), a comment, or a video that has no post yet."""
        is_post = "_" in external_id
        reply = self._api.read(
            external_id,
            {"fields": POST_FIELDS if is_post else VIDEO_FIELDS},
            token=account.credentials.access_token,
            tolerated=is_invalid_parameter,
        )
        if reply.refused:
            return self._story(account, external_id)
        if is_post:
            return as_published(reply.document or {})
        video = Video(external_id, reply.document or {})
        if video.failure:
            raise Rejected(f"{LABEL} did not publish the video: {video.failure}", status=reply.status)
        return video.published(account, datetime.now(UTC))

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """Look for it: a video by its id, the rest in the page's lists since before `sent_at` (aware UTC)."""
        if message.reply_to:
            return self._comments.find(account, message, sent_at, prepared)
        if prepared.get("video"):
            return self._finder.video(account, str(prepared["video"]["id"]))
        photos = frozenset(map(str, prepared.get("photos", ())))
        if message.kind is Kind.STORY:
            return self._finder.story(account, photos, sent_at)
        return self._finder.post(account, message, photos, sent_at)

    def _story(self, account: Account, external_id: str) -> Published:
        """What is no post of the page's list may be a story."""
        listed = self._finder.stories(account, None)
        for story in listed.posts:
            if post_id(account, story.get("post_id")) == external_id:
                return as_story(account, story)
        words = f"{LABEL} does not show the post {external_id}"
        raise Rejected(words) if listed.complete else TemporarilyRejected(words)


def _call(message: Message, prepared: Mapping[str, Any]) -> Call:
    """The publishing call of a message.

    Raises:
        Rejected: its files were not uploaded.
    """
    if message.media and not prepared.get("video") and len(prepared.get("photos", ())) < len(message.media):
        raise Rejected(f"The files were not uploaded to {LABEL}; nothing was published. Send it again")
    if prepared.get("video"):
        return _video_call(message, prepared["video"])
    if message.kind is Kind.STORY:
        return "photo_stories", {"photo_id": str(prepared["photos"][0])}
    form = {"message": message.text, "link": message.link or ""}
    if message.media:
        form["attached_media"] = json.dumps([{"media_fbid": str(photo)} for photo in prepared["photos"]])
    return "feed", {name: value for name, value in form.items() if value}


def _video_call(message: Message, video: Mapping[str, Any]) -> Call:
    form = {"upload_phase": "finish", "title": message.title, "description": message.text}
    if message.options.get("is_ai_generated"):
        form["is_ai_generated"] = "true"
    if message.kind is Kind.VIDEO:
        edge, form = "videos", {**form, "upload_session_id": str(video["session"]), "published": "true"}
    else:
        edge, form = _streaming_edge(message), {**form, "video_id": str(video["id"])}
    if message.kind is Kind.REEL:
        form["video_state"] = "PUBLISHED"
    return edge, {name: value for name, value in form.items() if value}


def _streaming_edge(message: Message) -> str:
    return "video_stories" if message.kind is Kind.STORY else "video_reels"


def _told(reply: Reply) -> None:
    """Whether Meta says that it took the call: `success` has been seen absent, but not false."""
    if (reply.document or {}).get("success", True) is not True:
        raise Ambiguous(f"{LABEL} did not say that it publishes the video", status=reply.status)
