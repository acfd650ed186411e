"""Facebook Pages: bring photos and videos there, unpublished. Goes on where an earlier try got to.

What is kept of a try: ``photos`` (ids, in the message's order) with ``uploaded_at`` (Unix seconds), or
``video`` with its ``id`` and, of a chunked upload, its ``session`` and the ``window`` (bytes) of one piece.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from platforms.contract import Account
from platforms.errors import Rejected, TemporarilyRejected
from platforms.facebook.errors import LABEL
from platforms.facebook.reading import VIDEO_FIELDS, Video
from platforms.http import Api, Reply
from platforms.message import Media
from platforms.meta.errors import is_invalid_parameter

CHUNK = 8 * 1024 * 1024  # bytes of a video in memory at a time
BLOCK = 256 * 1024
PHOTOS_KEPT_S = 20 * 3600  # Meta deletes photos that no post uses within a day

Ids = dict[str, Any]


class Uploads:
    """Uploads to a page; `api` is the Graph API, `files` the host that takes reels and stories."""

    def __init__(self, api: Api, files: Api) -> None:
        self._api, self._files = api, files

    def photos(
        self, account: Account, media: tuple[Media, ...], prepared: Mapping[str, Any]
    ) -> Iterator[Ids]:
        """``POST /{page}/photos`` unpublished, one after the other."""
        started = prepared.get("uploaded_at", 0)
        fresh = time.time() - started < PHOTOS_KEPT_S
        ids: list[str] = list(prepared.get("photos", ())) if fresh else []
        started = started if ids else int(time.time())
        for photo in media[len(ids) :]:
            form = {"published": "false", **({"alt_text_custom": photo.alt} if photo.alt else {})}
            reply = self._api.upload(
                f"{account.external_id}/photos",
                token=account.credentials.access_token,
                form=form,
                files=[("source", ("photo", photo.path.read_bytes(), photo.mime))],
            )
            ids.append(named(reply, "id"))
            yield {"photos": list(ids), "uploaded_at": started}

    def chunked(self, account: Account, media: Media, prepared: Mapping[str, Any]) -> Iterator[Ids]:
        """``POST /{page}/videos`` in its phases start and transfer; the last one publishes: not here."""
        size = media.path.stat().st_size
        kept = dict(prepared.get("video") or {})
        done = self._received(account, kept, size)
        while done is None or done < size:
            if done is None:
                kept = self._started(account, size)
                yield {"video": kept}
                done = 0
            try:
                done = self._transferred(account, media.path, kept, done)
            except Rejected:
                if not prepared.get("video"):
                    raise
                prepared, done = {}, None  # the earlier try's session is over
            else:
                yield {"video": kept}

    def streamed(
        self, account: Account, media: Media, edge: str, prepared: Mapping[str, Any]
    ) -> Iterator[Ids]:
        """A reel's or a story's video: ``POST /{page}/{edge}`` start, then its bytes in one stream."""
        size = media.path.stat().st_size
        kept = dict(prepared.get("video") or {})
        done = self._received(account, kept, size)
        if done is None:
            reply = self._api.upload(
                f"{account.external_id}/{edge}",
                token=account.credentials.access_token,
                form={"upload_phase": "start"},
            )
            kept, done = {"id": named(reply, "video_id")}, 0
            yield {"video": kept}
        if done < size:
            self._stream(account, media.path, kept["id"], done, size)
            yield {"video": kept}

    def _started(self, account: Account, size: int) -> Ids:
        form = {"upload_phase": "start", "file_size": str(size)}
        reply = self._api.upload(
            f"{account.external_id}/videos", token=account.credentials.access_token, form=form
        )
        end = named(reply, "end_offset")
        window = min(int(end), CHUNK) if end.isdecimal() and int(end) else CHUNK
        return {
            "id": named(reply, "video_id"),
            "session": named(reply, "upload_session_id"),
            "window": window,
        }

    def _transferred(self, account: Account, path: Path, kept: Mapping[str, Any], start: int) -> int:
        """Send one chunk from `start` on; where Meta says to go on."""
        with path.open("rb") as file:
            file.seek(start)
            chunk = file.read(int(kept["window"]))
        form = {
            "upload_phase": "transfer",
            "upload_session_id": str(kept["session"]),
            "start_offset": str(start),
        }
        reply = self._api.upload(
            f"{account.external_id}/videos",
            token=account.credentials.access_token,
            form=form,
            files=[("video_file_chunk", ("chunk", chunk, "application/octet-stream"))],
        )
        following = named(reply, "start_offset")
        if not following.isdecimal() or int(following) <= start:
            raise TemporarilyRejected(f"{LABEL} did not take a piece of the video", status=reply.status)
        return int(following)

    def _stream(self, account: Account, path: Path, video_id: str, start: int, size: int) -> None:
        token = account.credentials.access_token
        headers = {
            "Authorization": f"OAuth {token}",
            "offset": str(start),
            "file_size": str(size),
            "Content-Length": str(size - start),
            "Content-Type": "application/octet-stream",
        }
        reply = self._files.upload(video_id, token=token, headers=headers, content=_blocks(path, start))
        if (reply.document or {}).get("success") is not True:
            raise TemporarilyRejected(f"{LABEL} did not take the whole video", status=reply.status)

    def _received(self, account: Account, kept: Mapping[str, Any], size: int) -> int | None:
        """How much of an earlier try's video Meta has; None when there is none to go on with."""
        if not kept:
            return None
        reply = self._api.read(
            str(kept["id"]),
            {"fields": VIDEO_FIELDS},
            token=account.credentials.access_token,
            tolerated=is_invalid_parameter,
        )
        video = Video(str(kept["id"]), reply.document or {})
        if reply.refused or video.failure:
            return None
        return size if video.whole else min(video.received or 0, size)


def named(reply: Reply, key: str) -> str:
    """An id or number of an answer, as text.

    Raises:
        TemporarilyRejected: it is not in there.
    """
    value = (reply.document or {}).get(key)
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        raise TemporarilyRejected(f"{LABEL} answered without the upload's {key}", status=reply.status)
    return str(value)


def _blocks(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while block := file.read(BLOCK):
            yield block
