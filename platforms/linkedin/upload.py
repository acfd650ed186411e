"""LinkedIn: bring images, documents and videos there. Goes on where an earlier try got to.

Sources: Microsoft Learn "Images API", "Documents API", "Videos API". What is kept of a try, under ``media``
and ``cover``: the asset's ``urn``, the address(es) its bytes go to, until when (Unix seconds) those are good,
of a video the ``etags`` of the parts that arrived, and how far it is (``state``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from foundation.database import utc_now
from platforms.contract import Account
from platforms.errors import NeedsPerson, NotReady, Rejected, TemporarilyRejected
from platforms.http import Reply, is_done
from platforms.linkedin.errors import LABEL
from platforms.linkedin.rest import Rest, encoded
from platforms.message import Kind, Media, Message

SENT, FINALIZED, READY = "sent", "finalized", "ready"
BLOCK = 256 * 1024
SPARE_S = 300  # how long an upload's addresses still have to be good
HELD_S = 3600  # where LinkedIn does not say how long they are
PAUSE = timedelta(seconds=5)
BYTES = {"Content-Type": "application/octet-stream"}

Ids = dict[str, Any]


class Unusable(Rejected):
    """LinkedIn has the whole file and can't use it: to upload it again would not help."""


class Uploads:
    """Uploads for an author."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def prepare(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Iterator[Ids]:
        """Bring every file there, one after the other; yields what is known after each step.

        Raises:
            NotReady: LinkedIn still processes a file.
            Rejected: LinkedIn can't use a file.
        """
        whole: Ids = {**prepared, "media": list(prepared.get("media", ()))}
        for place, media in enumerate(message.media):
            kept = whole["media"][place] if place < len(whole["media"]) else {}
            thumbnail = message.cover if media.is_video else None
            for step in self._file(account, media, kept, thumbnail):
                whole = {**whole, "media": [*whole["media"][:place], step, *whole["media"][place + 1 :]]}
                yield whole
        if message.cover and message.kind is Kind.LINK:
            for step in self._file(account, message.cover, whole.get("cover") or {}, None):
                whole = {**whole, "cover": step}
                yield whole

    def _file(self, account: Account, media: Media, kept: Ids, thumbnail: Media | None) -> Iterator[Ids]:
        if kept.get("state") == READY:
            return
        if kept.get("state") is None and time.time() + SPARE_S > float(kept.get("until") or 0):
            kept = {}
        try:
            yield from self._steps(account, media, kept, thumbnail)
        except Unusable:
            raise
        except Rejected:
            if not kept:
                raise
            yield from self._steps(account, media, {}, thumbnail)  # the earlier try's upload is over

    def _steps(self, account: Account, media: Media, kept: Ids, thumbnail: Media | None) -> Iterator[Ids]:
        family = _family(media)
        if not kept:
            kept = self._begun(account, media, family, thumbnail)
            yield kept
        if kept.get("state") is None:
            sending = (
                self._parts(media, kept, thumbnail) if media.is_video else self._whole(account, media, kept)
            )
            for step in sending:
                kept = step
                yield kept
        if media.is_video and kept["state"] == SENT:
            self._finalize(account, kept)
            kept = {**kept, "state": FINALIZED}
            yield kept
        status = self._status(account, family, kept)
        if status == "WAITING_UPLOAD":  # the bytes did not arrive after all
            raise Rejected(f"{LABEL} did not get the file")
        if status != "AVAILABLE":
            raise NotReady(f"{LABEL} still processes the file", until=utc_now() + PAUSE)
        yield {"urn": kept["urn"], "state": READY}

    def _begun(self, account: Account, media: Media, family: str, thumbnail: Media | None) -> Ids:
        request: Ids = {"owner": account.external_id}
        if media.is_video:
            request |= {
                "fileSizeBytes": media.path.stat().st_size,
                "uploadCaptions": False,
                "uploadThumbnail": thumbnail is not None,
            }
        path = f"rest/{family}s?action=initializeUpload"
        reply = self._rest.prepare(account, path, {"initializeUploadRequest": request})
        value = (reply.document or {}).get("value") or {}
        expires = value.get("uploadUrlsExpireAt") or value.get("uploadUrlExpiresAt")
        until = expires / 1000 if isinstance(expires, int) else reply.requested_at.timestamp() + HELD_S
        kept: Ids = {"urn": value.get(family), "until": until}
        if media.is_video:
            kept["parts"] = [
                [part["uploadUrl"], part["firstByte"], part["lastByte"]]
                for part in value.get("uploadInstructions") or []
            ]
            kept |= {"etags": [], "token": value.get("uploadToken") or ""}
            kept |= {"thumbnail": value["thumbnailUploadUrl"]} if value.get("thumbnailUploadUrl") else {}
        else:
            kept["url"] = value.get("uploadUrl")
        if not kept["urn"] or not (kept.get("parts") or kept.get("url")):
            raise TemporarilyRejected(f"{LABEL} gave no place for the file", status=reply.status)
        return kept

    def _whole(self, account: Account, media: Media, kept: Ids) -> Iterator[Ids]:
        """An image's or a document's bytes in one stream; sent again they replace themselves."""
        size = str(media.path.stat().st_size)
        headers = {"Content-Type": media.mime, "Content-Length": size}
        self._put(str(kept["url"]), _blocks(media.path), headers, account.credentials.access_token)
        yield {**kept, "state": SENT}

    def _parts(self, media: Media, kept: Ids, thumbnail: Media | None) -> Iterator[Ids]:
        """A video's parts from the next one on. Their addresses are signed: no token goes with them."""
        for url, first, last in kept["parts"][len(kept["etags"]) :]:
            reply = self._put(url, _piece(media.path, first, last), BYTES)
            etag = reply.headers.get("etag", "").strip('"')
            if not etag:
                raise TemporarilyRejected(f"{LABEL} did not confirm a part of the video", status=reply.status)
            kept = {**kept, "etags": [*kept["etags"], etag]}
            yield kept
        if thumbnail and kept.get("thumbnail"):
            still = {**BYTES, "media-type-family": "STILLIMAGE"}
            self._put(str(kept["thumbnail"]), thumbnail.path.read_bytes(), still)
        yield {**kept, "state": SENT}

    def _put(
        self, url: str, content: bytes | Iterator[bytes], headers: Mapping[str, str], token: str | None = None
    ) -> Reply:
        """Bytes to a signed address. Raises Rejected when it is over: a new one has to be asked for."""
        try:
            return self._rest.api.upload(
                url, method="PUT", token=token, content=content, headers=headers, accepts=is_done
            )
        except NeedsPerson as error:
            words = f"{LABEL} does not take the file at this address any more"
            raise Rejected(words, code=error.code, status=error.status) from None

    def _finalize(self, account: Account, kept: Ids) -> None:
        """Put the parts together; one that an unanswered call put together already is fine too."""
        body = {"video": kept["urn"], "uploadToken": kept["token"], "uploadedPartIds": kept["etags"]}
        try:
            self._rest.prepare(
                account,
                "rest/videos?action=finalizeUpload",
                {"finalizeUploadRequest": body},
                accepts=is_done,
            )
        except Rejected:
            if self._status(account, "video", kept) == "WAITING_UPLOAD":
                raise

    def _status(self, account: Account, family: str, kept: Ids) -> str:
        """Where LinkedIn is with the file. Raises Unusable when it can't use it."""
        document = self._rest.read(account, f"rest/{family}s/{encoded(kept['urn'])}").document or {}
        status = str(document.get("status") or "")
        if status == "PROCESSING_FAILED":
            words = f"{LABEL} could not process the file; save it anew in another program and try again"
            raise Unusable(words, code=status)
        return status


def ready_urns(prepared: Mapping[str, Any]) -> list[str]:
    """What is uploaded and processed, in the message's order."""
    return [str(ids["urn"]) for ids in prepared.get("media", ()) if ids.get("state") == READY]


def ready_cover(prepared: Mapping[str, Any]) -> str | None:
    """The card's picture, once it is processed."""
    cover = prepared.get("cover") or {}
    return str(cover["urn"]) if cover.get("state") == READY else None


def _family(media: Media) -> str:
    return "image" if media.is_image else "video" if media.is_video else "document"


def _piece(path: Path, first: int, last: int) -> bytes:
    with path.open("rb") as file:
        file.seek(first)
        return file.read(last - first + 1)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
