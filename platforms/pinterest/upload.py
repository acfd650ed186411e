"""Pinterest: bring a video there: registered, posted as a form to the storage it names, processed.

Source: Pinterest's OpenAPI 5.23 ``/media``. What is kept of a try, under ``media``: its ``id``, where its
form goes (``url``, ``parameters``), when that was given and when the bytes were sent (Unix seconds), and how
far it is (``state``).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from foundation.database import utc_now
from platforms.contract import Account
from platforms.errors import NeedsPerson, NotReady, Rejected, TemporarilyRejected
from platforms.http import Api, is_done
from platforms.message import Media
from platforms.pinterest.errors import LABEL

MEDIA = "v5/media"
SENT, READY = "sent", "ready"
BLOCK = 256 * 1024
GOOD_S = 45 * 60  # how long the storage surely takes the form
PATIENCE_S = 15 * 60  # how long a sent file may stay unseen before it is sent anew
PAUSE = timedelta(seconds=5)

Ids = dict[str, Any]


class Unusable(Rejected):
    """Pinterest has the whole file and can't use it: to upload it again would not help."""


class Uploads:
    """Uploads of an account's videos."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def video(self, account: Account, media: Media, prepared: Mapping[str, Any]) -> Iterator[Ids]:
        """Bring it there; yields what is known after each step.

        Raises:
            NotReady: Pinterest still processes it.
            Rejected: Pinterest can't use it.
        """
        kept: Ids = dict(prepared.get("media") or {})
        if kept.get("state") == READY:
            return
        if kept.get("state") is None and time.time() > float(kept.get("begun_at") or 0) + GOOD_S:
            kept = {}
        try:
            yield from self._steps(account, media, kept)
        except Unusable:
            raise
        except Rejected:
            if not kept:
                raise
            yield from self._steps(account, media, {})  # the earlier try's upload is over

    def _steps(self, account: Account, media: Media, kept: Ids) -> Iterator[Ids]:
        if not kept:
            kept = self._registered(account)
            yield {"media": kept}
        if kept.get("state") is None:
            self._send(media, kept)
            kept = {"id": kept["id"], "state": SENT, "sent_at": time.time()}
            yield {"media": kept}
        self._wait(account, kept)
        yield {"media": {"id": kept["id"], "state": READY}}

    def _registered(self, account: Account) -> Ids:
        token = account.credentials.access_token
        reply = self._api.upload(MEDIA, token=token, json_body={"media_type": "video"})
        document = reply.document or {}
        if not document.get("media_id") or not document.get("upload_url"):
            raise TemporarilyRejected(f"{LABEL} gave no place for the video", status=reply.status)
        return {
            "id": str(document["media_id"]),
            "url": str(document["upload_url"]),
            "parameters": document.get("upload_parameters") or {},
            "begun_at": reply.requested_at.timestamp(),
        }

    def _send(self, media: Media, kept: Ids) -> None:
        """Post the form. The storage knows no token of ours; sent again, the file replaces itself."""
        head, boundary = _head(kept["parameters"], media), _boundary()
        before = head.replace(b"\0", boundary)
        after = b"\r\n--" + boundary + b"--\r\n"
        length = len(before) + media.path.stat().st_size + len(after)
        try:
            self._api.upload(
                kept["url"],
                content=_form(before, media, after),
                headers={
                    "Content-Type": f"multipart/form-data; boundary={boundary.decode()}",
                    "Content-Length": str(length),
                },
                accepts=is_done,
            )
        except NeedsPerson as error:  # the storage's 403: what signs the form is over
            raise Rejected(f"{LABEL}'s storage refused the video", status=error.status) from None

    def _wait(self, account: Account, kept: Ids) -> None:
        token = account.credentials.access_token
        reply = self._api.read(f"{MEDIA}/{kept['id']}", token=token)
        status = (reply.document or {}).get("status")
        if status == "failed":
            words = f"{LABEL} could not process the video; save it anew in another program and try again"
            raise Unusable(words, code="failed")
        if status == "registered" and time.time() > float(kept["sent_at"]) + PATIENCE_S:
            raise Rejected(f"{LABEL} did not get the video")
        if status != "succeeded":
            raise NotReady(f"{LABEL} still processes the video", until=utc_now() + PAUSE)


def video_id(prepared: Mapping[str, Any]) -> str | None:
    """The video's id, once it is processed."""
    kept = prepared.get("media") or {}
    return str(kept["id"]) if kept.get("state") == READY else None


def _boundary() -> bytes:
    return b"allin-" + secrets.token_hex(16).encode()


def _head(parameters: Mapping[str, Any], media: Media) -> bytes:
    """Everything of the form before the file, which has to be last; a NUL stands for the boundary."""
    fields = [
        b"--\0\r\n" + f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in parameters.items()
    ]
    file = (
        f'Content-Disposition: form-data; name="file"; filename="video"\r\nContent-Type: {media.mime}\r\n\r\n'
    )
    return b"".join([*fields, b"--\0\r\n", file.encode()])


def _form(before: bytes, media: Media, after: bytes) -> Iterator[bytes]:
    yield before
    with media.path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
    yield after
