"""TikTok: a video's upload in parts. All but the last go up early; the last one publishes.

Source: developers.tiktok.com, "Content Posting API: media transfer guide": parts of 5 to 64 MB in
order, the last up to 128 MB, ``floor(size / part)`` of them; an address to put them that holds an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from foundation.database import utc_now
from platforms.contract import Account
from platforms.errors import Ambiguous, NeedsPerson, Rejected, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.message import Media, Message
from platforms.tiktok.errors import LABEL
from platforms.tiktok.words import video_info

PART = 5 * 1024 * 1024  # the smallest TikTok takes: so little as can be is left for the moment of publishing
ADDRESS_HOLDS = timedelta(minutes=45)  # of the hour that TikTok gives
INIT = "v2/post/publish/video/init/"
STATUS = "v2/post/publish/status/fetch/"
GONE = (403, 404)  # the address is over, or was never there
OUT_OF_ORDER = 416  # TikTok has another number of bytes than it said


@dataclass(frozen=True)
class Parts:
    """How a file is cut; bytes. `last_from` is where the part begins that publishes."""

    size: int
    part: int
    count: int

    @classmethod
    def of(cls, size: int) -> Parts:
        """The parts of a file: itself while it is smaller than two parts."""
        return cls(size, PART, size // PART) if size >= 2 * PART else cls(size, size, 1)

    @property
    def last_from(self) -> int:
        """Where the last part begins."""
        return (self.count - 1) * self.part


class Uploads:
    """Sends videos up under a publish id."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Begin or go on until only the last part is left. Yields what is known after each step."""
        media = message.media[0]
        parts = Parts.of(media.path.stat().st_size)
        kept = dict(prepared)
        sent = self._sent(account, kept, parts) if _holds(kept) else None
        if sent is None:
            # Whatever was begun before has not got its last part, and gets it from no one: it stays nothing.
            kept, sent = self._begun(account, message, parts), 0
            yield dict(kept)
        while sent < parts.last_from:
            try:
                sent = self._part(kept["upload_url"], media, parts, sent)
            except (Rejected, NeedsPerson) as error:
                if error.status in GONE:
                    yield {}  # the next try begins anew
                if error.status in (*GONE, OUT_OF_ORDER):
                    raise TemporarilyRejected(f"{LABEL} broke the upload off", status=error.status) from None
                raise
            yield {**kept, "sent": sent}

    def last(self, media: Media, prepared: Mapping[str, Any]) -> None:
        """Send the part that publishes, once.

        Raises:
            Ambiguous: no whole answer came, or one that says all is there already.
        """
        url = prepared.get("upload_url")
        if not url:
            raise TemporarilyRejected(f"{LABEL} has not got the video yet")
        parts = Parts.of(media.path.stat().st_size)
        try:
            self._api.write(
                str(url),
                method="PUT",
                content=_read(media, parts.last_from, parts.size),
                headers=_headers(media, parts.last_from, parts),
                accepts=lambda reply: reply.status == 201,
            )
        except (Rejected, NeedsPerson) as error:
            if error.status in GONE:
                raise TemporarilyRejected(
                    f"{LABEL}'s place for the video is over", status=error.status
                ) from None
            if error.status == OUT_OF_ORDER:
                raise Ambiguous(f"{LABEL} has the whole video already", status=OUT_OF_ORDER) from None
            raise

    def status(self, account: Account, publish_id: str) -> dict[str, Any]:
        """What TikTok says of a post on its way."""
        reply = self._api.read(
            STATUS,
            token=account.credentials.access_token,
            method="POST",
            json_body={"publish_id": publish_id},
        )
        return (reply.document or {}).get("data") or {}

    def _begun(self, account: Account, message: Message, parts: Parts) -> dict[str, Any]:
        """Ask for a publish id. If the answer is lost nothing was sent up, and it can be asked again."""
        source = {
            "source": "FILE_UPLOAD",
            "video_size": parts.size,
            "chunk_size": parts.part,
            "total_chunk_count": parts.count,
        }
        body = {"post_info": video_info(message), "source_info": source}
        begun_at = utc_now()
        reply = self._api.upload(INIT, token=account.credentials.access_token, json_body=body)
        data = (reply.document or {}).get("data") or {}
        if not data.get("publish_id") or not data.get("upload_url"):
            raise TemporarilyRejected(f"{LABEL} gave no place for the video", status=reply.status)
        return {
            "publish_id": str(data["publish_id"]),
            "upload_url": str(data["upload_url"]),
            "begun_at": begun_at.isoformat(),
            "size": parts.size,
        }

    def _sent(self, account: Account, kept: Mapping[str, Any], parts: Parts) -> int | None:
        """Where the next part begins, whatever answers were lost; None when TikTok has given it up."""
        try:
            said = self.status(account, str(kept["publish_id"]))
        except Rejected:
            return None
        if said.get("status") != "PROCESSING_UPLOAD":
            return None
        return int(said.get("uploaded_bytes") or 0) // parts.part * parts.part

    def _part(self, url: str, media: Media, parts: Parts, start: int) -> int:
        """Send the part that begins at `start`; where the next one begins."""
        end = min(start + parts.part, parts.last_from)
        self._api.upload(
            url,
            method="PUT",
            content=_read(media, start, end),
            headers=_headers(media, start, parts, end),
            accepts=_is_taken,
        )
        return end


def _is_taken(reply: Reply) -> bool:
    return reply.status in (201, 206)


def _holds(kept: Mapping[str, Any]) -> bool:
    """Whether the address of an upload is there and young enough to be used."""
    begun_at = kept.get("begun_at")
    return bool(kept.get("upload_url") and begun_at) and (
        utc_now() - datetime.fromisoformat(str(begun_at)) < ADDRESS_HOLDS
    )


def _read(media: Media, start: int, end: int) -> bytes:
    with media.path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


def _headers(media: Media, start: int, parts: Parts, end: int | None = None) -> dict[str, str]:
    last = (end or parts.size) - 1
    return {"Content-Type": media.mime, "Content-Range": f"bytes {start}-{last}/{parts.size}"}
