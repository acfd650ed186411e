"""TikTok: publish a video or photos, and find out what became of them.

A video is public some time after its last part has arrived, so that part is what `submit` sends: by
then the publish id is kept, and a lost answer is settled by asking for it. Photos are fetched by
TikTok itself, and asking it to is what publishes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from platforms.contract import Account, Finding, Found, Published
from platforms.errors import Ambiguous, NeedsPerson, Rejected
from platforms.http import Api
from platforms.looking import BEFORE, Candidate, plain, verdict
from platforms.message import Message
from platforms.tiktok.capabilities import EVERYONE, LISTED_TEXT, PRIVACY, VIDEOS
from platforms.tiktok.collect import LIST, PAGE
from platforms.tiktok.errors import LABEL, failure
from platforms.tiktok.upload import Uploads
from platforms.tiktok.words import found_problems, photo_info, units, unwanted_by

CREATOR = "v2/post/publish/creator_info/query/"
PHOTOS = "v2/post/publish/content/init/"
QUERY = "v2/video/query/"
FIELDS = "id,create_time,share_url,title,video_description"
FIND_PAGES = 3
# Marks the publish id of a post that not everyone can see: TikTok never gives it another id, so there is
# nothing to wait for.
HIDDEN = "hidden:"


class TikTokPublisher:
    """Publishes videos by upload and photos by pull."""

    def __init__(self, api: Api) -> None:
        self._api, self._uploads = api, Uploads(api)

    def check(self, message: Message) -> list[str]:
        """What TikTok would refuse, in words."""
        return found_problems(message)

    def length(self, message: Message) -> int:
        """UTF-16 units of the text."""
        return units(message.text)

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Ask what the account allows, and send a video up but for its last part.

        Raises:
            Rejected: the account does not allow what the message wants.
            NeedsPerson: photos can't be fetched, because this installation has no public address.
        """
        self._ask_creator(account, message)
        if message.kind in VIDEOS:
            yield from self._uploads.prepare(account, message, prepared)
        elif not all(media.url for media in message.media):
            raise NeedsPerson(
                f"{LABEL} fetches photos itself, so this installation needs a public address: "
                "set ALLIN_PUBLIC_URL to one that TikTok can reach"
            )

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """Send the last part of a video, or have photos fetched."""
        if message.kind in VIDEOS:
            self._uploads.last(message.media[0], prepared)
            return _on_its_way(str(prepared["publish_id"]), message)
        body = {
            "media_type": "PHOTO",
            "post_mode": "DIRECT_POST",
            "post_info": photo_info(message),
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": [media.url for media in message.media],
                "photo_cover_index": 0,
            },
        }
        reply = self._api.write(PHOTOS, token=account.credentials.access_token, json_body=body)
        publish_id = ((reply.document or {}).get("data") or {}).get("publish_id")
        if not isinstance(publish_id, str) or not publish_id:
            raise Ambiguous(f"{LABEL} answered without naming the post", status=reply.status)
        return _on_its_way(publish_id, message)

    def confirm(self, account: Account, external_id: str) -> Published:
        """What became of a publish id, or how a public post stands.

        Raises:
            Rejected: TikTok did not publish it, or shows it no more.
        """
        if external_id.isdecimal():
            return self._shown(account, external_id)
        said = self._uploads.status(account, external_id.removeprefix(HIDDEN))
        if said.get("status") == "FAILED":
            raise failure(said.get("fail_reason"))
        public_ids = said.get("publicaly_available_post_id") or []  # spelt so by TikTok
        if public_ids:
            return self._public(account, str(public_ids[0]))
        is_done = said.get("status") == "PUBLISH_COMPLETE" and external_id.startswith(HIDDEN)
        return Published(external_id, None, None, settled=is_done)

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """A video by its publish id; photos by their words since shortly before `sent_at` (aware UTC)."""
        publish_id = prepared.get("publish_id")
        if message.kind not in VIDEOS:
            return self._listed(account, message, sent_at)
        if not publish_id:
            return Found(Finding.ABSENT)  # nothing is sent without one
        said = self._uploads.status(account, str(publish_id))
        on_its_way = Found(Finding.FOUND, _on_its_way(str(publish_id), message))
        if said.get("status") not in ("PROCESSING_UPLOAD", "FAILED"):
            return on_its_way
        uploaded = said.get("uploaded_bytes")
        if not isinstance(uploaded, int):
            return Found(Finding.CANNOT_TELL)
        return on_its_way if uploaded >= int(prepared["size"]) else Found(Finding.ABSENT)

    def _ask_creator(self, account: Account, message: Message) -> None:
        reply = self._api.read(CREATOR, token=account.credentials.access_token, method="POST", json_body={})
        creator = (reply.document or {}).get("data") or {}
        unwanted = unwanted_by(creator, message)
        if unwanted:
            raise Rejected(f"{LABEL}: {'; '.join(unwanted)}.", code="creator_info")

    def _public(self, account: Account, post_id: str) -> Published:
        """A public post with what can be read of it: that it is there is known already."""
        try:
            return self._shown(account, post_id)
        except (Rejected, NeedsPerson):  # not listed yet, or AllIN may not read videos
            return Published(post_id, None, None)

    def _shown(self, account: Account, post_id: str) -> Published:
        reply = self._api.read(
            QUERY,
            {"fields": FIELDS},
            token=account.credentials.access_token,
            method="POST",
            json_body={"filters": {"video_ids": [post_id]}},
        )
        videos = ((reply.document or {}).get("data") or {}).get("videos") or []
        if not videos:
            raise Rejected(f"{LABEL} does not show the post {post_id}", status=reply.status)
        return _published(videos[0])

    def _listed(self, account: Account, message: Message, sent_at: datetime) -> Found:
        """Photos whose publish id was lost. That they are not listed proves nothing.

        TikTok looks at a post before it lists it, for up to hours, and lists only what everyone can see.
        """
        candidates: list[Candidate] = []
        body: dict[str, Any] = {"max_count": PAGE}
        for _ in range(FIND_PAGES):
            reply = self._api.read(
                LIST,
                {"fields": FIELDS},
                token=account.credentials.access_token,
                method="POST",
                json_body=body,
            )
            data = (reply.document or {}).get("data") or {}
            videos = data.get("videos") or []
            candidates += _candidates(videos, message, sent_at)
            oldest = min((video.get("create_time") or 0 for video in videos), default=0)
            if not data.get("has_more") or oldest < (sent_at - BEFORE).timestamp():
                break
            body["cursor"] = data["cursor"]
        return verdict(candidates, sent_at, complete=False)


def _candidates(videos: list[dict[str, Any]], message: Message, sent_at: datetime) -> Iterator[Candidate]:
    """Posts since shortly before the sending with the message's words, as far as the listing has them."""
    words, title = plain(message.text), plain(message.title)
    for video in videos:
        post = _published(video)
        if post.published_at is None or post.published_at < sent_at - BEFORE:
            continue
        listed = plain(str(video.get("video_description") or ""))
        if listed == words and plain(str(video.get("title") or "")) in (title, words):
            yield Candidate(post, certain=bool(words or title))
        elif words.startswith(listed) and len(listed) >= min(len(words), LISTED_TEXT - 10):
            yield Candidate(post, certain=False)


def _on_its_way(publish_id: str, message: Message) -> Published:
    hidden = message.options.get(PRIVACY.key) != EVERYONE
    return Published(f"{HIDDEN}{publish_id}" if hidden else publish_id, None, None, settled=False)


def _published(video: dict[str, Any]) -> Published:
    created = video.get("create_time")
    moment = datetime.fromtimestamp(created, UTC) if isinstance(created, int) else None
    return Published(str(video["id"]), video.get("share_url"), moment)
