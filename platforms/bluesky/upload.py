"""Bluesky: bring images to the account's host and videos to the video service. Goes on after a restart.

Sources: the lexicon com.atproto.repo.uploadBlob, docs.bsky.app "Uploading Video". What is kept of a file: its
`blob`, or the `job` that makes one of a video, and since when (`at`, Unix seconds). A host drops blobs that
no post uses within some time it does not name, so older ones are brought again; twice does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from foundation.database import utc_now
from platforms.bluesky.errors import LABEL
from platforms.bluesky.hosts import Hosts
from platforms.contract import Account
from platforms.errors import NotReady, Rejected, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.message import Media
from platforms.redaction import for_people

HELD_S: Final = 3_600
BLOCK: Final = 1024 * 1024
TOKEN_S: Final = 30 * 60  # the life of the token for the video service, whose upload may take long
PAUSE: Final = timedelta(seconds=3)
UPLOAD: Final = "com.atproto.repo.uploadBlob"
DONE, FAILED = "JOB_STATE_COMPLETED", "JOB_STATE_FAILED"

Kept = dict[str, Any]


class Uploads:
    """Uploads of an account's files; `video` is the video service."""

    def __init__(self, hosts: Hosts, video: Api) -> None:
        self._hosts, self._video = hosts, video

    def prepare(self, account: Account, files: list[Media], earlier: list[Kept]) -> Iterator[list[Kept]]:
        """Bring every file there, one after the other; yields what is known of all after each step.

        Raises:
            NotReady: Bluesky still processes a video.
            Rejected: Bluesky can't use a file.
        """
        done: list[Kept] = []
        for number, media in enumerate(files):
            kept = earlier[number] if number < len(earlier) else {}
            kept = kept if time.time() < float(kept.get("at") or 0) + HELD_S else {}
            for step in (
                self._image(account, media, kept) if media.is_image else self._film(account, media, kept)
            ):
                yield [*done, step]
                kept = step
            done.append(kept)

    def _image(self, account: Account, media: Media, kept: Kept) -> Iterator[Kept]:
        if kept.get("blob"):
            return
        reply = self._hosts.of(account).upload(
            f"xrpc/{UPLOAD}",
            token=account.credentials.access_token,
            content=media.path.read_bytes(),
            headers={"Content-Type": media.mime},
        )
        yield {"blob": _blob((reply.document or {}).get("blob")), "at": time.time()}

    def _film(self, account: Account, media: Media, kept: Kept) -> Iterator[Kept]:
        """A video: uploaded whole, then asked about until there is a blob."""
        if kept.get("blob"):
            return
        status = self._status(str(kept["job"])) if kept.get("job") else None
        if status is None:  # nothing was sent, or the service has forgotten it
            status = self._sent(account, media)
            if not status.get("blob"):
                yield {"job": str(status["jobId"]), "at": time.time()}
                status = self._status(str(status["jobId"])) or status
        if status.get("state") == FAILED:
            words = for_people(str(status.get("message") or status.get("error") or "no reason given"))
            raise Rejected(f"{LABEL} could not process the video: {words}", code="video")
        if not status.get("blob"):
            raise NotReady(f"{LABEL} still processes the video", until=utc_now() + PAUSE)
        yield {"blob": _blob(status["blob"]), "at": time.time()}

    def _sent(self, account: Account, media: Media) -> Mapping[str, Any]:
        """Send the file. One that was sent before is answered with its job or its blob."""
        reply = self._video.upload(
            "xrpc/app.bsky.video.uploadVideo",
            token=self._token(account),
            params={"did": account.external_id, "name": media.path.name},
            content=_blocks(media.path),
            headers={"Content-Type": media.mime, "Content-Length": str(media.path.stat().st_size)},
            accepts=lambda reply: bool(_job(reply)),
        )
        return _job(reply)

    def _status(self, job: str) -> Mapping[str, Any] | None:
        """How far a job is; None where it is not known."""
        reply = self._video.read(
            "xrpc/app.bsky.video.getJobStatus",
            {"jobId": job},
            token=None,
            tolerated=lambda error: isinstance(error, Rejected),
        )
        return None if reply.refused else _job(reply)

    def _token(self, account: Account) -> str:
        """A token with which the video service may put the blob on the account's host, and nothing else."""
        api, token = self._hosts.of(account), account.credentials.access_token
        session = api.read("xrpc/com.atproto.server.getSession", token=token).document or {}
        params = {
            "aud": service_of(session, api.base_url),
            "lxm": UPLOAD,
            "exp": str(int(time.time()) + TOKEN_S),
        }
        reply = api.read("xrpc/com.atproto.server.getServiceAuth", params, token=token)
        made = (reply.document or {}).get("token")
        if not isinstance(made, str) or not made:
            raise TemporarilyRejected(f"{LABEL} gave no token for its video service", status=reply.status)
        return made


def service_of(session: Mapping[str, Any], base_url: str) -> str:
    """The DID of the host an account's data is on, by its document, or else of the host that was asked."""
    document = session.get("didDoc")
    services = (document.get("service") if isinstance(document, dict) else None) or []
    named = (
        str(one.get("serviceEndpoint"))
        for one in services
        if isinstance(one, dict) and str(one.get("id")).endswith("#atproto_pds")
    )
    return "did:web:" + quote(urlsplit(next(named, base_url)).netloc, safe="")


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _job(reply: Reply) -> Mapping[str, Any]:
    """The status of a job, which stands alone or under its name; empty where there is none."""
    document = reply.document or {}
    inner = document.get("jobStatus")
    status = inner if isinstance(inner, dict) else document
    return status if status.get("jobId") or status.get("blob") else {}


def _blob(blob: object) -> dict[str, Any]:
    if not isinstance(blob, dict) or not blob.get("ref"):
        raise TemporarilyRejected(f"{LABEL} answered without naming the file")
    return blob
