"""Mastodon: bring images and videos there, and wait until they are processed. Goes on after a restart.

Source: docs.joinmastodon.org "media": 200 with what is ready, 202 with what is processed later, which is
asked for until it answers 200 instead of 206. A file that no post uses is dropped after a day. What is kept
of one: its `id`, how far it is (`state`), and since when (`at`, Unix seconds).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

from foundation.database import utc_now
from platforms.contract import Account
from platforms.errors import NotReady, Rejected, TemporarilyRejected
from platforms.http import Reply
from platforms.mastodon.errors import LABEL, NOT_FOUND
from platforms.mastodon.instances import Instances
from platforms.message import Media, Message

HELD_S: Final = 20 * 3_600
PAUSE: Final = timedelta(seconds=5)
PROCESSING, READY = "processing", "ready"

Kept = dict[str, Any]


class Uploads:
    """Uploads of an account's media."""

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    def prepare(self, account: Account, message: Message, earlier: list[Kept]) -> Iterator[list[Kept]]:
        """Bring every file of the message there, one after the other; yields what is known after each step.

        Raises:
            NotReady: the server still processes a file.
            Rejected: the server can't use a file.
        """
        done: list[Kept] = []
        for number, media in enumerate(message.media):
            kept = earlier[number] if number < len(earlier) else {}
            kept = kept if time.time() < float(kept.get("at") or 0) + HELD_S else {}
            for step in self._file(account, media, message.cover, kept):
                yield [*done, step]
                kept = step
            done.append(kept)

    def _file(self, account: Account, media: Media, cover: Media | None, kept: Kept) -> Iterator[Kept]:
        if kept.get("state") == READY:
            return
        if kept and not self._is_known(account, kept):
            kept = {}
        if not kept:
            kept = self._sent(account, media, cover)
            yield kept
        if kept["state"] == PROCESSING:
            if not self._is_ready(account, kept):
                raise NotReady(f"{LABEL} still processes the file", until=utc_now() + PAUSE)
            yield {**kept, "state": READY}

    def _sent(self, account: Account, media: Media, cover: Media | None) -> Kept:
        """``POST /api/v2/media``, read from the disk as it goes. If the answer is lost it is sent again."""
        with ExitStack() as stack:
            parts = {"file": media, **({"thumbnail": cover} if cover and media.is_video else {})}
            files = [
                (name, (part.path.name, stack.enter_context(part.path.open("rb")), part.mime))
                for name, part in parts.items()
            ]
            reply = self._instances.of(account).upload(
                "api/v2/media",
                token=account.credentials.access_token,
                form={"description": media.alt} if media.alt else None,
                files=files,
            )
        media_id = (reply.document or {}).get("id")
        if not media_id:
            raise TemporarilyRejected(f"{LABEL} answered without the file's id", status=reply.status)
        state = READY if reply.status == 200 else PROCESSING
        return {"id": str(media_id), "state": state, "at": time.time()}

    def _is_known(self, account: Account, kept: Kept) -> bool:
        return not self._asked(account, kept).refused

    def _is_ready(self, account: Account, kept: Kept) -> bool:
        reply = self._asked(account, kept)
        if reply.refused:
            raise TemporarilyRejected(f"{LABEL} no longer has the file; it will be sent again")
        return reply.status == 200

    def _asked(self, account: Account, kept: Kept) -> Reply:
        """``GET /api/v1/media/{id}``; `refused` when it is gone. Raises Rejected for a file it can't use."""
        return self._instances.of(account).read(
            f"api/v1/media/{kept['id']}",
            token=account.credentials.access_token,
            tolerated=lambda error: isinstance(error, Rejected) and error.code == NOT_FOUND,
        )


def media_ids(kept: list[Kept]) -> list[str]:
    """The ids of what is uploaded and processed, in the message's order."""
    return [str(one["id"]) for one in kept if one.get("state") == READY]
