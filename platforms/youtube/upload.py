"""YouTube: a video's resumable upload. Its session is kept before the first byte, and asked where it stands.

Source: developers.google.com, YouTube Data API "Resumable uploads": parts are multiples of 256 KiB, a 308
names what has arrived, and ``Content-Range: bytes */<size>`` asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.database import utc_now
from platforms.contract import Account
from platforms.errors import Rejected, TemporarilyRejected
from platforms.http import Api, Reply, is_done
from platforms.looking import BEFORE, plain
from platforms.message import Media, Message
from platforms.youtube.errors import LABEL
from platforms.youtube.library import Library
from platforms.youtube.words import HIDDEN, snippet, status

INSERT = "upload/youtube/v3/videos"
PART = 32 * 256 * 1024  # bytes
GO_ON = 308
GONE = (404, 410)
_RECEIVED = re.compile(r"bytes=0-(\d+)")


@dataclass(frozen=True)
class Standing:
    """How an upload stands: the bytes that arrived, and the video once all have."""

    sent: int
    video_id: str | None = None


class Uploads:
    """Sends videos up, seen by their owner only."""

    def __init__(self, api: Api, library: Library) -> None:
        self._api, self._library = api, library

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Begin or go on until the video is there. Yields what is known after each step."""
        media, kept = message.media[0], dict(prepared)
        size = media.path.stat().st_size
        standing = self._probe(kept["session"], size) if kept.get("session") else None
        if standing is None and kept.get("session"):
            # YouTube forgets sessions. If the last part's answer was lost before, the video is there.
            standing = self._left(account, message, datetime.fromisoformat(kept["begun_at"]), size)
        if standing is None:
            kept = {"begun_at": utc_now().isoformat(), "session": self._begun(account, message, size)}
            yield dict(kept)
            standing = Standing(0)
        while standing.video_id is None:
            before, standing = standing, self._part(kept["session"], media, standing.sent, size)
            if standing == before:
                raise TemporarilyRejected(f"{LABEL} takes nothing more of the video just now")
            if standing.video_id is None:
                yield {**kept, "sent": standing.sent}
        yield {**kept, "sent": size, "video_id": standing.video_id}

    def _begun(self, account: Account, message: Message, size: int) -> str:
        """A session's address. Without a byte it makes nothing, so it may be asked for again."""
        media = message.media[0]
        reply = self._api.upload(
            INSERT,
            token=account.credentials.access_token,
            params={"uploadType": "resumable", "part": "snippet,status"},
            json_body={"snippet": snippet(message), "status": status(message, HIDDEN)},
            headers={"X-Upload-Content-Type": media.mime, "X-Upload-Content-Length": str(size)},
            accepts=is_done,
        )
        address = reply.headers.get("location")
        if not address:
            raise TemporarilyRejected(f"{LABEL} gave no place for the video", status=reply.status)
        return str(address)

    def _probe(self, session: str, size: int) -> Standing | None:
        """Where the session stands; None when it is gone."""
        try:
            reply = self._api.upload(
                session, method="PUT", headers={"Content-Range": f"bytes */{size}"}, accepts=_is_taken
            )
        except Rejected as error:
            if error.status in GONE:
                return None
            raise
        return _standing(reply, size)

    def _part(self, session: str, media: Media, start: int, size: int) -> Standing:
        with media.path.open("rb") as file:
            file.seek(start)
            content = file.read(PART)
        try:
            reply = self._api.upload(
                session,
                method="PUT",
                content=content,
                headers={
                    "Content-Type": media.mime,
                    "Content-Range": f"bytes {start}-{start + len(content) - 1}/{size}",
                },
                accepts=_is_taken,
            )
        except Rejected as error:
            if error.status in GONE:  # the next try begins anew
                raise TemporarilyRejected(f"{LABEL} gave the upload up", status=error.status) from None
            raise
        return _standing(reply, size)

    def _left(self, account: Account, message: Message, begun_at: datetime, size: int) -> Standing | None:
        """The video of a forgotten session: hidden, of this title, and not there before the session."""
        listed = self._library.uploads(account, self._library.playlist(account), None)
        found = [
            upload
            for upload in listed.uploads
            if upload.privacy == HIDDEN
            and plain(upload.title) == plain(message.title)
            and upload.at >= begun_at - BEFORE
        ]
        return Standing(size, found[0].id) if len(found) == 1 else None


def _is_taken(reply: Reply) -> bool:
    return reply.status == GO_ON or (is_done(reply) and bool((reply.document or {}).get("id")))


def _standing(reply: Reply, size: int) -> Standing:
    if reply.status != GO_ON:
        return Standing(size, str((reply.document or {})["id"]))
    received = _RECEIVED.fullmatch(reply.headers.get("range", "").strip())
    return Standing(int(received[1]) + 1 if received else 0)
