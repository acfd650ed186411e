"""X: bring images and videos there. Goes on where an earlier try got to.

Source: docs.x.com "Media upload" (v2) and OpenAPI 2.166: images in one call, GIFs and videos in numbered
segments. What is kept of a try, under ``media``: for each file its ``id`` and ``key``, when it is given up
(``until``, Unix seconds), the next ``segment``, how far it is (``state``), and whether it is ``described``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from foundation.database import utc_now
from platforms.contract import Account
from platforms.errors import NotReady, Rejected, TemporarilyRejected
from platforms.http import Api, Reply, is_done
from platforms.message import Media, Message
from platforms.redaction import for_people
from platforms.x.capabilities import GIF
from platforms.x.errors import LABEL

SEGMENT = 4 * 1024 * 1024  # bytes; X recommends at most 5 MB and takes 8
SPARE_S = 600  # how long an upload has to hold still: until the post is made
HELD_S = 23 * 3600  # of the day that X keeps media no post uses, where it does not say
UPLOAD = "2/media/upload"
SENT, FINALIZED, READY = "sent", "finalized", "ready"

Ids = dict[str, Any]


class Unusable(Rejected):
    """X has the whole file and can't use it: to upload it again would not help."""


class Uploads:
    """Uploads of an account's media."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def prepare(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Iterator[Ids]:
        """Bring every file of the message there, one after the other; yields what is known after each step.

        Raises:
            NotReady: X still processes a video or GIF.
            Rejected: X can't use a file.
        """
        done: list[Ids] = []
        earlier: list[Ids] = list(prepared.get("media", ()))
        for number, media in enumerate(message.media):
            kept = earlier[number] if number < len(earlier) else {}
            kept = kept if _holds(kept) else {}
            for step in self._file(account, media, kept):
                yield {"media": [*done, step]}
                kept = step
            done.append(kept)

    def _file(self, account: Account, media: Media, kept: Ids) -> Iterator[Ids]:
        token = account.credentials.access_token
        if kept.get("state") != READY:
            for step in self._whole(token, media) if _is_still(media) else self._segments(token, media, kept):
                yield step
                kept = step
        if media.alt and media.is_image and not kept.get("described"):
            self._described(token, str(kept["id"]), media.alt)
            yield {**kept, "described": True}

    def _whole(self, token: str, media: Media) -> Iterator[Ids]:
        """``POST /2/media/upload``: an image, at once. If the answer is lost it is uploaded again."""
        reply = self._api.upload(
            UPLOAD,
            token=token,
            form={"media_category": "tweet_image"},
            files=[("media", ("image", media.path.read_bytes(), media.mime))],
        )
        yield {**_named(reply), "state": READY}

    def _segments(self, token: str, media: Media, kept: Ids) -> Iterator[Ids]:
        """A GIF or a video: initialize, append, finalize, and wait until X has processed it."""
        try:
            yield from self._steps(token, media, kept)
        except Unusable:
            raise
        except Rejected:
            if not kept:
                raise
            yield from self._steps(token, media, {})  # the earlier try's upload is over

    def _steps(self, token: str, media: Media, kept: Ids) -> Iterator[Ids]:
        if not kept:
            kept = self._begun(token, media)
            yield kept
        if kept.get("state") is None:
            for step in self._appended(token, media, kept):
                yield step
                kept = step
        if kept["state"] == SENT:
            data = self._finalized(token, kept)
            kept = {**kept, "state": FINALIZED}
            yield kept
        else:
            data = self._status(token, kept)
        _wait(data.get("processing_info") or {})
        yield {**kept, "state": READY}

    def _begun(self, token: str, media: Media) -> Ids:
        body = {
            "media_type": media.mime,
            "media_category": "tweet_gif" if media.mime == GIF else "tweet_video",
            "total_bytes": media.path.stat().st_size,
        }
        return {**_named(self._api.upload(f"{UPLOAD}/initialize", token=token, json_body=body)), "segment": 0}

    def _appended(self, token: str, media: Media, kept: Ids) -> Iterator[Ids]:
        """The segments from the next one on. One whose answer was lost is sent again, under its number."""
        with media.path.open("rb") as file:
            file.seek(kept["segment"] * SEGMENT)
            while piece := file.read(SEGMENT):
                self._api.upload(
                    f"{UPLOAD}/{kept['id']}/append",
                    token=token,
                    form={"segment_index": str(kept["segment"])},
                    files=[("media", ("segment", piece, "application/octet-stream"))],
                    accepts=is_done,
                )
                kept = {**kept, "segment": kept["segment"] + 1}
                yield kept
        yield {**kept, "state": SENT}

    def _finalized(self, token: str, kept: Ids) -> Mapping[str, Any]:
        """What X does with the whole file; an upload that an unanswered call finalized is asked about."""
        try:
            return _data(self._api.upload(f"{UPLOAD}/{kept['id']}/finalize", token=token))
        except Rejected:
            data = self._status(token, kept)
            if not data.get("processing_info"):
                raise
            return data

    def _status(self, token: str, kept: Ids) -> Mapping[str, Any]:
        """``GET /2/media/upload?command=STATUS``. Raises Rejected when X does not know the upload."""
        params = {"command": "STATUS", "media_id": str(kept["id"])}
        reply = self._api.read(UPLOAD, params, token=token)
        if not _data(reply):
            raise Rejected(f"{LABEL} does not know the upload", status=reply.status)
        return _data(reply)

    def _described(self, token: str, media_id: str, alt: str) -> None:
        """``POST /2/media/metadata``; doing it twice changes nothing."""
        body = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
        self._api.upload("2/media/metadata", token=token, json_body=body)


def media_ids(prepared: Mapping[str, Any]) -> list[str]:
    """The ids of what is uploaded and processed, in the message's order."""
    return [str(ids["id"]) for ids in prepared.get("media", ()) if ids.get("state") == READY]


def _is_still(media: Media) -> bool:
    return media.is_image and media.mime != GIF


def _holds(kept: Mapping[str, Any]) -> bool:
    """Whether an earlier try's upload can still be gone on with."""
    return bool(kept.get("id")) and time.time() + SPARE_S < float(kept.get("until") or 0)


def _named(reply: Reply) -> Ids:
    """The id, key and life of an upload.

    Raises:
        TemporarilyRejected: they are not in the answer.
    """
    data = _data(reply)
    media_id, life_s = data.get("id"), data.get("expires_after_secs")
    if not media_id:
        raise TemporarilyRejected(f"{LABEL} answered without the upload's id", status=reply.status)
    until = reply.requested_at.timestamp() + (life_s if isinstance(life_s, int) and life_s > 0 else HELD_S)
    return {"id": str(media_id), "key": str(data.get("media_key") or ""), "until": until}


def _data(reply: Reply) -> Mapping[str, Any]:
    return (reply.document or {}).get("data") or {}


def _wait(info: Mapping[str, Any]) -> None:
    """Go on if X has processed the file; what it does not process it has at once."""
    state = info.get("state", "succeeded")
    if state == "failed":
        words = for_people(str((info.get("error") or {}).get("message") or "no reason given"))
        raise Unusable(f"{LABEL} could not process the file: {words}", code="media-processing")
    if state != "succeeded":
        pause = timedelta(seconds=max(int(info.get("check_after_secs") or 5), 1))
        raise NotReady(f"{LABEL} still processes the file", until=utc_now() + pause)
